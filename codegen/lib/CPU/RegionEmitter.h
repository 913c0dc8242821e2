//===- RegionEmitter.h - Regions, split by dependence -----------*- C++ -*-===//
//
// A region is emitted in four parts: values of {b, h} once per task as scalars,
// of {q} once per task as lanes kept in scratch, of {k} once per key as
// scalars, of {q, k} per vector of queries.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_CPU_REGIONEMITTER_H
#define ATTN_CODEGEN_CPU_REGIONEMITTER_H

#include "FoldTask.h"
#include "RegionTypes.h"

#include "attn/passes/Dependence.h"

#include "llvm/ADT/MapVector.h"

namespace attn::cpu {

/// Scalars of a region: what {b, h} and {k} need, and all of `classify`.
class ScalarValues {
public:
  ScalarValues(FoldTask &task, mlir::Region &region, ValueRange captures);

  /// Element of a capture; indices are i64 scalars or lanes (i32 or i64).
  Value read(ReadOp op, ValueRange indices);
  /// Emits `op` on scalars.
  void emit(mlir::Operation *op);

  void set(Value value, Value scalar) { scalars[value] = scalar; }
  Value get(Value value) const { return scalars.lookup(value); }

private:
  struct Table {
    Value pointer;
    llvm::SmallVector<Value> strides;
  };

  FoldTask &task;
  KernelBuilder &kb;
  llvm::DenseMap<Value, Table> tables;
  llvm::DenseMap<Value, Value> scalars;
};

/// A `score` or `visible` region on lanes.
class LaneRegion {
public:
  /// Emits what does not depend on keys, at the current point: once per task.
  LaneRegion(FoldTask &task, mlir::Region &region, RegionKind kind,
             ValueRange captures);

  /// Emits what depends on the key only.
  void beginKey(Value key);
  /// Yielded value for the lanes from `lane`; `logit` is the argument of
  /// `score`.
  Value emitPair(Value lane, Value logit = {});

private:
  using RowSlot = std::pair<Value, unsigned>; ///< Value; 1: saturated to i32.

  void collectRows();
  bool comparesSaturated(mlir::Operation *op, Value operand);
  void emitRows();
  void storeRow(RowSlot slot, Value lanes, Value lane);
  Value loadRow(RowSlot slot, Value lane);
  void emitLanes(mlir::Operation *op, Value lane);
  Value getLanes(Value value, bool isNarrow, bool saturate, Value lane);

  FoldTask &task;
  KernelBuilder &kb;
  mlir::Block &block;
  RegionKind kind;
  DependenceAnalysis dependence;
  RegionRanges ranges;
  ScalarValues scalars;
  llvm::DenseMap<Value, Value> lanes;   ///< Of the vector being emitted.
  llvm::MapVector<RowSlot, Value> rows; ///< Scratch of {q} values.
  bool inRows = false;
};

/// A `classify` region on tiles.
class TileRegion {
public:
  /// Emits what does not depend on keys, at the current point: once per task.
  TileRegion(FoldTask &task, mlir::Region &region, ValueRange captures);

  /// (some, all) for the tile of keys firstKey .. lastKey.
  std::pair<Value, Value> emitTile(Value firstKey, Value lastKey);

private:
  mlir::Block &block;
  DependenceAnalysis dependence;
  ScalarValues scalars;
};

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_REGIONEMITTER_H
