//===- GlobalMemoryTest.cpp - What a kernel may access --------------------===//

#include "Harness.h"

using namespace simtest;
using namespace attn::runtime::sim;

namespace {
/// Three tensors of one allocation: q [2, 3, 8] of f16 with rows of 12 and
/// heads of 40 elements, read only; p [5, 4] of f32, nothing written; r [16].
struct Memory {
  static constexpr int64_t kSizes[3] = {2, 3, 8}, kStrides[3] = {40, 12, 1};
  static constexpr int64_t kSizesP[2] = {5, 4}, kStridesP[2] = {4, 1};
  static constexpr int64_t kSizesR[1] = {16}, kStridesR[1] = {1};

  alignas(64) char bytes[512] = {};
  char *qData = bytes, *pData = bytes + 192, *rData = bytes + 320;
  GlobalTensor q{"q", qData, 2, 3, kSizes, kStrides};
  GlobalTensor p{"p", pData, 4, 2, kSizesP, kStridesP};
  GlobalTensor r{"r", rData, 4, 1, kSizesR, kStridesR};
  StepMemory step{{&q, nullptr, &p, &r}};

  Memory() {
    q.setReadOnly();
    p.setWritable(/*holdsValues=*/false);
  }

  bool finds(const char *finding, const Body &body) {
    Shape shape;
    shape.threads = 1;
    shape.memory = &step;
    return simtest::finds(finding, body, shape);
  }

