//===- LaneRegion.h - A region on vectors of queries ------------*- C++ -*-===//
//
// Values of {q} are computed once per task and kept in scratch, one number per
// query; a vector of them is loaded where a pair needs it.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_CPU_LANEREGION_H
#define ATTN_CODEGEN_CPU_LANEREGION_H

#include "FoldTask.h"

#include "attn/codegen/Kernel/RegionEmitter.h"

#include "llvm/ADT/MapVector.h"

namespace attn::cpu {

/// A `score` or `visible` region on lanes.
class LaneRegion : public RegionEmitter {
public:
  /// Emits what does not depend on keys, at the current point: once per task.
  LaneRegion(FoldTask &task, RegionTarget &target, mlir::Region &region,
             RegionKind kind, ValueRange captures);

  /// Yielded value for the lanes from `lane`; `logit` is the argument of
  /// `score`.
  Value emitLanes(Value lane, Value logit = {});

private:
  using RowSlot = std::pair<Value, unsigned>; ///< Value; 1: saturated to i32.

  Value recallRow(Value value, bool saturate) override;
  void collectRows();
  void emitRows();
  void storeRow(RowSlot slot, Value lane);

  FoldTask &task;
  KernelBuilder &kb;
  llvm::MapVector<RowSlot, Value> scratch; ///< Places of {q} values.
  Value lane; ///< First query of the vector that is being emitted.
};

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_LANEREGION_H
