//===- BarrierTest.cpp - mbarriers, named barriers, deadlocks -------------===//

#include "Harness.h"

#include <cstring>

using namespace simtest;

namespace {
uint64_t *barrierAt(AttnSimHost *host, uint32_t index) {
  return reinterpret_cast<uint64_t *>(host->shared) + index;
}

struct Ring {
  static constexpr uint32_t kStages = 3, kSteps = 50;
  uint32_t sums[128] = {};
};

/// Warp 0 produces, all others consume, through a ring of full and empty
/// barriers as the kernels have it.
void ringKernel(void *const *args, AttnSimHost *host) {
  Ring &ring = dataOf<Ring>(args);
  uint32_t thread = host->thread->tid[0];
  auto *stages = reinterpret_cast<uint32_t *>(host->shared + 256);
  if (thread == 0)
    for (uint32_t s = 0; s < Ring::kStages; ++s) {
      host->mbarrierInit(host, 0, barrierAt(host, s), 1);
      host->mbarrierInit(host, 0, barrierAt(host, Ring::kStages + s), 96);
    }
  host->barrier(host, 1, 0, 0);
  for (uint32_t step = 0; step < Ring::kSteps; ++step) {
    uint32_t s = step % Ring::kStages, phase = step / Ring::kStages % 2;
    uint64_t *full = barrierAt(host, s);
    uint64_t *empty = barrierAt(host, Ring::kStages + s);
    if (thread == 0) {
      host->mbarrierWait(host, 2, empty, phase ^ 1, 0);
      stages[s] = step * step;
      host->mbarrierArrive(host, 3, full, 1, 0);
    } else if (thread >= 32) {
      host->mbarrierWait(host, 4, full, phase, 0);
      ring.sums[thread] += stages[s];
      host->mbarrierArrive(host, 5, empty, 1, 0);
    }
  }
}

void testRing() {
  uint32_t sum = 0;
  for (uint32_t step = 0; step < Ring::kSteps; ++step)
    sum += step * step;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Ring ring;
    Shape shape;
    shape.threads = 128;
    shape.seed = seed;
    CHECK(run(&ringKernel, &ring, shape).empty());
    bool same = true;
    for (uint32_t thread = 32; thread < 128; ++thread)
      same &= ring.sums[thread] == sum;
    CHECK(same);
  }
}

/// Phases and byte counts, step by step, with test_wait.
void phaseKernel(void *const *args, AttnSimHost *host) {
  auto &log = dataOf<std::vector<uint32_t>>(args);
  uint64_t *barrier = barrierAt(host, 0);
  auto test = [&](uint32_t parity) {
    log.push_back(host->mbarrierWait(host, 0, barrier, parity, 1));
  };
  host->mbarrierInit(host, 1, barrier, 2);
  test(1); // The phase before the first counts as over.
  test(0);
  log.push_back(uint32_t(host->mbarrierArrive(host, 2, barrier, 1, 0)));
  test(0);
  host->mbarrierArrive(host, 2, barrier, 1, 32);
  test(0); // All have arrived, 32 bytes are missing.
  host->mbarrierComplete(host, 3, barrier, 16);
  test(0);
  host->mbarrierComplete(host, 3, barrier, 16);
  test(0);
  test(1);
  log.push_back(uint32_t(host->mbarrierArrive(host, 2, barrier, 2, 0)));
  test(1);
  test(0);
  host->mbarrierComplete(host, 3, barrier, 8); // Before they are expected.
  host->mbarrierArrive(host, 2, barrier, 2, 8);
  test(0);
}

void testPhases() {
  std::vector<uint32_t> log, expected = {1, 0, 0, 0, 0, 0, 1, 0, 1, 1, 0, 1};
  Shape one;
  one.threads = 1;
  CHECK(run(&phaseKernel, &log, one).empty());
  CHECK(log == expected);
}

