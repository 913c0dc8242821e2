//===- ProxyTest.cpp - Asynchronous reads of shared memory ----------------===//
//
// wgmma and bulk stores read through another proxy and at any time until they
// are waited for.
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

using namespace simtest;

namespace {
constexpr uint32_t kA = 2048, kB = 8192; // m64k16 and n64k16, 2048 bytes.

/// Where the steps of a product stand; see Product.
struct Plan {
  bool fenceWriter = true;  ///< Behind the writes.
  bool fenceReader = false; ///< Behind the barrier.
  bool fenceFirst = false;  ///< Before the writes, where it is of no use.
  bool meets = true;        ///< Before the product.
  bool writesAll = true;
  bool waits = true; ///< Before the operands are overwritten.
  uint32_t pending = 0;
  bool commits = true;
};

void store(AttnSimHost *host, int32_t site, uint32_t offset) {
  host->access(host, site, host->shared + offset, 16, ATTN_SIM_ACCESS_WRITE, 16,
               -1);
}

/// Operands without swizzle: 8 rows of 16 bytes in a row, the two chunks of a
/// row 128 bytes apart, the next 8 rows 256.
uint64_t descriptor(AttnSimHost *host, uint32_t offset) {
  auto start = uint64_t(reinterpret_cast<uintptr_t>(host->shared + offset));
  return (start & 0x3ffff) >> 4 | uint64_t(128 >> 4) << 16 |
         uint64_t(256 >> 4) << 32;
}

/// 128 threads write A and B, multiply, and overwrite them.
Body product(Plan plan) {
  return [plan](AttnSimHost *host) {
    uint32_t tid = host->thread->tid[0];
    if (plan.fenceFirst)
      host->fence(host, 1, ATTN_SIM_FENCE_PROXY_ASYNC);
    store(host, 1, kA + 16 * tid);
    if (plan.writesAll || tid != 77)
      store(host, 1, kB + 16 * tid);
    if (plan.fenceWriter)
      host->fence(host, 2, ATTN_SIM_FENCE_PROXY_ASYNC);
    if (plan.meets)
      host->barrier(host, 3, 1, 128);
    else
      host->warpBarrier(host, 3, 0xffffffff);
    if (plan.fenceReader)
      host->fence(host, 2, ATTN_SIM_FENCE_PROXY_ASYNC);
    alignas(64) float accumulator[ATTN_SIM_ACCUMULATOR_FLOATS(64)] = {};
    AttnSimProduct p = {};
    p.descriptorA = descriptor(host, kA);
    p.descriptorB = descriptor(host, kB);
    p.site = 4;
    p.format = ATTN_SIM_WGMMA_BF16 | ATTN_SIM_WGMMA_CLEAR;
    host->fence(host, 4, ATTN_SIM_FENCE_WGMMA);
    host->wgmma(host, 64, accumulator, &p, 1);
    if (plan.commits)
      host->commitGroup(host, 5, ATTN_SIM_GROUP_WGMMA);
    if (plan.waits)
      host->waitGroup(host, 6, ATTN_SIM_GROUP_WGMMA, plan.pending);
    host->barrier(host, 3, 1, 128);
    store(host, 7, kB + 16 * tid);
  };
}

Shape warpgroup() {
  Shape shape;
  shape.threads = 128;
  return shape;
}

bool findsIn(const char *finding, Plan plan) {
  return finds(finding, product(plan), warpgroup());
}

void testProducts() {
  CHECK(findsIn("", {}));
  Plan reader;
  reader.fenceWriter = false;
  reader.fenceReader = true;
  CHECK(findsIn("", reader));
  Plan none;
  none.fenceWriter = false;
  CHECK(findsIn("test.op4: missing proxy fence: the tensor core for warpgroup "
                "0 reads shared offset 2048, which thread 0 wrote in test.op1 "
                "at test.mlir:1:1",
                none));
  Plan early = none;
  early.fenceFirst = true;
  CHECK(findsIn("missing proxy fence", early));
  Plan alone; // Warps read their own rows of A, but all of B.
  alone.meets = false;
  CHECK(findsIn("race at shared offset", alone));
  Plan hole;
  hole.writesAll = false;
  CHECK(findsIn("uninitialised: the tensor core for warpgroup 0 reads shared "
                "offset 9424",
                hole));
}

void testWaits() {
  const char *overwritten = "the tensor core for warpgroup 0 reads it in "
                            "test.op4 at test.mlir:4:1; no barrier orders";
  Plan never;
  never.waits = false;
  CHECK(findsIn(overwritten, never));
  Plan few;
  few.pending = 1;
  CHECK(findsIn(overwritten, few));
  Plan open;
  open.commits = false;
  CHECK(findsIn(overwritten, open));
}

/// One thread writes 64 bytes, sends them off, and reuses the memory.
struct Send {
  alignas(16) char to[64] = {};
  bool fences = true, waits = true, reuses = true;
  AttnSimGroup group = ATTN_SIM_GROUP_BULK_READ;

  void operator()(AttnSimHost *host) const {
    for (uint32_t at = 0; at < 64; at += 16)
      store(host, 1, at);
    if (fences)
      host->fence(host, 2, ATTN_SIM_FENCE_PROXY_ASYNC);
    host->bulkStore(host, 3, const_cast<char *>(to), host->shared, 64);
    host->commitGroup(host, 4, ATTN_SIM_GROUP_BULK);
    if (waits)
      host->waitGroup(host, 5, group, 0);
    if (reuses)
      store(host, 6, 16);
  }
};

void testStores() {
  Shape one;
  one.threads = 1;
  Send good;
  CHECK(finds("", good, one));
  good.group = ATTN_SIM_GROUP_BULK;
  CHECK(finds("", good, one));
  Send bare;
  bare.fences = false;
  CHECK(finds("missing proxy fence: the bulk stores of thread 0 reads", bare,
              one));
  Send hasty;
  hasty.waits = false;
  CHECK(finds("test.op6: race at shared offset 16: thread 0 writes it, and the "
              "bulk stores of thread 0 reads it in test.op3",
              hasty, one));
  hasty.reuses = false;
  CHECK(finds("test.op3: its thread ends without a cp.async.bulk.wait_group",
              hasty, one));
}

/// A load over what threads wrote and read.
void testOverwrite() {
  alignas(16) static char data[64] = {};
  auto kernel = [](bool fences, bool waits) {
    return [=](AttnSimHost *host) {
      auto *mbarrier = reinterpret_cast<uint64_t *>(host->shared);
      host->mbarrierInit(host, 1, mbarrier, 1);
      host->fence(host, 1, ATTN_SIM_FENCE_MBARRIER_INIT);
      store(host, 2, 64);
      if (fences)
        host->fence(host, 3, ATTN_SIM_FENCE_PROXY_ASYNC);
      host->mbarrierArrive(host, 4, mbarrier, 1, 64);
      host->bulkLoad(host, 5, host->shared + 64, data, mbarrier, 64);
      if (waits)
        host->mbarrierWait(host, 6, mbarrier, 0, 0);
    };
  };
  Shape one;
  one.threads = 1;
  CHECK(finds("", kernel(true, true), one));
  CHECK(finds("missing proxy fence: the loads of the mbarrier at shared offset "
              "0 writes shared offset 64",
              kernel(false, true), one));
  CHECK(finds(" has waited for ", kernel(true, false), one));
}
} // namespace

void testProxies() {
  testProducts();
  testWaits();
  testStores();
  testOverwrite();
}
