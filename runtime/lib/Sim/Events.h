//===- Events.h - What happens in a CTA, for who checks it ------*- C++ -*-===//
//
// In strict mode a Cta tells one CtaEvents what its threads and units do, in
// the order in which it happens there. That is enough for a checker to know
// what is ordered before what:
//
//   release                 acquire
//   barrierArrives          barrierPasses    of the same id, until barrierOpens
//   mbarrierArrives         mbarrierPasses   of the same offset and phase
//   copyLands               mbarrierPasses   of the copy's mbarrier and phase
//   warpMeets               warpMeets        all lanes of the mask, bar.warp
//   productsIssue, copyIssues  groupPasses   of the same thread
//
// Shuffles and votes order nothing in memory and are not told. Offsets are
// those of shared memory, from the first byte of the CTA. Threads are numbered
// from 0 in their CTA. A checker ends the CTA by Cta::fail, which names the
// thread that runs.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_SIM_EVENTS_H
#define ATTN_RUNTIME_LIB_SIM_EVENTS_H

#include "attn/manifest/SimAbi.h"

#include <cstdint>

namespace attn::runtime::sim {

/// A copy between shared and global memory, on its way.
struct AsyncCopy {
  uint64_t number; ///< Of the CTA's copies, from 0.
  int32_t site;
  uint32_t thread;             ///< That issued it.
  uint32_t shared;             ///< Offset of the range in shared memory.
  uint32_t bytes;              ///< Of that range.
  bool toShared;               ///< A load; else a store.
  uint32_t mbarrier;           ///< Loads: offset of what it completes.
  const AttnSimTensorMap *map; ///< Null for bulk copies.
  int32_t coordinates[5];      ///< Of a tensor's box.
  char *global;                ///< Of a bulk copy.
};

/// A wgmma of a chain and the shared memory it reads.
struct AsyncProduct {
  int32_t site;
  uint32_t warpgroup;
  /// Offsets of the 16-byte chunks of A, warp by warp, then those of B.
  const uint32_t *chunks;
  uint32_t chunkCount; ///< Of both.
  uint32_t warpChunks; ///< Of A per warp; 0 if A is in registers.
  bool endsChain;      ///< The last of those that were issued together.
};

enum class AccessKind : uint8_t { kRead, kWrite, kAtomic };

class CtaEvents {
public:
  virtual ~CtaEvents() = default;

  virtual void ctaBegins(uint32_t /*threads*/, uint32_t /*sharedBytes*/) {}
  virtual void threadEnds(uint32_t /*thread*/) {}
  /// All threads have ended and all copies have landed.
  virtual void ctaEnds() {}

  virtual void warpMeets(int32_t /*site*/, uint32_t /*warp*/,
                         uint32_t /*mask*/) {}

  virtual void barrierArrives(int32_t /*site*/, uint32_t /*thread*/,
                              uint32_t /*id*/) {}
  /// For every thread that waited, when the last one has come.
  virtual void barrierPasses(uint32_t /*thread*/, uint32_t /*id*/) {}
  virtual void barrierOpens(uint32_t /*id*/) {}

  virtual void mbarrierInits(int32_t /*site*/, uint32_t /*thread*/,
                             uint32_t /*offset*/) {}
  virtual void mbarrierInvalidates(int32_t /*site*/, uint32_t /*thread*/,
                                   uint32_t /*offset*/) {}
  virtual void mbarrierArrives(int32_t /*site*/, uint32_t /*thread*/,
                               uint32_t /*offset*/) {}
  /// The phase is over; what comes after belongs to the next.
  virtual void mbarrierCompletes(uint32_t /*offset*/) {}
  /// A wait for the last phase that is over, or for the one before the first.
  virtual void mbarrierPasses(int32_t /*site*/, uint32_t /*thread*/,
                              uint32_t /*offset*/) {}

  virtual void fences(int32_t /*site*/, uint32_t /*thread*/,
                      int32_t /*AttnSimFence*/) {}

  /// An ordinary load, store or atomic of shared memory.
  virtual void sharedAccess(int32_t /*site*/, uint32_t /*thread*/,
                            uint32_t /*offset*/, uint32_t /*bytes*/,
                            AccessKind /*kind*/) {}

  virtual void copyIssues(const AsyncCopy &) {}
  /// A store has read its source; a load has written its destination.
  virtual void copyLands(const AsyncCopy &) {}
  /// A warpgroup issues a wgmma; told once, when its last thread has come.
  virtual void productIssues(const AsyncProduct &) {}
  virtual void groupCommits(int32_t /*site*/, uint32_t /*thread*/,
                            int32_t /*AttnSimGroup*/) {}
  /// At most `pending` groups of this thread are in flight.
  virtual void groupPasses(int32_t /*site*/, uint32_t /*thread*/,
                           int32_t /*AttnSimGroup*/, uint32_t /*pending*/) {}
};

} // namespace attn::runtime::sim

#endif // ATTN_RUNTIME_LIB_SIM_EVENTS_H
