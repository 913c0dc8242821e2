//===- Schedule.cpp - Which thread runs next ------------------------------===//

#include "Schedule.h"

#include <utility>

namespace attn::runtime::sim {
namespace {
constexpr uint32_t kWarpgroupWarps = 4;
/// A favourite that changes stays for so many switches on average.
constexpr uint64_t kFavouriteSwitches = 4096;
} // namespace

void Schedule::begin(Random &random, bool strict, uint32_t warps) {
  ready[0].clear();
  ready[1].clear();
  favourite = ~0u;
  isAhead = true;
  changes = false;
  if (!strict)
    return;
  enum { kUniform, kWarps, kWarpgroups, kOneAhead, kOneBehind, kPolicies };
  uint64_t policy = random.below(kPolicies);
  if (policy == kUniform)
    return;
  unitWarps = policy == kWarps ? 1 : kWarpgroupWarps;
  units = (warps + unitWarps - 1) / unitWarps;
  favourite = uint32_t(random.below(units));
  isAhead = policy != kOneBehind;
  changes = policy == kWarps || policy == kWarpgroups;
}

void Schedule::moveOn(Random &random) {
  favourite = uint32_t(random.below(units));
  std::vector<Thread *> all = std::move(ready[0]);
  all.insert(all.end(), ready[1].begin(), ready[1].end());
  ready[0].clear();
  ready[1].clear();
  for (Thread *thread : all)
    push(*thread);
}

Thread &Schedule::take(Random &random) {
  uint64_t bits = random.next();
  if (changes && bits % kFavouriteSwitches == 0)
    moveOn(random);
  std::vector<Thread *> &from = ready[!ready[1].empty()];
  size_t index = size_t((bits >> 32) * from.size() >> 32);
  std::swap(from[index], from.back());
  Thread &next = *from.back();
  from.pop_back();
  return next;
}

} // namespace attn::runtime::sim
