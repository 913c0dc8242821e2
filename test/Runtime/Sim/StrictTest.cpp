//===- StrictTest.cpp - What happens beside the threads -------------------===//
//
// Operations whose results come late, and the mistakes that this shows.
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

#include <algorithm>
#include <cstring>

using namespace simtest;

namespace {
constexpr uint32_t kBytes = 4096;

/// These kernels store without telling: nobody looks at memory.
attn::runtime::sim::CtaEvents ignored;

Shape strictShape(uint32_t threads, uint64_t seed = 0) {
  Shape shape;
  shape.events = &ignored;
  shape.threads = threads;
  shape.seed = seed;
  shape.strict = true;
  return shape;
}

/*--- Copies -----------------------------------------------------------------*/

/// One thread stores a tile to global memory and then overwrites it.
struct Store {
  enum { kGood, kNoWait, kTouchEarly, kReadAfterRead } form = kGood;
  alignas(16) char global[kBytes];
  bool isThere = false; ///< When the thread looked.
};

void storeKernel(void *const *args, AttnSimHost *host) {
  Store &s = dataOf<Store>(args);
  char *tile = host->shared + 1024;
  std::memset(tile, 1, kBytes);
  host->bulkStore(host, 1, s.global, tile, kBytes);
  host->commitGroup(host, 2, ATTN_SIM_GROUP_BULK);
  if (s.form == Store::kTouchEarly)
    std::memset(tile, 2, kBytes);
  if (s.form == Store::kNoWait)
    return;
  bool readOnly = s.form == Store::kReadAfterRead;
  host->waitGroup(host, 3,
                  readOnly ? ATTN_SIM_GROUP_BULK_READ : ATTN_SIM_GROUP_BULK, 0);
  s.isThere = s.global[0] == 1;
  std::memset(tile, 3, kBytes);
}

void testStores() {
  int changed = 0, late = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Store good;
    CHECK(run(&storeKernel, &good, strictShape(1, seed)).empty());
    CHECK(good.isThere && good.global[kBytes - 1] == 1);
    Store touched;
    touched.form = Store::kTouchEarly;
    CHECK(run(&storeKernel, &touched, strictShape(1, seed)).empty());
    changed += touched.global[0] == 2;
    Store read;
    read.form = Store::kReadAfterRead;
    CHECK(run(&storeKernel, &read, strictShape(1, seed)).empty());
    CHECK(read.global[0] == 1);
    late += !read.isThere;
    Store unwaited;
    unwaited.form = Store::kNoWait;
    CHECK(
        holds(run(&storeKernel, &unwaited, strictShape(1, seed)),
              "test.op1: its thread ends without a cp.async.bulk.wait_group"));
  }
  CHECK(changed > 0 && late > 0);
}

/// Thread 0 loads; thread 32 looks without waiting.
struct Load {
  alignas(16) char global[kBytes];
  bool waits = true;
  bool isThere = true;
};

void loadKernel(void *const *args, AttnSimHost *host) {
  Load &l = dataOf<Load>(args);
  auto *mbarrier = reinterpret_cast<uint64_t *>(host->shared);
  char *tile = host->shared + 1024;
  uint32_t thread = host->thread->tid[0];
  if (thread == 0)
    host->mbarrierInit(host, 0, mbarrier, 1);
  host->barrier(host, 1, 0, 0);
  if (thread == 0) {
    host->mbarrierArrive(host, 2, mbarrier, 1, kBytes);
    host->bulkLoad(host, 3, tile, l.global, mbarrier, kBytes);
  }
  host->barrier(host, 4, 0, 0);
  if (l.waits)
    host->mbarrierWait(host, 5, mbarrier, 0, 0);
  if (thread == 32)
    l.isThere = tile[0] == 7 && tile[kBytes - 1] == 7;
}

void testLoads() {
  int missing = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Load good;
    std::memset(good.global, 7, kBytes);
    CHECK(run(&loadKernel, &good, strictShape(64, seed)).empty());
    CHECK(good.isThere);
    Load bad;
    std::memset(bad.global, 7, kBytes);
    bad.waits = false;
    std::string error = run(&loadKernel, &bad, strictShape(64, seed));
    if (!error.empty())
      CHECK(holds(error, "test.op3: the CTA ends and nobody has waited"));
    missing += !bad.isThere || !error.empty();
  }
  CHECK(missing > 5);
}

/*--- Products ---------------------------------------------------------------*/

/// A product of ones, 64x8x16, and what can be wrong about it.
struct Product {
  enum {
    kGood,
    kNoFence,
    kNoCommit,
    kEarly,
    kPendingOne,
    kNoWait,
    kNotKept,
    kStale,
    kOperandTouched,
    kLoadOverIt
  } form = kGood;
  bool isRight = true;
};

constexpr uint32_t kStartA = 1024, kStartB = 4096;

