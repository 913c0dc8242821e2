//===- WgmmaAsync.cpp - Products in flight --------------------------------===//
//
// Source: PTX ISA, "Asynchronous wgmma": wgmma.fence, commit_group, wait_group.
//
//===----------------------------------------------------------------------===//

#include "WgmmaAsync.h"
#include "Cta.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace attn::runtime::sim {

void Accumulators::reserve(int32_t columns) {
  n = columns;
  size_t lines = stride() / 16;
  if (memory.size() < kWarpgroupThreads * lines)
    memory.resize(kWarpgroupThreads * lines);
  for (size_t i = 0; i < size_t(kWarpgroupThreads); ++i)
    of[i] = memory[i * lines].values;
}

void WarpgroupProducts::begin() {
  issued = over = tokens = 0;
  for (Accumulators &a : accumulators)
    a.token = 0;
}

Accumulators *WarpgroupProducts::find(uint32_t token) {
  for (Accumulators &a : accumulators)
    if (a.token == token)
      return &a;
  return nullptr;
}

uint32_t WarpgroupProducts::newToken() {
  // 0 would be an ordinary NaN of 16 bits.
  tokens = tokens % ATTN_SIM_TOKENS + 1;
  return ATTN_SIM_TOKEN | tokens;
}

size_t WarpgroupProducts::allocate(int32_t n) {
  size_t index = 0;
  while (index < accumulators.size() && accumulators[index].token)
    ++index;
  if (index == accumulators.size())
    accumulators.emplace_back();
  accumulators[index].reserve(n);
  return index;
}

namespace {
uint32_t bitsOf(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, 4);
  return bits;
}

/// What a thread brings as accumulator: a token, or 0 for values.
uint32_t tokenOf(const float *accumulator, const AttnSimProduct &product) {
  uint32_t bits = bitsOf(*accumulator);
  bool starts = product.format & ATTN_SIM_WGMMA_CLEAR;
  return !starts && ATTN_SIM_IS_TOKEN(bits) ? bits : 0;
}
} // namespace

/*--- Issue ------------------------------------------------------------------*/

/// The running thread comes with products.
void Cta::beginProducts(int32_t site) {
  ThreadAsync &me = asyncOf[numberOf(*running)];
  if (!me.isFenced)
    fail(site, "expected wgmma.fence between it and what touched its registers "
               "before");
  if (me.chains - me.covered == WarpgroupProducts::kMostChains)
    fail(site, "more than %u chains of products that nothing waits for",
         WarpgroupProducts::kMostChains);
  ++me.chains;
}

/// All threads have come.
void Cta::startChain(uint32_t id, const Warpgroup &group) {
  WarpgroupProducts &unit = warpgroupProducts[id];
  const AttnSimProduct &first = group.first[0];
  for (int32_t i = 0; i < group.count; ++i)
    checkOperands(group.first[i], group.n);
  Chain &chain = unit.chain(unit.issued);
  chain.n = group.n;
  chain.count = group.count;
  chain.done = 0;
  chain.accumulators = chooseAccumulators(unit, group, first);
  keepOperands(chain, group);
  for (int32_t i = 0; events && i < group.count; ++i)
    tellProduct(group.first[i], id, group.n, i + 1 == group.count);
  Accumulators &a = unit.accumulators[chain.accumulators];
  a.chain = unit.issued++;
  a.token = unit.newToken();
  a.taken = 0;
  for (float *accumulator : group.accumulators)
    std::fill_n(reinterpret_cast<uint32_t *>(accumulator), group.n / 2,
                a.token);
  steps.add(AsyncStep::kProducts, id, random);
}

