//===- Order.cpp - Fences and groups of asynchronous operations -----------===//
//
// Source: PTX ISA, membar/fence, cp.async.bulk.commit_group, wgmma.fence.
//
//===----------------------------------------------------------------------===//

#include "Cta.h"

namespace attn::runtime::sim {

void Cta::fenceMemory(int32_t site, int32_t kind) {
  if (launch->strict && kind == ATTN_SIM_FENCE_WGMMA)
    asyncOf[numberOf(*running)].isFenced = true;
  if (events)
    events->fences(site, numberOf(*running), kind);
}

void Cta::commitGroup(int32_t site, int32_t group) {
  if (!launch->strict)
    return;
  if (group == ATTN_SIM_GROUP_WGMMA)
    commitProducts(site);
  else
    ++asyncOf[numberOf(*running)].storeGroups;
  if (events)
    events->groupCommits(site, numberOf(*running), group);
}

void Cta::waitGroup(int32_t site, int32_t group, uint32_t pending) {
  if (!launch->strict)
    return;
  if (group == ATTN_SIM_GROUP_WGMMA)
    waitProducts(site, pending);
  else
    waitStores(pending, group == ATTN_SIM_GROUP_BULK_READ);
  if (events)
    events->groupPasses(site, numberOf(*running), group, pending);
}

} // namespace attn::runtime::sim
