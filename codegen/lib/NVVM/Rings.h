//===- Rings.h - Barriers and tiles in shared memory ------------*- C++ -*-===//
//
// Addresses of stages and barriers, waiting, arriving, and the two ways to fill
// a stage: TMA by one thread, ordinary loads by a warpgroup.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_NVVM_RINGS_H
#define ATTN_CODEGEN_LIB_NVVM_RINGS_H

#include "Cta.h"

namespace attn::nvptx {

/// Named barriers of a CTA: those who clear a stage; the turn of the first
/// consumer, behind which are those of the others; where the first consumer
/// stores its rows, and behind it the others. 0 is for all threads.
constexpr int64_t kClearBarrier = 1, kFirstTurnBarrier = 2,
                  kFirstStoreBarrier = 8;

/// Initialises the barriers of all buffers by one thread, then meets the CTA.
void emitBarrierInit(Cta &cta);

Value getFullBarrier(Cta &cta, sched::BufferOp buffer, Position at);
Value getEmptyBarrier(Cta &cta, sched::BufferOp buffer, Position at);
/// Address of the stage at hand.
Value getStage(Cta &cta, sched::BufferOp buffer, Position at);

/// Spins until the phase of `barrier` is over.
void emitWait(Cta &cta, Value barrier, Value phase);

/// The next stage; the phase flips where the ring begins again.
Position advance(Cta &cta, sched::BufferOp buffer, Position at);

/// Rows of a tensor, from `firstRow` of the sequence on: as many of each of
/// `heads` heads, one head behind the other.
struct TileSource {
  Value tensor;
  const Tokens &tokens;
  Value head, firstRow; ///< i32.
  int64_t heads = 1;
};

/// Fills the stage at hand by TMA.
void emitTmaLoad(Cta &cta, sched::BufferOp buffer, Position at,
                 const TileSource &source);

/// The same by ordinary loads of the 128 threads of the warpgroup; each
/// arrives.
void emitCopyLoad(Cta &cta, sched::BufferOp buffer, Position at,
                  const TileSource &source);

/// Sets the rows `firstRow`.. of the stage at hand to 0 and meets: work of
/// `threads` threads, of which this is number `thread`.
void emitClearRows(Cta &cta, sched::BufferOp buffer, Position at,
                   Value firstRow, Value thread, int64_t threads);

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_RINGS_H