size_t Cta::chooseAccumulators(WarpgroupProducts &unit, const Warpgroup &group,
                               const AttnSimProduct &first) {
  uint32_t token = tokenOf(group.accumulators[0], first);
  for (int32_t i = 1; i < kWarpgroupThreads; ++i)
    if (tokenOf(group.accumulators[i], first) != token)
      fail(first.site, "the threads of the warpgroup bring accumulators of "
                       "different products in flight");
  if (!token) {
    size_t index = unit.allocate(group.n);
    Accumulators &a = unit.accumulators[index];
    if (!(first.format & ATTN_SIM_WGMMA_CLEAR))
      for (int32_t i = 0; i < kWarpgroupThreads; ++i)
        std::memcpy(a.of[i], group.accumulators[i], size_t(group.n) / 2 * 4);
    return index;
  }
  Accumulators *a = unit.find(token);
  if (!a)
    fail(first.site, "adds to an accumulator that an earlier product has in "
                     "flight and another product or wait has taken over");
  if (a->n != group.n)
    fail(first.site,
         "adds to the accumulator in flight of m64n%d, expected n %d", a->n,
         group.n);
  return size_t(a - unit.accumulators.data());
}

void Cta::keepOperands(Chain &chain, const Warpgroup &group) {
  chain.products.assign(group.first, group.first + group.count);
  chain.fragments.resize(std::max(chain.fragments.size(), size_t(group.count)));
  for (int32_t p = 0; p < group.count; ++p)
    if (group.first[p].format & ATTN_SIM_WGMMA_A_FRAGMENT)
      for (size_t i = 0; i < size_t(kWarpgroupThreads); ++i)
        std::memcpy(chain.fragments[size_t(p)][i], group.products[i][p].a, 16);
}

/*--- Some time later --------------------------------------------------------*/

void Cta::multiplyNext(WarpgroupProducts &unit, Chain &chain) {
  size_t index = size_t(chain.done++);
  const uint32_t *fragments[kWarpgroupThreads];
  for (size_t i = 0; i < size_t(kWarpgroupThreads); ++i)
    fragments[i] = chain.fragments[index][i];
  computeProduct(chain.products[index], chain.n,
                 unit.accumulators[chain.accumulators].of, fragments);
}

/// Multiplies a part of a chain in flight.
void Cta::continueProducts(uint32_t id) {
  WarpgroupProducts &unit = warpgroupProducts[id];
  uint32_t inFlight = unit.issued - unit.over;
  uint32_t start = uint32_t(random.below(inFlight));
  for (uint32_t i = 0; i < inFlight; ++i) {
    uint32_t number = unit.over + (start + i) % inFlight;
    Chain *chain = &unit.chain(number);
    // Those before it that write the same accumulators come first.
    for (uint32_t before = unit.over; before != number; ++before)
      if (unit.chain(before).accumulators == chain->accumulators &&
          unit.chain(before).done < unit.chain(before).count) {
        chain = &unit.chain(before);
        break;
      }
    if (chain->done == chain->count)
      continue;
    blamed = &threads[size_t(id) * kWarpgroupThreads];
    uint64_t part = 1 + random.below(uint64_t(chain->count - chain->done));
    for (uint64_t p = 0; p < part; ++p)
      multiplyNext(unit, *chain);
    blamed = nullptr;
    if (chain->done < chain->count)
      steps.add(AsyncStep::kProducts, id, random);
    return;
  }
}

/// Chains before number `end` are over: multiplies what is left of them.
void Cta::finishProducts(uint32_t id, uint32_t end) {
  WarpgroupProducts &unit = warpgroupProducts[id];
  for (; int32_t(end - unit.over) > 0; ++unit.over) {
    Chain &chain = unit.chain(unit.over);
    if (chain.done < chain.count)
      steps.drop(AsyncStep::kProducts, id);
    while (chain.done < chain.count)
      multiplyNext(unit, chain);
  }
}

/*--- Waits ------------------------------------------------------------------*/

void Cta::commitProducts(int32_t site) {
  ThreadAsync &me = asyncOf[numberOf(*running)];
  if (me.groups == ThreadAsync::kMostGroups)
    fail(site, "more than %u groups of products that nothing waits for",
         ThreadAsync::kMostGroups);
  me.groupEnds[me.groups++] = me.chains;
}