/// A kernel that makes mistake number `data`.
void mistakeKernel(void *const *args, AttnSimHost *host) {
  uint32_t thread = host->thread->tid[0];
  uint64_t *barrier = barrierAt(host, 2);
  switch (dataOf<int>(args)) {
  case 0: // A barrier that nobody initialised.
    host->mbarrierArrive(host, 1, barrier, 1, 0);
    break;
  case 1: // An arrival too many.
    host->mbarrierInit(host, 0, barrier, 3);
    host->mbarrierArrive(host, 1, barrier, 2, 0);
    host->mbarrierArrive(host, 2, barrier, 2, 0);
    break;
  case 2: // One waits for another count than the rest.
    host->barrier(host, 1, 3, thread < 32 ? 64 : 32);
    break;
  case 3: // Bytes that never come.
    if (thread == 0) {
      host->mbarrierInit(host, 0, barrier, 1);
      host->mbarrierArrive(host, 1, barrier, 1, 4096);
    }
    host->barrier(host, 2, 0, 0);
    host->mbarrierWait(host, 3, barrier, 0, 0);
    break;
  case 4: // A lane that does not come.
    if (thread != 5)
      host->warpBarrier(host, 1, ~0u);
    break;
  case 5: // Half of a barrier.
    if (thread < 32)
      host->barrier(host, 1, 7, 64);
    break;
  case 6: // Polling for ever.
    if (thread == 0) {
      host->mbarrierInit(host, 0, barrier, 1);
      while (!host->mbarrierWait(host, 1, barrier, 0, 1)) {
      }
    }
    break;
  }
}

void testMistakes() {
  const char *const kExpected[] = {
      "test.op1: there is no initialised mbarrier at shared offset 16",
      "test.op2: 2 arrivals at the mbarrier at shared offset 16, which expects "
      "1 more of 3 in this phase",
      "barrier 3 for ",
      "deadlock in kernel 'test', CTA (0, 0, 0): 64 of 64 threads wait and "
      "none "
      "can run; threads 0-63 (test.op3 at test.mlir:3:1) wait for parity 0 of "
      "the mbarrier at shared offset 16, which is in a phase of parity 0 with "
      "0 "
      "of 1 arrivals and 4096 bytes to come",
      "31 of 64 threads wait and none can run; threads 0-4 (test.op1 at "
      "test.mlir:1:1) wait for lanes 0x00000020 of warp 0, of mask 0xffffffff; "
      "threads 6-31",
      "32 of 64 threads wait and none can run; threads 0-31 (test.op1 at "
      "test.mlir:1:1) wait at barrier 7, where 32 of 64 threads are",
      "threads 0-0 (test.op1 at test.mlir:1:1) poll without an end"};
  Shape shape;
  shape.threads = 64;
  for (int mistake = 0; mistake < 7; ++mistake) {
    shape.threads = mistake == 0 || mistake == 1 ? 1 : 64;
    CHECK(holds(run(&mistakeKernel, &mistake, shape), kExpected[mistake]));
  }
  // A CTA that failed leaves nothing behind.
  testRing();
}

struct Order {
  uint32_t order[3] = {};
};

/// bar.arrive does not wait, bar.sync does: 64 consumers behind 32 producers.
void namedKernel(void *const *args, AttnSimHost *host) {
  Order &order = dataOf<Order>(args);
  auto *stage = reinterpret_cast<uint32_t *>(host->shared);
  uint32_t warp = host->thread->warp;
  if (warp == 0) {
    stage[host->thread->lane] = 7;
    host->barrierArrive(host, 0, 1, 96);
    return;
  }
  host->barrier(host, 1, 1, 96);
  bool complete = true;
  for (int i = 0; i < 32; ++i)
    complete &= stage[i] == 7;
  if (complete)
    ++order.order[warp];
}
} // namespace

void testBarrier() {
  testRing();
  testPhases();
  testMistakes();
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Order order;
    Shape shape;
    shape.threads = 96;
    shape.seed = seed;
    CHECK(run(&namedKernel, &order, shape).empty());
    CHECK(order.order[1] == 32 && order.order[2] == 32);
  }
}
