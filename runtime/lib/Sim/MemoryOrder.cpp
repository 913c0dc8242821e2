//===- MemoryOrder.cpp - What barriers, waits and fences order ------------===//

#include "Cta.h"
#include "MemoryCheck.h"

namespace attn::runtime::sim {

void MemoryCheck::learn(uint32_t thread, const ClockRef &known) {
  actors[thread].known = clocks.join(actors[thread].known, known);
}

/*--- Warps and named barriers -----------------------------------------------*/

void MemoryCheck::warpMeets(int32_t, uint32_t warp, uint32_t mask) {
  Gathering met;
  uint32_t first = warp * kWarpThreads;
  for (uint32_t lanes = mask; lanes; lanes &= lanes - 1) {
    uint32_t thread = first + uint32_t(__builtin_ctz(lanes));
    met.release(actors[thread], Agent(thread));
  }
  ClockRef all = met.snapshot();
  for (uint32_t lanes = mask; lanes; lanes &= lanes - 1)
    learn(first + uint32_t(__builtin_ctz(lanes)), all);
}

void MemoryCheck::barrierArrives(int32_t, uint32_t thread, uint32_t id) {
  atBarrier[id].release(actors[thread], Agent(thread));
}

void MemoryCheck::barrierPasses(uint32_t thread, uint32_t id) {
  if (!barrierPassed[id])
    barrierPassed[id] = atBarrier[id].snapshot();
  learn(thread, barrierPassed[id]);
}

void MemoryCheck::barrierOpens(uint32_t id) {
  atBarrier[id].clear();
  barrierPassed[id] = nullptr;
}

/*--- mbarriers --------------------------------------------------------------*/

/// Initialising is a generic write, of which every user must know.
void MemoryCheck::mbarrierInits(int32_t site, uint32_t thread,
                                uint32_t offset) {
  shadow.setMbarrier(offset, false);
  touch({viewOf(thread), Agent(thread), actors[thread].own, site,
         Proxy::kGeneric, AccessKind::kWrite},
        offset, 8);
  shadow.setMbarrier(offset, true);
  Mbarrier &m = mbarriers[offset];
  if (m.copies == kNobody)
    m.copies =
        newAgent("the loads of the mbarrier at shared offset %u", offset);
  m.arrived.clear();
  m.passed = clocks.empty();
  m.initThread = thread;
  m.initNumber = actors[thread].own;
  m.fenceNumber = 0;
  m.initSite = site;
}

void MemoryCheck::mbarrierInvalidates(int32_t site, uint32_t thread,
                                      uint32_t offset) {
  checkInit(site, thread, offset);
  shadow.setMbarrier(offset, false);
}

void MemoryCheck::checkInit(int32_t site, uint32_t thread, uint32_t offset) {
  const Mbarrier &m = mbarriers[offset];
  if (viewOf(thread).seen(Agent(m.initThread)) >= m.initNumber)
    return;
  Site init = cta.siteOf(m.initSite);
  cta.fail(site,
           "race: uses the mbarrier at shared offset %u, which thread %u "
           "initialises in %s at %s; no barrier orders the two",
           offset, m.initThread, init.op, init.location);
}

void MemoryCheck::mbarrierArrives(int32_t site, uint32_t thread,
                                  uint32_t offset) {
  checkInit(site, thread, offset);
  mbarriers[offset].arrived.release(actors[thread], Agent(thread));
}

/// What has landed is seen by those who wait. What arrives at a later phase
/// comes after what arrived at this one, so `arrived` goes on growing.
void MemoryCheck::mbarrierCompletes(uint32_t offset) {
  Mbarrier &m = mbarriers[offset];
  m.arrived.raise(m.copies, m.landed);
  m.passed = m.arrived.snapshot();
}

void MemoryCheck::mbarrierPasses(int32_t site, uint32_t thread,
                                 uint32_t offset) {
  checkInit(site, thread, offset);
  learn(thread, mbarriers[offset].passed);
}

/*--- Fences and groups ------------------------------------------------------*/

void MemoryCheck::fences(int32_t, uint32_t thread, int32_t kind) {
  Actor &actor = actors[thread];
  if (kind == ATTN_SIM_FENCE_PROXY_ASYNC) {
    actor.known = clocks.fence(actor.known);
    actor.ownFenced = actor.own++;
  } else if (kind == ATTN_SIM_FENCE_MBARRIER_INIT) {
    for (auto &[offset, m] : mbarriers)
      if (m.initThread == thread && !m.fenceNumber)
        m.fenceNumber = actor.own;
    ++actor.own;
  }
}

void MemoryCheck::groupCommits(int32_t, uint32_t thread, int32_t group) {
  ThreadState &state = states[thread];
  ++(group == ATTN_SIM_GROUP_WGMMA ? state.productGroups : state.storeGroups);
}

/// Groups end in the order in which they were committed.
void MemoryCheck::groupPasses(int32_t, uint32_t thread, int32_t group,
                              uint32_t pending) {
  const ThreadState &state = states[thread];
  bool products = group == ATTN_SIM_GROUP_WGMMA;
  uint32_t committed = products ? state.productGroups : state.storeGroups;
  Agent agent = products ? Agent(firstTensorCore + thread / kWarpgroupThreads)
                         : state.stores;
  if (agent == kNobody || committed <= pending)
    return;
  Actor &actor = actors[thread];
  actor.known = clocks.raise(actor.known, agent, committed - pending);
}

} // namespace attn::runtime::sim