uint64_t descriptorOf(AttnSimHost *host, uint32_t offset) {
  uint64_t start = reinterpret_cast<uintptr_t>(host->shared + offset);
  // No swizzle: groups of eight rows 128 bytes apart, k in steps of 1024.
  return (start >> 4 & 0x3fff) | uint64_t(1024 / 16) << 16 |
         uint64_t(128 / 16) << 32;
}

void productKernel(void *const *args, AttnSimHost *host) {
  Product &p = dataOf<Product>(args);
  auto *mbarrier = reinterpret_cast<uint64_t *>(host->shared);
  uint32_t thread = host->thread->tid[0];
  auto *words = reinterpret_cast<uint32_t *>(host->shared);
  if (thread == 0) {
    host->mbarrierInit(host, 0, mbarrier, 1);
    for (uint32_t i = kStartA / 4; i < 4096; ++i)
      words[i] = 0x3f803f80; // bf16 1.0, twice
  }
  host->barrier(host, 0, 0, 0);
  alignas(64) float accumulator[ATTN_SIM_ACCUMULATOR_FLOATS(8)];
  AttnSimProduct product = {};
  bool inRegisters = p.form == Product::kNotKept;
  for (uint32_t &a : product.a)
    a = 0x3f803f80;
  product.descriptorA = descriptorOf(host, kStartA);
  product.descriptorB = descriptorOf(host, kStartB);
  product.site = 1;
  product.format = ATTN_SIM_WGMMA_BF16 | ATTN_SIM_WGMMA_CLEAR |
                   (inRegisters ? ATTN_SIM_WGMMA_A_FRAGMENT : 0);
  if (p.form != Product::kNoFence)
    host->fence(host, 2, ATTN_SIM_FENCE_WGMMA);
  host->wgmma(host, 8, accumulator, &product, 1);
  uint32_t token, stale;
  std::memcpy(&stale, accumulator, 4);
  product.format &= ~ATTN_SIM_WGMMA_CLEAR;
  host->wgmma(host, 8, accumulator, &product, 1);
  std::memcpy(&token, accumulator, 4);
  if (p.form != Product::kNoCommit)
    host->commitGroup(host, 3, ATTN_SIM_GROUP_WGMMA);
  host->barrier(host, 0, 1, 0);
  if (p.form == Product::kOperandTouched && thread == 0)
    words[kStartB / 4] = 0;
  if (p.form == Product::kLoadOverIt && thread == 0) {
    alignas(16) static char global[16];
    host->mbarrierArrive(host, 0, mbarrier, 1, 16);
    host->bulkLoad(host, 7, host->shared + kStartB, global, mbarrier, 16);
  }
  host->barrier(host, 0, 1, 0); // Nobody has waited before.
  if (p.form == Product::kEarly)
    host->wgmmaResult(host, 5, token, nullptr, 0);
  if (p.form == Product::kNoWait)
    return;
  host->waitGroup(host, 4, ATTN_SIM_GROUP_WGMMA,
                  p.form == Product::kPendingOne);
  host->wgmmaKeep(host, 4, product.a, p.form == Product::kNotKept ? 0 : 4);
  if (p.form == Product::kStale)
    host->wgmmaResult(host, 4, stale, accumulator, 1);
  host->wgmmaResult(host, 4, token, accumulator, 1);
  for (int i = 0; i < 4; ++i)
    if (accumulator[i] != 32)
      p.isRight = false;
}

void testProducts() {
  struct {
    decltype(Product::form) form;
    const char *text;
  } const kMistakes[] = {
      {Product::kNoFence, "test.op1: expected wgmma.fence between it and"},
      {Product::kNoCommit,
       "test.op4: gives the accumulator of test.op1 at test.mlir:1:1, which "
       "nothing has committed to a group"},
      {Product::kEarly,
       "test.op5: uses the accumulator of test.op1 at test.mlir:1:1, which is "
       "in flight: 0 groups were committed after it"},
      {Product::kPendingOne,
       "test.op4: gives the accumulator of test.op1 at test.mlir:1:1, which is "
       "in flight: 0 groups were committed after it, and the last wait, "
       "test.op4 at test.mlir:4:1, leaves 1 pending"},
      {Product::kNoWait,
       "test.op1: ends without the accumulator of test.op1 at test.mlir:1:1, "
       "which is in flight"},
      {Product::kNotKept, "test.op4: the A registers of test.op1 at "
                          "test.mlir:1:1 may have changed before this wait"},
      {Product::kStale, "test.op4: gives an accumulator in flight that another "
                        "product or wait has taken over"},
      {Product::kLoadOverIt,
       "test.op7: overwrites shared offset 4096, which test.op1 at "
       "test.mlir:1:1 of warpgroup 0, in flight, reads"},
  };
  int wrong = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Product good;
    CHECK(run(&productKernel, &good, strictShape(128, seed)).empty());
    CHECK(good.isRight);
    for (const auto &mistake : kMistakes) {
      Product bad;
      bad.form = mistake.form;
      CHECK(holds(run(&productKernel, &bad, strictShape(128, seed)),
                  mistake.text));
    }
    Product touched;
    touched.form = Product::kOperandTouched;
    CHECK(run(&productKernel, &touched, strictShape(128, seed)).empty());
    wrong += !touched.isRight;
  }
  CHECK(wrong > 0 && wrong < 20);
}

