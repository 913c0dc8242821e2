//===- RaceTest.cpp - Races that strict mode finds on every schedule ------===//
//
// Each test runs a good kernel, then the same with one thing left out or moved.
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

using namespace simtest;

namespace {
Shape threads(uint32_t count) {
  Shape shape;
  shape.threads = count;
  return shape;
}

void touch(AttnSimHost *host, int32_t site, uint32_t offset, uint32_t bytes,
           AttnSimAccess kind) {
  host->access(host, site, host->shared + offset, bytes, kind, 1, -1);
}

uint64_t *mbarrierAt(AttnSimHost *host, uint32_t offset) {
  return reinterpret_cast<uint64_t *>(host->shared + offset);
}

/// Thread 0 writes, all read.
void testBarriers() {
  auto kernel = [](int how) {
    return [how](AttnSimHost *host) {
      uint32_t tid = host->thread->tid[0];
      if (tid == 0)
        touch(host, 1, 64, 4, ATTN_SIM_ACCESS_WRITE);
      if (how == 0)
        host->barrier(host, 2, 0, 0);
      else if (how == 1 && tid < 32)
        host->warpBarrier(host, 2, 0xffffffff);
      else if (how == 2) // Only half of the threads wait for the barrier.
        tid < 32 ? host->barrierArrive(host, 2, 3, 64)
                 : host->barrier(host, 2, 3, 64);
      else if (how == 3 && tid < 32) // Meets, but orders no memory.
        host->shuffle(host, 2, ATTN_SIM_SHUFFLE_INDEX, ~0u, 0, 0, 0x1f);
      if (tid == 33 || tid == 1)
        touch(host, 3, 64, 4, ATTN_SIM_ACCESS_READ);
    };
  };
  CHECK(finds("", kernel(0), threads(64)));
  // Thread 33, or thread 1 that has only arrived, races or finds nothing yet.
  CHECK(finds("shared offset 64", kernel(1), threads(64)));
  CHECK(finds("", kernel(1), threads(32)));
  CHECK(finds("shared offset 64", kernel(2), threads(64)));
  CHECK(finds("shared offset 64", kernel(3), threads(32)));
}

/// Threads exchange 4 bytes each, some of them in the same 16.
void testNeighbours() {
  auto kernel = [](uint32_t shift, bool waits) {
    return [=](AttnSimHost *host) {
      uint32_t tid = host->thread->tid[0];
      for (int round = 0; round < 3; ++round) {
        touch(host, 1, 128 + 4 * tid, 4, ATTN_SIM_ACCESS_WRITE);
        host->barrier(host, 2, 0, 0);
        touch(host, 3, 128 + 4 * (tid ^ 1) + shift, 4, ATTN_SIM_ACCESS_READ);
        if (waits)
          host->barrier(host, 4, 0, 0);
      }
    };
  };
  CHECK(finds("", kernel(0, true), threads(96)));
  CHECK(finds("race at shared offset", kernel(0, false), threads(96)));
  CHECK(finds("uninitialised: thread 94 reads shared offset 512",
              kernel(4, true), threads(96)));
  CHECK(finds("uninitialised", kernel(2, true), threads(96)));
}

void testAtomics() {
  auto kernel = [](AttnSimAccess kind) {
    return [=](AttnSimHost *host) {
      if (host->thread->tid[0] == 0)
        touch(host, 1, 0, 4, ATTN_SIM_ACCESS_WRITE);
      host->barrier(host, 2, 0, 0);
      touch(host, 3, 0, 4, kind);
    };
  };
  CHECK(finds("", kernel(ATTN_SIM_ACCESS_ATOMIC), threads(64)));
  CHECK(finds("", kernel(ATTN_SIM_ACCESS_READ), threads(64)));
  CHECK(finds("race", kernel(ATTN_SIM_ACCESS_WRITE), threads(64)));
}

/// Warp 0 produces by bulk copies, 64 threads consume, two stages.
struct Ring {
  alignas(16) char data[64] = {};
  bool waitsEmpty = true, waitsFull = true, releasesLate = true;
  uint32_t shrink = 0; ///< Stages that lie on others.
  uint32_t parity = 0; ///< Wrong by that.
  bool meets = true;   ///< Behind the initialisation.
  bool fences = true;