  /// One access of one thread.
  bool findsAt(const char *finding, char *address, uint32_t bytes,
               AttnSimAccess kind, int32_t argument, uint32_t alignment = 1) {
    return finds(finding, [=](AttnSimHost *host) {
      host->access(host, 5, address, bytes, kind, alignment, argument);
    });
  }
};

void testBounds() {
  Memory m;
  auto read = ATTN_SIM_ACCESS_READ;
  CHECK(m.findsAt("", m.qData, 16, read, 0));
  CHECK(m.findsAt("", m.qData + 2 * (40 + 24), 16, read, 0));
  CHECK(m.findsAt("", m.qData + 2 * (40 + 24) + 14, 2, read, -1));
  CHECK(m.findsAt("test.op5: out of bounds: reads 2 bytes at byte 144 of 'q', "
                  "which has 144",
                  m.qData + 144, 2, read, 0));
  CHECK(m.findsAt("out of bounds: reads 4 bytes at byte 142 of 'q'",
                  m.qData + 142, 4, read, 0));
  CHECK(m.findsAt("out of bounds: reads 2 bytes at byte -2 of 'q'", m.qData - 2,
                  2, read, 0));
  CHECK(m.findsAt("reads 2 bytes at byte 16 of 'q', which has a gap there",
                  m.qData + 16, 2, read, 0));
  CHECK(m.findsAt("which has a gap there", m.qData + 8, 16, read, 0));
  CHECK(m.findsAt("which has a gap there", m.qData + 2 * 36, 8, read, 0));
  CHECK(m.findsAt("which are in none of the tensors of the kernel",
                  m.qData + 16, 2, read, -1));
  // In another tensor: fine only if nobody knows better.
  CHECK(m.findsAt("", m.rData, 4, read, -1));
  CHECK(m.findsAt("out of bounds: reads 4 bytes at byte 320 of 'q'", m.rData, 4,
                  read, 0));
  CHECK(m.findsAt("writes argument 'q', which is not inout", m.qData, 2,
                  ATTN_SIM_ACCESS_WRITE, 0));
}

void testAlignment() {
  Memory m;
  CHECK(m.findsAt("", m.rData + 16, 16, ATTN_SIM_ACCESS_READ, 3, 16));
  CHECK(m.findsAt("misaligned: 16 bytes at", m.rData + 8, 16,
                  ATTN_SIM_ACCESS_READ, 3, 16));
  CHECK(m.findsAt("expected a multiple of 4", m.rData + 2, 4,
                  ATTN_SIM_ACCESS_WRITE, 3, 4));
  CHECK(m.finds(" is not a multiple of 16", [](AttnSimHost *host) {
    host->access(host, 1, host->shared + 24, 16, ATTN_SIM_ACCESS_WRITE, 16, -1);
  }));
  CHECK(m.finds("4 bytes at", [](AttnSimHost *host) {
    host->access(host, 1, host->shared + 65534, 4, ATTN_SIM_ACCESS_WRITE, 1,
                 -1);
  }));
}

void testUnwritten() {
  auto kernel = [](char *data, int64_t written, int64_t first) {
    return [=](AttnSimHost *host) {
      for (int64_t i = 0; i < written; ++i)
        host->access(host, 1, data + 4 * i, 4, ATTN_SIM_ACCESS_WRITE, 4, 2);
      host->access(host, 2, data + 4 * first, 16, ATTN_SIM_ACCESS_READ, 4, -1);
    };
  };
  CHECK([&] {
    Memory m;
    return m.finds("", kernel(m.pData, 8, 4));
  }());
  Memory m;
  CHECK(m.finds("test.op2: uninitialised: reads 16 bytes at byte 20 of 'p', "
                "which no kernel of this launch has written",
                kernel(m.pData, 8, 5)));
  Memory untouched;
  CHECK(untouched.finds("uninitialised: reads 16 bytes at byte 0 of 'p'",
                        kernel(untouched.pData, 0, 0)));
  CHECK(untouched.finds("uninitialised: reads 32 bytes at byte 16 of 'p'",
                        [&](AttnSimHost *host) {
                          auto *mbarrier =
                              reinterpret_cast<uint64_t *>(host->shared);
                          host->mbarrierInit(host, 0, mbarrier, 1);
                          host->bulkLoad(host, 3, host->shared + 128,
                                         untouched.pData + 16, mbarrier, 32);
                        }));
}

/// A box of 8 columns and 2 rows of q.
AttnSimTensorMap mapOf(const Memory &m) {
  AttnSimTensorMap map = {};
  map.base = m.qData;
  int64_t sizes[3] = {8, 3, 2}, strides[3] = {2, 24, 80};
  int32_t box[3] = {8, 2, 1};
  for (int i = 0; i < 3; ++i) {
    map.sizes[i] = sizes[i];
    map.strides[i] = strides[i];
    map.box[i] = box[i];
    map.elementStrides[i] = 1;
  }
  map.magic = ATTN_SIM_TENSOR_MAP_MAGIC;
  map.rank = 3;
  map.elementBytes = 2;
  return map;
}

void testBoxes() {
  Memory m;
  AttnSimTensorMap map = mapOf(m);
  auto load = [&map](int32_t row, int32_t head, int32_t mayLeave) {
    return [=, &map](AttnSimHost *host) {
      auto *mbarrier = reinterpret_cast<uint64_t *>(host->shared);
      host->mbarrierInit(host, 0, mbarrier, 1);
      host->fence(host, 1, ATTN_SIM_FENCE_MBARRIER_INIT);
      host->mbarrierArrive(host, 2, mbarrier, 1, 32);
      host->tensorLoad(host, 3, host->shared + 128, &map, mbarrier, 3, mayLeave,
                       0, row, head, 0, 0);
      host->mbarrierWait(host, 4, mbarrier, 0, 0);
    };
  };
  CHECK(m.finds("", load(1, 1, 0)));
  CHECK(m.finds("", load(2, 1, 2)));
  CHECK(m.finds("test.op3: out of bounds: the box leaves the tensor on axis 1: "
                "2 elements from 2 on, of 3; the kernel does not declare",
                load(2, 1, 5)));
  CHECK(m.finds("on axis 2: 1 elements from 2 on, of 2; the kernel does not",
                load(0, 2, 2)));
  CHECK(m.finds("on axis 1: 2 elements from 3 on, of 3; it may end outside",
                load(3, 1, 2)));
  CHECK(m.finds("on axis 1: 2 elements from -1 on", load(-1, 1, 2)));
  // Boxes behind the end, where the kernel says so.
  constexpr int32_t kBegin = 2 | 2 << ATTN_SIM_MAY_BEGIN;
  CHECK(m.finds("", load(3, 1, kBegin)));
  CHECK(m.finds("", load(9, 1, kBegin)));
  CHECK(m.finds("on axis 1: 2 elements from -1 on, of 3; it may begin behind "
                "the end, not before 0",
                load(-1, 1, kBegin)));
  CHECK(m.finds("on axis 2: 1 elements from 2 on", load(0, 2, kBegin)));
  // Every other row of a span of three: rows 0 and 2 of 3, then 1 and 3.
  map.box[1] = 3;
  map.elementStrides[1] = 2;
  CHECK(m.finds("", load(0, 1, 0)));
  CHECK(m.finds("on axis 1: 3 elements from 1 on, of 3; the kernel does not",
                load(1, 1, 0)));
  // One row arrives of a span of two.
  map.box[1] = map.elementStrides[1] = 2;
}

/// A box of p that is stored, and then loaded together with a row below it.
void testStoredBox() {
  auto kernel = [](AttnSimTensorMap *map, int32_t stored, int32_t loaded,
                   int32_t mayLeave) {
    return [=](AttnSimHost *host) {
      auto *mbarrier = reinterpret_cast<uint64_t *>(host->shared);
      host->mbarrierInit(host, 0, mbarrier, 1);
      host->fence(host, 1, ATTN_SIM_FENCE_MBARRIER_INIT);
      host->access(host, 1, host->shared + 128, 32, ATTN_SIM_ACCESS_WRITE, 16,
                   -1);
      host->fence(host, 1, ATTN_SIM_FENCE_PROXY_ASYNC);
      host->tensorStore(host, 2, map, host->shared + 128, 2, 2, 0, stored, 0, 0,
                        0);
      host->commitGroup(host, 2, ATTN_SIM_GROUP_BULK);
      host->waitGroup(host, 2, ATTN_SIM_GROUP_BULK, 0);
      host->mbarrierArrive(host, 3, mbarrier, 1, 32);
      host->tensorLoad(host, 4, host->shared + 128, map, mbarrier, 2, mayLeave,
                       0, loaded, 0, 0, 0);
      host->mbarrierWait(host, 5, mbarrier, 0, 0);
    };
  };
  for (int32_t stored : {1, 4}) {
    Memory m;
    AttnSimTensorMap map = mapOf(m);
    map.base = m.pData;
    map.rank = 2;
    map.elementBytes = 4;
    map.sizes[0] = map.box[0] = 4;
    map.sizes[1] = 5;
    map.strides[0] = 4;
    map.strides[1] = 16;
    map.box[1] = 2;
    CHECK(m.finds("", kernel(&map, stored, stored, 2)));
    int32_t other = stored == 1 ? 2 : 3;
    CHECK(m.finds("test.op4: uninitialised: reads 16 bytes at byte 48 of 'p'",
                  kernel(&map, stored, other, 0)));
    // Behind the first row of an axis that may be cut nothing need be written.
    CHECK(m.finds(stored == 1 ? "" : "test.op4: uninitialised: reads 16 bytes",
                  kernel(&map, stored, other, 2)));
  }
}
} // namespace

void testGlobalMemory() {
  testBounds();
  testAlignment();
  testUnwritten();
  testBoxes();
  testStoredBox();
}
