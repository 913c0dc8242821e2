//===- Order.cpp - Fences and groups of asynchronous operations -----------===//
//
// Source: PTX ISA, membar/fence, cp.async.bulk.commit_group, wgmma.fence.
//
//===----------------------------------------------------------------------===//

#include "Cta.h"

namespace attn::runtime::sim {

void Cta::fenceMemory(int32_t site, int32_t kind) {
  if (events)
    events->fences(site, numberOf(*running), kind);
}

void Cta::commitGroup(int32_t site, int32_t group) {
  if (events)
    events->groupCommits(site, numberOf(*running), group);
}

void Cta::waitGroup(int32_t site, int32_t group, uint32_t pending) {
  if (events)
    events->groupPasses(site, numberOf(*running), group, pending);
}

} // namespace attn::runtime::sim
