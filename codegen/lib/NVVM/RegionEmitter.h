//===- RegionEmitter.h - Regions, split by dependence -----------*- C++ -*-===//
//
// A region is emitted in four parts: values of {b, h} once per role, of {q}
// once per row (two rows per thread), of {k} once per column of the fragment,
// of {q, k} once per element.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_NVVM_REGIONEMITTER_H
#define ATTN_CODEGEN_LIB_NVVM_REGIONEMITTER_H

#include "Cta.h"
#include "RegionTypes.h"

#include "attn/passes/Dependence.h"

namespace attn::nvptx {

class RegionEmitter {
public:
  /// Emits the values of {b, h} at the insertion point.
  RegionEmitter(Cta &cta, mlir::Region &region, RegionKind kind,
                ValueRange captures);

  /// Emits the values of {q} for row `r` of this thread; `query` is its i.
  void emitRow(unsigned r, Value query);
  /// Emits the values of {k} at the insertion point; they hold until the next.
  void beginKey(Value key);
  /// Emits the values of {q, k} and returns what is yielded for row `r`.
  /// `logit` is the argument of a score region.
  Value emitPair(unsigned r, Value logit = {});

  /// Addresses of tables that are read behind this point are computed behind
  /// it, and hold no registers before. Valid where the insertion point
  /// dominates.
  void pinAddresses();
  /// Some table is read at an index that depends on the key.
  bool readsByKey();

  /// For `classify`: the rows first to last, then (some, all) of one key tile.
  void beginQueries(Value first, Value last);
  std::pair<Value, Value> emitTile(Value firstKey, Value lastKey);

private:
  using Scope = llvm::DenseMap<Value, Value>;
  struct Table {
    Value pointer;
    llvm::SmallVector<Value> strides;
  };

  void collectTables(ValueRange captures);
  void emitAll(Dependence wanted, Scope &scope);
  void emit(mlir::Operation *op, Scope &scope);
  Value read(ReadOp op);
  Value lookup(Value value);
  /// `value` as it is held, resized where wide; saturated forms are made once,
  /// where the value is.
  Value get(Value value, bool isNarrow, bool saturate);

  Cta &cta;
  KernelBuilder &kb;
  Block &block;
  RegionKind kind;
  DependenceAnalysis dependence;
  RegionRanges ranges;
  llvm::DenseMap<Value, Table> tables;
  Scope uniform, rows[2], column, pair, saturated;
  unsigned row = 0;
  Value pinnedBatch;
};

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_REGIONEMITTER_H
