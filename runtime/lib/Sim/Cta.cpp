//===- Cta.cpp - The scheduler of one thread block ------------------------===//

#include "Cta.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>

namespace attn::runtime::sim {

void fillHostTable(AttnSimHost &host); // HostTable.cpp

Cta::Cta()
    : AttnSimHost{}, mbarrierWaits(SharedWindow::kBytes / 8),
      memoryCheck(*this), unit(std::make_unique<WgmmaUnit>()) {
  fillHostTable(*this);
}

void Cta::begin(const KernelLaunch &l, const uint32_t index[3]) {
  launch = &l;
  std::copy_n(index, 3, ctaid);
  std::copy_n(l.block, 3, ntid);
  std::copy_n(l.grid, 3, nctaid);
  count = size_t(ntid[0]) * ntid[1] * ntid[2];
  sharedBytes = l.info->staticSharedBytes + l.dynamicSharedBytes;
  linear = ctaid[0] + nctaid[0] * (ctaid[1] + uint64_t(nctaid[1]) * ctaid[2]);
  random.state = scramble(scramble(l.seed) ^ linear) | 1;
  stacks.reserve(count);
  if (threads.size() < count)
    threads = std::vector<Thread>(count);
  size_t warps = (count + kWarpThreads - 1) / kWarpThreads;
  if (live) // It was left in the middle: wait lists hold threads.
    std::fill(mbarrierWaits.begin(), mbarrierWaits.end(), WaitList());
  failed = false;
  live = count;
  looks = 0;
  meetings.assign(warps * kWarpThreads, Meeting());
  std::fill(std::begin(barriers), std::end(barriers), NamedBarrier());
  warpgroups.assign((warps + 3) / 4, Warpgroup());
  copyCount = 0;
  copies.clear();
  hasDoneAtomic = false;
  blamed = nullptr;
  skew = 0;
  ready.begin(random, l.strict, uint32_t(warps));
  if (l.strict)
    beginStrict(warps);
  shared = window.base() + skew;
  std::memset(shared, 0xff, sharedBytes); // NaN in every type we use
  events = !l.strict ? nullptr : l.events ? l.events : &memoryCheck;
  beginCounts();
  for (size_t i = 0; i < count; ++i) {
    Thread &t = threads[i];
    t.blocks = l.strict ? counts.blocksOf(uint32_t(i / kWarpThreads)) : nullptr;
    t.tid[0] = uint32_t(i % ntid[0]);
    t.tid[1] = uint32_t(i / ntid[0] % ntid[1]);
    t.tid[2] = uint32_t(i / ntid[0] / ntid[1]);
    t.lane = uint32_t(i % kWarpThreads);
    t.warp = uint32_t(i / kWarpThreads);
    t.wait = {};
    t.done = false;
    start(t.fiber, stacks.bottom(i), &Cta::runThread, this);
    ready.push(t);
  }
  if (events)
    events->ctaBegins(uint32_t(count), sharedBytes);
}

void Cta::beginStrict(size_t warps) {
  steps.begin(random);
  asyncOf.assign(count, ThreadAsync());
  warpgroupProducts.resize(std::max(warpgroupProducts.size(), (warps + 3) / 4));
  for (WarpgroupProducts &products : warpgroupProducts)
    products.begin();
  mbarrierWatch.assign(sharedBytes / 8, MbarrierWatch());
  mbarriers.clear();
  registers.assign(warps, launch->info->launchRegisters);
  registerPool = 0;
  registerWaits = {};
  // The base of shared memory has no alignment but the one it asks for.
  uint32_t alignment = std::max(launch->info->sharedAlignment, 16u);
  uint32_t room = uint32_t(SharedWindow::kBytes) - sharedBytes;
  skew = uint32_t(random.below(room / alignment + 1)) * alignment;
}

/// Strict code counts blocks in any case: there are counters, whoever looks.
void Cta::beginCounts() {
  if (counts.isInstalled)
    fillHostTable(*this);
  counts.isInstalled = launch->counts;
  if (launch->counts)
    counts.install(*this);
  if (launch->strict)
    counts.begin(*launch->info, *this, uint32_t(count));
}

bool Cta::hasFailed() {
  checkStacks();
  return failed;
}

void Cta::runThread(void *self) {
  Cta &cta = *static_cast<Cta *>(self);
  cta.launch->kernel(cta.launch->arguments, &cta);
  Thread &me = *cta.running;
  cta.endThread(me);
  if (!cta.live)
    cta.end();
  if (Thread *next = cta.pickNext())
    cta.switchFrom(me, *next, /*last=*/true);
  Cta *other = cta.residents->otherThan(cta);
  if (cta.live)
    cta.reportDeadlock();
  if (other && other->live)
    other->reportDeadlock();
  cta.leave();
}

void Cta::endThread(Thread &me) {
  if (launch->strict) {
    checkStores(me);
    const ThreadAsync &async = asyncOf[numberOf(me)];
    if (async.chains != async.covered)
      failInFlight(warpgroupProducts[me.warp / 4].chain(async.covered).site(),
                   async.covered, "ends without");
  }
  me.done = true;
  --live;
  if (events)
    events->threadEnds(numberOf(me));
}

/// All threads have ended; the last one is still there for messages.
void Cta::end() {
  if (launch->strict)
    checkLeftovers();
  if (events)
    events->ctaEnds();
  if (launch->counts)
    counts.end(*launch->counts);
}

void Cta::checkLeftovers() {
  for (const NamedBarrier &b : barriers)
    if (b.arrived)
      fail(b.site, "the CTA ends with %u of %u threads at barrier %u",
           b.arrived, b.expected, uint32_t(&b - barriers));
  for (const CopyInFlight &c : copies)
    if (c.state != CopyInFlight::kDone && c.copy.toShared)
      fail(c.copy.site, "the CTA ends and nobody has waited for it");
  while (!steps.isEmpty())
    happen(steps.take(/*any=*/true, random));
  checkPhases();
}

void Cta::checkStacks() {
  for (size_t i = 0; i < count && !failed; ++i)
    if (stacks.overflowed(i)) {
      failed = true;
      std::snprintf(error, sizeof error,
                    "kernel '%s': thread %zu needs more than the %zu bytes of "
                    "stack that the device sim gives it",
                    launch->name, i, StackPool::kStackBytes);
    }
}

/// Back to the worker, for good.
void Cta::leave() {
  switchTo(residents->current->fiber, residents->worker, /*last=*/true);
  __builtin_unreachable();
}

void Cta::fail(int32_t site, const char *format, ...) {
  Site where(*launch->info, site);
  int length = std::snprintf(
      error, sizeof error,
      "%s: kernel '%s', CTA (%u, %u, %u), thread %zu: %s: ", where.location,
      launch->name, ctaid[0], ctaid[1], ctaid[2],
      size_t(numberOf(blamed ? *blamed : *running)), where.op);
  length = std::min(length, int(sizeof error) - 1);
  va_list values;
  va_start(values, format);
  std::vsnprintf(error + length, sizeof error - length, format, values);
  va_end(values);
  failed = true;
  leave();
}

} // namespace attn::runtime::sim
