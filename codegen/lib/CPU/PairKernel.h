//===- PairKernel.h - Blocks of keys by packed pairs ------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_PAIRKERNEL_H
#define ATTN_CODEGEN_CPU_PAIRKERNEL_H

#include "Logits.h"
#include "PairPack.h"

namespace attn::cpu {

/// Packs the queries of `task` and zeroes what products read and nobody writes.
void emitPairBegin(FoldTask &task);

/// Tile number `slot` of the keys of a stream.
struct PairBlock {
  Value firstKey, slot;
};

/// S^T = K Q^T; score and mask; softmax; O^T += V^T P^T, which waits for the
/// next call or emitPairFlush where shape.overlaps().
void emitPairVisit(FoldTask &task, const KeyStream &stream,
                   const PairBlock &block, LaneGroup group, Value isPartial,
                   LogitRegions regions);

/// Multiplies what waits, before its values are gone.
void emitPairFlush(FoldTask &task);

/// A vector of lanes: sums of weights over those of rounded weights; 1 where
/// there are none.
Value emitExactOverRounded(FoldTask &task, Value lane);

/// O^T is relative to the sums of rounded weights: makes
/// it relative to the sums that are results.
void emitPairEnd(FoldTask &task);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_PAIRKERNEL_H
