//===- Logits.h - Score and mask of one tile of logits ----------*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_LOGITS_H
#define ATTN_CODEGEN_CPU_LOGITS_H

#include "KeyTile.h"
#include "LaneRegion.h"

namespace attn::cpu {

/// The regions of a fold; null where it has none.
struct LogitRegions {
  LaneRegion *score = nullptr;
  LaneRegion *visible = nullptr;
};

/// Row 0 of the logits of a group.
Value emitLogitsAt(FoldTask &task, LaneGroup group);

/// Where the product that makes the logits may leave their maxima: null if a
/// score region changes them afterwards.
Value emitMaximaInit(FoldTask &task, LaneGroup group, LogitRegions regions);

/// Applies `score` to all logits of a group and, where `isPartial` (i1), gives
/// those of invisible pairs the value -inf. Returns the largest of each lane.
llvm::SmallVector<Value> emitLogits(FoldTask &task, const KeyStream &stream,
                                    LaneGroup group, const KeyTile &tile,
                                    Value isPartial, LogitRegions regions);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_LOGITS_H