void Cta::waitProducts(int32_t site, uint32_t pending) {
  ThreadAsync &me = asyncOf[numberOf(*running)];
  me.waitSite = site;
  me.waitPending = pending;
  me.coveredBefore = me.covered;
  if (me.groups <= pending)
    return;
  me.isFenced = false; // What it covers may be touched now.
  uint32_t over = me.groups - pending;
  me.covered = me.groupEnds[over - 1];
  std::copy(me.groupEnds + over, me.groupEnds + me.groups, me.groupEnds);
  me.groups = pending;
  finishProducts(running->warp / 4, me.covered);
}

/// The A registers of the products that the last wait covers must be among
/// those that it keeps.
void Cta::keepFragments(int32_t site, const uint32_t *registers,
                        uint32_t kept) {
  const ThreadAsync &me = asyncOf[numberOf(*running)];
  WarpgroupProducts &unit = warpgroupProducts[running->warp / 4];
  size_t lane = running->warp % 4 * kWarpThreads + running->lane;
  uint32_t next = 0; // They mostly come in order.
  for (uint32_t number = me.coveredBefore; number != me.covered; ++number) {
    const Chain &chain = unit.chain(number);
    for (size_t p = 0; p < size_t(chain.count); ++p) {
      if (!(chain.products[p].format & ATTN_SIM_WGMMA_A_FRAGMENT))
        continue;
      for (uint32_t value : chain.fragments[p][lane]) {
        uint32_t tried = 0;
        while (tried < kept && registers[next] != value) {
          ++tried;
          next = next + 1 == kept ? 0 : next + 1;
        }
        if (tried == kept) {
          Site product(*launch->info, chain.products[p].site);
          fail(site,
               "the A registers of %s at %s may have changed before this wait, "
               "which does not keep them",
               product.op, product.location);
        }
        next = next + 1 == kept ? 0 : next + 1;
      }
    }
  }
}

void Cta::failInFlight(int32_t site, uint32_t number, const char *what) {
  const ThreadAsync &me = asyncOf[numberOf(*running)];
  WarpgroupProducts &unit = warpgroupProducts[running->warp / 4];
  Site product(*launch->info, unit.chain(number).site());
  char state[200] = "which nothing has committed to a group";
  for (uint32_t g = 0; g < me.groups; ++g)
    if (number < me.groupEnds[g]) {
      Site wait(*launch->info, me.waitSite);
      int used = std::snprintf(state, sizeof state,
                               "which is in flight: %u groups were committed "
                               "after it",
                               me.groups - 1 - g);
      if (me.waitSite >= 0)
        std::snprintf(state + used, sizeof state - size_t(used),
                      ", and the last wait, %s at %s, leaves %u pending",
                      wait.op, wait.location, me.waitPending);
      break;
    }
  fail(site, "%s the accumulator of %s at %s, %s", what, product.op,
       product.location, state);
}

void Cta::giveResult(int32_t site, uint32_t token, float *accumulator,
                     uint32_t last) {
  const ThreadAsync &me = asyncOf[numberOf(*running)];
  WarpgroupProducts &unit = warpgroupProducts[running->warp / 4];
  Accumulators *a = unit.find(token);
  const char *what = accumulator && last ? "gives" : "uses";
  if (!a)
    fail(site,
         "%s an accumulator in flight that another product or wait has taken "
         "over",
         what);
  const Chain &chain = unit.chain(a->chain);
  if (a->chain >= me.covered)
    failInFlight(site, a->chain, what);
  if (!accumulator) {
    Site product(*launch->info, chain.site()), wait(*launch->info, me.waitSite);
    fail(site,
         "uses the accumulator of %s at %s, but not as a result of the wait "
         "that covers it, %s at %s",
         product.op, product.location, wait.op, wait.location);
  }
  size_t lane = running->warp % 4 * kWarpThreads + running->lane;
  std::memcpy(accumulator, a->of[lane], size_t(a->n) / 2 * 4);
  if (last && ++a->taken == uint32_t(kWarpgroupThreads))
    a->token = 0;
}

} // namespace attn::runtime::sim
