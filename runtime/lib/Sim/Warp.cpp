//===- Warp.cpp - Where the lanes of a warp meet --------------------------===//
//
// Source: PTX ISA, shfl.sync, vote.sync, elect.sync, bar.warp.sync.
//
//===----------------------------------------------------------------------===//

#include "Cta.h"

namespace attn::runtime::sim {

/// Groups of lanes may be at different ops at the same time, and a lane may
/// come to the next one, of another mask, before its group has left the last:
/// one meeting per mask, in 32 places per warp.
Meeting &Cta::meetingOf(size_t firstLane, uint32_t mask) {
  Meeting *unused = nullptr;
  for (size_t i = firstLane; i < firstLane + kWarpThreads; ++i) {
    Meeting &m = meetings[i];
    if (m.arrived && m.mask == mask)
      return m;
    if (!m.arrived && !unused)
      unused = &m;
  }
  return *unused; // At most 31 other lanes wait somewhere.
}

template <typename Compute>
uint64_t Cta::meet(int32_t site, uint32_t mask, uint64_t value,
                   Compute compute) {
  Thread &me = *running;
  size_t firstLane = size_t(me.warp) * kWarpThreads;
  if (count - firstLane < kWarpThreads)
    mask &= (uint32_t(1) << (count - firstLane)) - 1;
  if (!(mask >> me.lane & 1))
    fail(site, "lane %u is not in its own mask 0x%08x", me.lane, mask);
  Meeting &m = meetingOf(firstLane, mask);
  if (!m.arrived) {
    m.mask = mask;
    m.site = site;
  } else if (m.site != site) {
    Site other(*launch->info, m.site);
    fail(site,
         "lane %u of warp %u comes with mask 0x%08x while other lanes of the "
         "mask are at %s at %s",
         me.lane, me.warp, mask, other.op, other.location);
  }
  m.arrived |= uint32_t(1) << me.lane;
  me.value = value;
  if (m.arrived != mask) {
    suspend(m.waiting,
            {WaitKind::kWarp, site, uint32_t(&m - meetings.data()), 0});
    return me.value;
  }
  m.arrived = 0;
  compute(&threads[firstLane], mask);
  wake(m.waiting);
  return me.value;
}

namespace {
template <typename Visit>
void forEachLane(uint32_t mask, Visit visit) {
  for (; mask; mask &= mask - 1)
    visit(uint32_t(__builtin_ctz(mask)));
}

/// The lane that `lane` reads from; negative if it is out of range.
int32_t sourceLane(int32_t kind, uint32_t lane, uint32_t offset,
                   uint32_t clamp) {
  uint32_t segment = clamp >> 8 & 31, limit = clamp & 31;
  uint32_t highest = (lane & segment) | (limit & ~segment);
  int32_t source = 0;
  switch (kind) {
  case ATTN_SIM_SHUFFLE_UP:
    source = int32_t(lane) - int32_t(offset);
    return source >= int32_t(highest) ? source : -1;
  case ATTN_SIM_SHUFFLE_DOWN:
    source = int32_t(lane + offset);
    break;
  case ATTN_SIM_SHUFFLE_BFLY:
    source = int32_t(lane ^ offset);
    break;
  default:
    source = int32_t((lane & segment) | (offset & ~segment));
    break;
  }
  return source <= int32_t(highest) ? source : -1;
}
} // namespace

uint64_t Cta::shuffleLanes(int32_t site, int32_t kind, uint32_t mask,
                           uint32_t value, uint32_t lane, uint32_t clamp) {
  uint64_t brought =
      value | uint64_t(lane & 31) << 32 | uint64_t(clamp & 0x1f1f) << 40;
  return meet(site, mask, brought, [&](Thread *lanes, uint32_t all) {
    uint64_t results[kWarpThreads];
    forEachLane(all, [&](uint32_t l) {
      uint64_t own = lanes[l].value;
      int32_t source = sourceLane(kind, l, own >> 32 & 31, uint32_t(own >> 40));
      uint32_t from = source < 0 ? l : uint32_t(source);
      if (!(all >> from & 1))
        fail(site, "lane %u reads from lane %u, which is not in mask 0x%08x", l,
             from, all);
      results[l] = uint32_t(lanes[from].value) | uint64_t(source >= 0) << 32;
    });
    forEachLane(all, [&](uint32_t l) { lanes[l].value = results[l]; });
  });
}

uint32_t Cta::voteLanes(int32_t site, int32_t kind, uint32_t mask,
                        uint32_t predicate) {
  return uint32_t(
      meet(site, mask, predicate != 0, [&](Thread *lanes, uint32_t all) {
        uint32_t votes = 0;
        forEachLane(
            all, [&](uint32_t l) { votes |= uint32_t(lanes[l].value) << l; });
        uint32_t result = votes;
        if (kind == ATTN_SIM_VOTE_ALL)
          result = votes == all;
        else if (kind == ATTN_SIM_VOTE_ANY)
          result = votes != 0;
        else if (kind == ATTN_SIM_VOTE_UNIFORM)
          result = votes == 0 || votes == all;
        forEachLane(all, [&](uint32_t l) { lanes[l].value = result; });
      }));
}

/// PTX leaves open which lane it is, but it is always the same one for a mask:
/// the seed chooses.
uint32_t Cta::electLane(int32_t site, uint32_t mask) {
  return uint32_t(meet(site, mask, 0, [&](Thread *lanes, uint32_t all) {
    uint64_t skip = launch->seed % uint32_t(__builtin_popcount(all));
    forEachLane(all, [&](uint32_t l) { lanes[l].value = skip-- == 0; });
  }));
}

void Cta::meetLanes(int32_t site, uint32_t mask) {
  meet(site, mask, 0, [](Thread *, uint32_t) {});
}

void Cta::meetWarp(int32_t site, uint32_t mask) {
  meet(site, mask, 0, [&](Thread *lanes, uint32_t all) {
    if (events)
      events->warpMeets(site, lanes->warp, all);
  });
}

} // namespace attn::runtime::sim
