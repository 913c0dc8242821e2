//===- NamedBarrier.cpp - The 16 barriers of a CTA ------------------------===//
//
// Source: PTX ISA, barrier.sync and barrier.arrive.
//
//===----------------------------------------------------------------------===//

#include "Cta.h"

namespace attn::runtime::sim {

void Cta::meetBarrier(int32_t site, uint32_t id, uint32_t expected,
                      bool sleep) {
  if (id >= kNamedBarriers)
    fail(site, "barrier %u: expected an id below %u", id, kNamedBarriers);
  if (expected == 0)
    expected = uint32_t(count);
  if (expected % kWarpThreads && expected != count)
    fail(site, "barrier %u: expected a multiple of %u threads but found %u", id,
         kWarpThreads, expected);
  NamedBarrier &b = barriers[id];
  if (b.expected == 0) {
    b.expected = expected;
    b.site = site;
  } else if (b.expected != expected) {
    Site other(*launch->info, b.site);
    fail(site, "barrier %u for %u threads, but %s at %s uses it for %u", id,
         expected, other.op, other.location, b.expected);
  }
  if (launch->strict)
    checkFirstTime(site, id);
  if (events)
    events->barrierArrives(site, numberOf(*running), id);
  if (++b.arrived == b.expected) {
    WaitList waiting = b.waiting;
    uint32_t opened = b.opened + 1;
    b = NamedBarrier();
    b.opened = opened;
    if (events)
      openBarrier(id, waiting, sleep);
    wake(waiting);
    return;
  }
  if (sleep)
    suspend(b.waiting, {WaitKind::kBarrier, site, id, 0});
}

/// The count of a barrier is a number of threads, not of arrivals: who comes
/// twice stands in for one that is not there.
void Cta::checkFirstTime(int32_t site, uint32_t id) {
  uint32_t &came = asyncOf[numberOf(*running)].cameTo[id];
  if (came == barriers[id].opened + 1)
    fail(site, "comes to barrier %u again before it opens: %u of %u threads",
         id, barriers[id].arrived, barriers[id].expected);
  came = barriers[id].opened + 1;
}

/// Tells who goes on; the last thread to come does if it would have waited.
void Cta::openBarrier(uint32_t id, const WaitList &waiting, bool withLast) {
  for (const Thread *t = waiting.front(); t; t = t->next)
    events->barrierPasses(numberOf(*t), id);
  if (withLast)
    events->barrierPasses(numberOf(*running), id);
  events->barrierOpens(id);
}

} // namespace attn::runtime::sim
