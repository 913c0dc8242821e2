//===- RegionEmitter.h - Regions, split by dependence -----------*- C++ -*-===//
//
// A region is emitted in four parts: values of {b, h} once, of {q} once per row
// (or vector of rows), of {k} once per key, of {q, k} once per element. Where
// values of {q} are vectors, what is computed from them is too; other values
// stay scalars until a vector needs them in every lane.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_KERNEL_REGIONEMITTER_H
#define ATTN_CODEGEN_KERNEL_REGIONEMITTER_H

#include "attn/codegen/Kernel/RegionTarget.h"
#include "attn/codegen/Kernel/RegionTypes.h"
#include "attn/passes/Dependence.h"

#include "llvm/ADT/SmallPtrSet.h"

namespace attn {

class RegionEmitter {
public:
  /// Emits the values of {b, h} at the insertion point. \param roots the values
  /// wanted, which `getHeld` gives; none: what is yielded.
  RegionEmitter(RegionTarget &target, mlir::Region &region, RegionKind kind,
                mlir::ValueRange captures,
                llvm::ArrayRef<mlir::Value> roots = {});
  virtual ~RegionEmitter() = default;

  /// Code behind this point takes `batch` for the batch: another name of the
  /// same number.
  void setBatch(mlir::Value batch);
  /// Some table is read at an index that depends on the key.
  bool readsByKey();

  /// A table whose last index is the key and whose others do not depend on it:
  /// the elements of neighbouring keys are neighbours, from `pointer` plus
  /// `offset` plus a number of `strides`, in elements.
  struct KeyRead {
    mlir::Type element;
    mlir::Value pointer;
    llvm::SmallVector<mlir::Value, 4> offsets; ///< Of indices by {b, h}.
    llvm::SmallVector<mlir::Value, 4> strides; ///< Of indices by {q}.
  };
  llvm::SmallVector<KeyRead> getKeyReads();

  /// Emits the values of {q} for row `r` of two; `query` is its i, or the first
  /// and last of a tile for `bounds` and `classify`.
  void emitRow(unsigned r, mlir::ValueRange query);
  /// Emits the values of {k} at the insertion point; they hold until the next.
  void beginKey(mlir::Value key);
  /// Emits the values of {q, k} and returns what is yielded for row `r`.
  /// `logit` is the argument of a score region.
  mlir::Value emitPair(unsigned r, mlir::Value logit = {});
  /// Emits the values of {q, k} for row `r`, of which `getHeld` gives roots.
  void beginPair(unsigned r, mlir::Value logit = {});
  /// Root `value` for row `r`: of the last pair or key if it depends on one.
  mlir::Value getHeld(unsigned r, mlir::Value value);
  /// For `bounds`: lower, upper, full_lower and full_upper of the rows of row
  /// 0, as i64.
  llvm::SmallVector<mlir::Value> emitBounds();
  /// For `classify`: (some, all) of one key tile and the rows of row 0.
  std::pair<mlir::Value, mlir::Value> emitTile(mlir::Value firstKey,
                                               mlir::Value lastKey);

protected:
  using Scope = llvm::DenseMap<mlir::Value, mlir::Value>;

  /// A value of {q} that is not in registers, saturated to i32 if `saturate`
  /// and it does not fit; null where all of them are.
  virtual mlir::Value recallRow(mlir::Value value, bool saturate) { return {}; }

  mlir::Block &block;
  DependenceAnalysis dependence;
  RegionRanges ranges;
  Scope rows[2]; ///< Values of {q}.

private:
  struct Table {
    mlir::Value pointer;
    llvm::SmallVector<mlir::Value> strides;
  };

  void collectCaptures(mlir::ValueRange captures);
  /// What `roots` are made of is all that is emitted.
  void collectWanted(llvm::ArrayRef<mlir::Value> roots);
  bool isAtKey(ReadOp op);
  void emitAll(Dependence wanted, Scope &scope);
  void emit(mlir::Operation *op, Scope &scope);
  mlir::Value emitArithmetic(mlir::Operation *op);
  mlir::Value read(ReadOp op);
  RegionTarget::Address getAddress(ReadOp op);
  mlir::Value lookup(mlir::Value value, bool saturate = false);
  /// `value` as it is held, resized where wide; saturated forms are made once,
  /// where the value is.
  mlir::Value get(mlir::Value value, bool isNarrow, bool saturate);

  bool hasPairs; ///< Of queries and keys, not of runs.
  RegionTarget &target;
  unsigned first; ///< Position of the batch among the arguments.
  llvm::DenseMap<mlir::Value, Table> tables;
  llvm::SmallPtrSet<mlir::Operation *, 16> wanted;
  Scope uniform, column, pair, saturated;
  unsigned row = 0;
};

} // namespace attn

#endif // ATTN_CODEGEN_KERNEL_REGIONEMITTER_H