/*--- Registers --------------------------------------------------------------*/

/// Warp 0 gives registers back, the others take what it gave.
struct Pool {
  uint32_t given = 24, taken = 240;
};

void poolKernel(void *const *args, AttnSimHost *host) {
  Pool &pool = dataOf<Pool>(args);
  if (host->thread->warp == 0)
    host->setMaxRegisters(host, 1, pool.given, 0);
  else
    host->setMaxRegisters(host, 2, pool.taken, 1);
}

void testRegisters() {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Shape shape = strictShape(96, seed);
    shape.launchRegisters = 168;
    Pool good;
    CHECK(run(&poolKernel, &good, shape).empty());
    Pool greedy{40, 240};
    CHECK(holds(run(&poolKernel, &greedy, shape),
                "(test.op2 at test.mlir:2:1) wait for 240 registers per thread "
                "of warp "));
    Pool odd{30, 240};
    CHECK(holds(run(&poolKernel, &odd, shape),
                "test.op1: expected a multiple of 8 from 24 to 256 registers "
                "but found 30"));
    Pool down{24, 160};
    CHECK(holds(run(&poolKernel, &down, shape),
                "test.op2: an increase to 160 registers per thread, but the "
                "warp has 168"));
  }
}

/*--- Scheduling -------------------------------------------------------------*/

/// How far warps and warpgroups get ahead of each other.
struct Progress {
  static constexpr uint32_t kSteps = 200, kWarps = 12, kGroups = 3;
  uint32_t steps[kWarps] = {};
  uint32_t lead = 0;                ///< The most between two warps,
  uint32_t groupLead = 0;           ///< two of one warpgroup.
  uint32_t firstDone[kGroups] = {}; ///< Least steps when a warpgroup is done.
  bool isDone = false;

  uint32_t least(uint32_t group) const {
    return *std::min_element(steps + 4 * group, steps + 4 * group + 4);
  }
  void note(uint32_t warp) {
    uint32_t mine = ++steps[warp];
    for (uint32_t other = 0; other < kWarps; ++other) {
      uint32_t by = mine > steps[other] ? mine - steps[other] : 0;
      lead = std::max(lead, by);
      if (other / 4 == warp / 4)
        groupLead = std::max(groupLead, by);
    }
    if (isDone || least(warp / 4) < kSteps)
      return;
    isDone = true;
    for (uint32_t group = 0; group < kGroups; ++group)
      firstDone[group] = least(group);
  }
};

void progressKernel(void *const *args, AttnSimHost *host) {
  Progress &progress = dataOf<Progress>(args);
  for (uint32_t i = 0; i < Progress::kSteps; ++i) {
    host->warpBarrier(host, 0, ~0u);
    if (!host->thread->lane)
      progress.note(host->thread->warp);
  }
}

/// The policies of Schedule, told apart by what they do.
void testPolicies() {
  int uniform = 0, warps = 0, changing = 0, ahead = 0, behind = 0;
  constexpr uint32_t kNear = 60;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    Progress p;
    CHECK(run(&progressKernel, &p, strictShape(32 * Progress::kWarps, seed))
              .empty());
    std::sort(p.firstDone, p.firstDone + Progress::kGroups);
    uint32_t last = p.firstDone[0], middle = p.firstDone[1];
    if (p.lead < kNear)
      ++uniform;
    else if (p.groupLead >= kNear)
      ++warps;
    else if (middle == 0)
      ++ahead;
    else if (last == 0 && middle > Progress::kSteps - kNear)
      ++behind;
    else
      ++changing;
  }
  for (int seeds : {uniform, warps, changing, ahead, behind})
    CHECK(seeds >= 4);
}

/*--- Where shared memory starts ---------------------------------------------*/

void addressKernel(void *const *args, AttnSimHost *host) {
  dataOf<uintptr_t>(args) = reinterpret_cast<uintptr_t>(host->shared);
}

/// At a multiple of the alignment that the kernel asks for, nothing rounder.
void testSkew() {
  constexpr uintptr_t kAlignment = 1024; // That of the harness.
  uintptr_t all = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    uintptr_t address = 0;
    CHECK(run(&addressKernel, &address, strictShape(32, seed)).empty());
    CHECK(address % kAlignment == 0 && address >> 32 == 0);
    all |= address;
  }
  for (uintptr_t bit = kAlignment; bit < (uintptr_t(128) << 10); bit *= 2)
    CHECK(all & bit);
  uintptr_t fast = 0;
  CHECK(run(&addressKernel, &fast).empty());
  CHECK(fast % (uintptr_t(256) << 10) == 0);
}
} // namespace

void testStrict() {
  testStores();
  testLoads();
  testProducts();
  testRegisters();
  testPolicies();
  testSkew();
}
