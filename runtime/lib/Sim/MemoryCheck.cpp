//===- MemoryCheck.cpp - Accesses that strict mode refuses ----------------===//

#include "MemoryCheck.h"
#include "Cta.h"

#include <cstdio>
#include <utility>

namespace attn::runtime::sim {

void MemoryCheck::ctaBegins(uint32_t threads, uint32_t sharedBytes) {
  clocks.clear();
  shadow.reset(sharedBytes);
  actors.assign(threads, {clocks.empty()});
  states.assign(threads, {});
  otherAgents.clear();
  firstTensorCore = Agent(threads);
  uint32_t groups = (threads + kWarpgroupThreads - 1) / kWarpgroupThreads;
  for (uint32_t i = 0; i < groups; ++i)
    newAgent("the tensor core for warpgroup %u", i);
  for (ChunkSet &set : chainReads)
    set = {};
  mbarriers.clear();
  for (uint32_t id = 0; id < kNamedBarriers; ++id)
    barrierOpens(id);
}

void MemoryCheck::ctaEnds() {
  for (auto &[offset, m] : mbarriers) {
    bool seen = false;
    for (uint32_t t = 0; t < actors.size() && !seen; ++t)
      seen = viewOf(t).seen(m.copies) >= m.issued;
    if (!seen)
      cta.fail(m.issueSite,
               "the CTA ends and no thread has waited for this load at the "
               "mbarrier at shared offset %u",
               offset);
  }
}

Agent MemoryCheck::newAgent(const char *format, uint32_t index) {
  otherAgents.push_back({format, index});
  return Agent(actors.size() + otherAgents.size() - 1);
}

/*--- Accesses ---------------------------------------------------------------*/

void MemoryCheck::touch(const Accessor &accessor, uint32_t offset,
                        uint32_t bytes) {
  Finding finding = shadow.touch(accessor, offset, bytes);
  if (finding != Finding::kNothing)
    report(finding, accessor);
}

void MemoryCheck::sharedAccess(int32_t site, uint32_t thread, uint32_t offset,
                               uint32_t bytes, AccessKind kind) {
  touch({viewOf(thread), Agent(thread), actors[thread].own, site,
         Proxy::kGeneric, kind},
        offset, bytes);
}

void MemoryCheck::ChunkSet::add(const uint32_t *offsets, uint32_t count,
                                int32_t site) {
  for (uint32_t i = 0; i < count; ++i) {
    uint32_t line = offsets[i] / kLineBytes;
    if (line >= chunks.size()) {
      chunks.resize(line + 1);
      sites.resize(line + 1);
    }
    if (!chunks[line]) {
      lines.push_back(line);
      sites[line] = site;
    }
    chunks[line] |= uint8_t(1 << offsets[i] % kLineBytes / kCellBytes);
  }
}

/// Also empties the set.
void MemoryCheck::touchChunks(Accessor &accessor, ChunkSet &set) {
  for (uint32_t line : set.lines) {
    accessor.site = set.sites[line];
    uint32_t chunks = std::exchange(set.chunks[line], 0);
    if (chunks == 0xff)
      touch(accessor, line * kLineBytes, kLineBytes);
    else
      for (; chunks; chunks &= chunks - 1)
        touch(accessor,
              line * kLineBytes + uint32_t(__builtin_ctz(chunks)) * kCellBytes,
              kCellBytes);
  }
  set.lines.clear();
}

/// A warp reads its 16 rows of A and all of B: each must be ordered before
/// every thread that takes part.
void MemoryCheck::productIssues(const AsyncProduct &product) {
  uint32_t first = product.warpgroup * kWarpgroupThreads;
  uint32_t perWarp = product.warpChunks;
  for (uint32_t warp = 0; warp < 4; ++warp)
    chainReads[warp].add(product.chunks + warp * perWarp, perWarp,
                         product.site);
  chainReads[4].add(product.chunks + 4 * perWarp,
                    product.chunkCount - 4 * perWarp, product.site);
  if (!product.endsChain)
    return;
  Accessor accessor = {{},
                       Agent(firstTensorCore + product.warpgroup),
                       states[first].productGroups + 1,
                       product.site,
                       Proxy::kAsync,
                       AccessKind::kRead};
  for (uint32_t warp = 0; warp < 4; ++warp) {
    if (chainReads[warp].lines.empty())
      continue;
    accessor.view =
        clocks.meet(actors, first + warp * kWarpThreads, kWarpThreads);
    touchChunks(accessor, chainReads[warp]);
  }
  accessor.view = clocks.meet(actors, first, kWarpgroupThreads);
  touchChunks(accessor, chainReads[4]);
}

void MemoryCheck::copyIssues(const AsyncCopy &copy) {
  if (copy.toShared)
    issueLoad(copy);
  else
    issueStore(copy);
}

/// The unit that copies works on the mbarrier through the asynchronous proxy.
void MemoryCheck::checkInitFence(const AsyncCopy &copy) {
  const Mbarrier &m = mbarriers[copy.mbarrier];
  Viewer view = viewOf(copy.thread);
  Agent init = Agent(m.initThread);
  if ((m.fenceNumber && view.seen(init) >= m.fenceNumber) ||
      view.fenced(init) >= m.initNumber)
    return;
  Site site = cta.siteOf(m.initSite);
  cta.fail(copy.site,
           "the mbarrier at shared offset %u, which thread %u initialises in "
           "%s at %s, is not visible to the copy; expected "
           "fence.mbarrier_init behind the initialisation and before the "
           "barrier",
           copy.mbarrier, m.initThread, site.op, site.location);
}

void MemoryCheck::issueLoad(const AsyncCopy &copy) {
  checkInit(copy.site, copy.thread, copy.mbarrier);
  checkInitFence(copy);
  Mbarrier &m = mbarriers[copy.mbarrier];
  const Actor &actor = actors[copy.thread];
  m.issueSite = copy.site;
  m.flights.push_back(
      {copy.number, ++m.issued, false, actor.known, actor.own, copy.thread});
  touch({viewOf(copy.thread), m.copies, m.issued, copy.site, Proxy::kAsync,
         AccessKind::kWrite},
        copy.shared, copy.bytes);
}

void MemoryCheck::issueStore(const AsyncCopy &copy) {
  ThreadState &state = states[copy.thread];
  if (state.stores == kNobody)
    state.stores = newAgent("the bulk stores of thread %u", copy.thread);
  touch({viewOf(copy.thread), state.stores, state.storeGroups + 1, copy.site,
         Proxy::kAsync, AccessKind::kRead},
        copy.shared, copy.bytes);
}

/// A load that has landed comes after what its thread had done before.
void MemoryCheck::copyLands(const AsyncCopy &copy) {
  if (!copy.toShared)
    return;
  Mbarrier &m = mbarriers[copy.mbarrier];
  for (Flight &flight : m.flights)
    if (flight.copy == copy.number) {
      flight.landed = true;
      m.arrived.add(flight.known);
      m.arrived.raise(Agent(flight.thread), flight.own - 1);
    }
  while (!m.flights.empty() && m.flights.front().landed) {
    m.landed = m.flights.front().number;
    m.flights.pop_front();
  }
}

/*--- Findings ---------------------------------------------------------------*/

MemoryCheck::Name MemoryCheck::nameOf(Agent agent) const {
  Name name;
  if (agent < actors.size()) {
    std::snprintf(name.text, sizeof name.text, "thread %u", agent);
  } else {
    const AgentName &other = otherAgents[agent - actors.size()];
    std::snprintf(name.text, sizeof name.text, other.format, other.index);
  }
  return name;
}

namespace {
const char *verbOf(AccessKind kind) {
  return kind == AccessKind::kRead ? "reads" : "writes";
}
} // namespace

void MemoryCheck::report(Finding finding, const Accessor &accessor) {
  Name who = nameOf(accessor.agent);
  const char *verb = verbOf(accessor.kind);
  if (finding == Finding::kMbarrier)
    cta.fail(accessor.site, "%s %s the mbarrier at shared offset %u", who.text,
             verb, shadow.foundAt & ~7u);
  if (finding == Finding::kUninitialised)
    cta.fail(accessor.site,
             "uninitialised: %s reads shared offset %u, which nobody has "
             "written",
             who.text, shadow.foundAt);
  const Access &other = shadow.other;
  Site site = cta.siteOf(other.site);
  Name before = nameOf(other.agent);
  if (finding == Finding::kRace)
    cta.fail(accessor.site,
             "race at shared offset %u: %s %s it, and %s %s it in %s at %s; no "
             "barrier orders the two",
             shadow.foundAt, who.text, verb, before.text, verbOf(other.kind),
             site.op, site.location);
  cta.fail(accessor.site,
           "missing proxy fence: %s %s shared offset %u, which %s wrote in %s "
           "at %s; expected fence.proxy.async behind the write and before the "
           "barrier",
           who.text, verb, shadow.foundAt, before.text, site.op, site.location);
}

} // namespace attn::runtime::sim
