//===- Mbarrier.cpp - Barriers in shared memory ---------------------------===//
//
// Source: PTX ISA, "Parallel synchronization: mbarrier". A phase is over when
// no arrival and no byte is to come.
//
//===----------------------------------------------------------------------===//

#include "Cta.h"
#include "MbarrierState.h"

#include <algorithm>

namespace attn::runtime::sim {
namespace {
void forget(std::vector<uint32_t> &offsets, uint32_t offset) {
  offsets.erase(std::remove(offsets.begin(), offsets.end(), offset),
                offsets.end());
}
} // namespace

uint64_t &Cta::mbarrierAt(int32_t site, uint64_t *barrier) {
  uint32_t offset = sharedOffset(site, barrier, 8, 8);
  if (!MbarrierState(*barrier).isInitialised())
    fail(site, "there is no initialised mbarrier at shared offset %u", offset);
  return *barrier;
}

void Cta::initMbarrier(int32_t site, uint64_t *barrier, uint32_t arrivals) {
  uint32_t offset = sharedOffset(site, barrier, 8, 8);
  if (arrivals == 0 || arrivals > MbarrierState::kMostArrivals)
    fail(site, "expected a count of 1 to %u but found %u",
         MbarrierState::kMostArrivals, arrivals);
  *barrier = MbarrierState::make(arrivals, arrivals, 0, 0).bits;
  if (launch->strict) {
    mbarrierWatch[offset / 8] = {};
    forget(mbarriers, offset);
    mbarriers.push_back(offset);
  }
  if (events)
    events->mbarrierInits(site, numberOf(*running), offset);
}

void Cta::invalidateMbarrier(int32_t site, uint64_t *barrier) {
  mbarrierAt(site, barrier) = ~uint64_t(0);
  uint32_t offset = uint32_t((char *)barrier - shared);
  forget(mbarriers, offset);
  if (events)
    events->mbarrierInvalidates(site, numberOf(*running), offset);
}

/// Starts the next phase if this one is over.
void Cta::finishPhase(uint64_t &state, uint32_t offset) {
  MbarrierState s(state);
  if (s.pending() || s.bytes())
    return;
  state = MbarrierState::make(s.expected(), s.expected(), 0, !s.phase()).bits;
  if (launch->strict)
    ++mbarrierWatch[offset / 8].phases;
  if (events)
    events->mbarrierCompletes(offset);
  wake(mbarrierWaits[offset / 8]);
}

uint64_t Cta::arriveMbarrier(int32_t site, uint64_t *barrier, uint32_t arrivals,
                             uint32_t bytes) {
  uint64_t &state = mbarrierAt(site, barrier);
  MbarrierState s(state);
  if (arrivals > s.pending())
    fail(site,
         "%u arrivals at the mbarrier at shared offset %u, which expects %u "
         "more of %u in this phase",
         arrivals, uint32_t((char *)barrier - shared), s.pending(),
         s.expected());
  int64_t expected = int64_t(s.bytes()) + bytes;
  if (expected > MbarrierState::kMostBytes)
    fail(site, "an mbarrier can not expect %lld bytes, at most %lld",
         (long long)expected, (long long)MbarrierState::kMostBytes);
  uint32_t offset = uint32_t((char *)barrier - shared);
  if (launch->strict) {
    mbarrierWatch[offset / 8].arrivalSite = site;
    mbarrierWatch[offset / 8].arrivalThread = numberOf(*running);
  }
  if (events && arrivals)
    events->mbarrierArrives(site, numberOf(*running), offset);
  state = MbarrierState::make(s.expected(), s.pending() - arrivals, expected,
                              s.phase())
              .bits;
  finishPhase(state, offset);
  return s.phase();
}

void Cta::completeMbarrier(int32_t site, uint64_t *barrier, uint32_t bytes) {
  uint64_t &state = mbarrierAt(site, barrier);
  MbarrierState s(state);
  int64_t left = int64_t(s.bytes()) - bytes;
  if (left < -MbarrierState::kMostBytes)
    fail(site, "%u bytes arrived at an mbarrier that expects %d", bytes,
         s.bytes());
  state = MbarrierState::make(s.expected(), s.pending(), left, s.phase()).bits;
  finishPhase(state, uint32_t((char *)barrier - shared));
}

bool Cta::waitMbarrier(int32_t site, uint64_t *barrier, uint32_t parity,
                       bool test) {
  uint64_t &state = mbarrierAt(site, barrier);
  uint32_t offset = uint32_t((char *)barrier - shared);
  if (test && MbarrierState(state).phase() == (parity & 1))
    yield(site);
  while (MbarrierState(state).phase() == (parity & 1)) {
    if (test)
      return false;
    suspend(mbarrierWaits[offset / 8],
            {WaitKind::kMbarrier, site, offset, parity & 1});
  }
  if (launch->strict) {
    MbarrierWatch &watch = mbarrierWatch[offset / 8];
    watch.thread = numberOf(*running);
    watch.phase = watch.phases;
    watch.parity = parity & 1;
    watch.site = site;
  }
  if (events)
    events->mbarrierPasses(site, numberOf(*running), offset);
  return true;
}

/// Who arrives at a phase that never ends does so too often or too rarely.
void Cta::checkPhases() {
  for (uint32_t offset : mbarriers) {
    MbarrierState s(*reinterpret_cast<const uint64_t *>(shared + offset));
    if (s.pending() == s.expected() && s.bytes() == 0)
      continue;
    const MbarrierWatch &watch = mbarrierWatch[offset / 8];
    blamed = &threads[watch.arrivalThread];
    fail(watch.arrivalSite,
         "the CTA ends within phase %u of the mbarrier at shared offset %u, "
         "with %u of %u arrivals and %d bytes to come",
         watch.phases, offset, s.pending(), s.expected(), s.bytes());
  }
}

} // namespace attn::runtime::sim