  void operator()(AttnSimHost *host) const {
    uint32_t tid = host->thread->tid[0];
    if (tid == 0) {
      for (uint32_t s = 0; s < 2; ++s) {
        host->mbarrierInit(host, 1, mbarrierAt(host, 8 * s), 1);
        host->mbarrierInit(host, 1, mbarrierAt(host, 16 + 8 * s), 64);
      }
      if (fences)
        host->fence(host, 1, ATTN_SIM_FENCE_MBARRIER_INIT);
    }
    if (meets)
      host->barrier(host, 2, 0, 0);
    else
      host->vote(host, 2, ATTN_SIM_VOTE_ALL, 0xffffffff, 1);
    for (uint32_t step = 0; step < 8; ++step)
      tid < 32 ? produce(host, tid, step) : consume(host, step);
  }

  void produce(AttnSimHost *host, uint32_t tid, uint32_t step) const {
    uint32_t s = step % 2, phase = step / 2 % 2;
    if (tid)
      return;
    if (waitsEmpty)
      host->mbarrierWait(host, 3, mbarrierAt(host, 16 + 8 * s), phase ^ 1, 0);
    host->mbarrierArrive(host, 4, mbarrierAt(host, 8 * s), 1, 64);
    host->bulkLoad(host, 5, host->shared + stage(s), data,
                   mbarrierAt(host, 8 * s), 64);
  }

  void consume(AttnSimHost *host, uint32_t step) const {
    uint32_t s = step % 2, phase = step / 2 % 2;
    uint64_t *empty = mbarrierAt(host, 16 + 8 * s);
    if (waitsFull)
      host->mbarrierWait(host, 6, mbarrierAt(host, 8 * s), phase ^ parity, 0);
    if (!releasesLate)
      host->mbarrierArrive(host, 7, empty, 1, 0);
    touch(host, 0, stage(s) + 16, 16, ATTN_SIM_ACCESS_READ);
    if (releasesLate)
      host->mbarrierArrive(host, 7, empty, 1, 0);
  }

  uint32_t stage(uint32_t s) const { return 1024 + s * (64 - shrink); }
};

void testRings() {
  Ring good;
  CHECK(finds("", good, threads(96)));
  Ring early = good;
  early.releasesLate = false;
  CHECK(finds("race at shared offset", early, threads(96)));
  Ring unread = good;
  unread.waitsEmpty = false; // Where the load comes late its mbarrier says so.
  CHECK(finds("shared offset", unread, threads(96)));
  Ring small = good;
  small.shrink = 16;
  CHECK(finds("race at shared offset", small, threads(96)));
  Ring hasty = good; // Reads before or while the load writes.
  hasty.waitsFull = false;
  CHECK(finds("shared offset 10", hasty, threads(96)));
  Ring wrong = good;
  wrong.parity = 1;
  CHECK(finds("shared offset 10", wrong, threads(96)));
  Ring unfenced = good;
  unfenced.fences = false;
  CHECK(finds("the mbarrier at shared offset 0, which thread 0 initialises in "
              "test.op1 at test.mlir:1:1, is not visible to the copy",
              unfenced, threads(96)));
  Ring unmet = good;
  unmet.meets = false;
  CHECK(finds("mbarrier at shared offset", unmet, threads(96)));
}

void testMbarriers() {
  CHECK(finds(
      "writes the mbarrier at shared offset 8",
      [](AttnSimHost *host) {
        host->mbarrierInit(host, 1, mbarrierAt(host, 8), 1);
        touch(host, 2, 12, 4, ATTN_SIM_ACCESS_WRITE);
      },
      threads(1)));
  CHECK(finds(
      "",
      [](AttnSimHost *host) {
        host->mbarrierInit(host, 1, mbarrierAt(host, 8), 1);
        host->mbarrierInvalidate(host, 1, mbarrierAt(host, 8));
        touch(host, 2, 12, 4, ATTN_SIM_ACCESS_WRITE);
      },
      threads(1)));
}
} // namespace

void testRaces() {
  testBarriers();
  testNeighbours();
  testAtomics();
  testRings();
  testMbarriers();
}
