//===- TensorTest.cpp - TMA loads and stores against plain loops ----------===//

#include "Harness.h"

#include <cstring>

using namespace simtest;

namespace {
struct Case {
  AttnSimTensorMap map = {};
  int32_t origin[5] = {};
  uint32_t boxBytes = 0;
  std::vector<char> memory; ///< The tensor, with other bytes around it.
  std::vector<char> shared; ///< What the kernel found, or what it stores.
};

constexpr size_t kMargin = 4096;

/// Elements of the box on an axis: every elementStrides-th of those it spans.
int32_t countSteps(const Case &c, int axis) {
  int32_t step = c.map.elementStrides[axis];
  return (c.map.box[axis] + step - 1) / step;
}

/// A random tensor and a box that leaves it on any side.
Case draw(Numbers &numbers, uint32_t elementBytes, uint32_t swizzle, int rank) {
  Case c;
  c.map.magic = ATTN_SIM_TENSOR_MAP_MAGIC;
  c.map.rank = uint8_t(rank);
  c.map.elementBytes = uint8_t(elementBytes);
  c.map.swizzleBytes = uint8_t(swizzle);
  c.map.nanFill = numbers.below(4) == 0;
  uint32_t innerBytes = swizzle ? swizzle : 16 * (1 + numbers.below(5));
  c.boxBytes = elementBytes;
  int64_t stride = elementBytes;
  for (int axis = 0; axis < rank; ++axis) {
    int32_t box = axis ? int32_t(1 + numbers.below(6))
                       : int32_t(innerBytes / elementBytes);
    c.map.box[axis] = box;
    c.map.sizes[axis] = 1 + numbers.below(uint32_t(3 * box));
    c.map.strides[axis] = stride;
    c.map.elementStrides[axis] =
        axis && numbers.below(2) ? uint8_t(1 + numbers.below(8)) : 1;
    stride =
        (stride * c.map.sizes[axis] + 15) / 16 * 16 + 16 * numbers.below(2);
    c.origin[axis] = int32_t(numbers.below(uint32_t(3 * box))) - box;
    c.boxBytes *= uint32_t(countSteps(c, axis));
  }
  c.memory.resize(size_t(stride) + 2 * kMargin);
  for (char &byte : c.memory)
    byte = char(numbers.below(256));
  c.map.base = c.memory.data() + kMargin;
  c.map.base += (16 - reinterpret_cast<uintptr_t>(c.map.base) % 16) % 16;
  c.shared.resize(c.boxBytes);
  return c;
}

/// Calls visit(offset in the box, address in the tensor or null) per element.
template <typename Visit>
void forEachElement(const Case &c, Visit visit) {
  uint32_t count = c.boxBytes / c.map.elementBytes;
  for (uint32_t i = 0; i < count; ++i) {
    uint32_t rest = i;
    char *address = c.map.base;
    bool inside = true;
    for (int axis = 0; axis < c.map.rank; ++axis) {
      uint32_t steps = uint32_t(countSteps(c, axis));
      int64_t at =
          c.origin[axis] + int64_t(rest % steps) * c.map.elementStrides[axis];
      rest /= steps;
      inside &= at >= 0 && at < c.map.sizes[axis];
      address += at * c.map.strides[axis];
    }
    visit(i * c.map.elementBytes, inside ? address : nullptr);
  }
}

constexpr uint32_t kTile = 1024; ///< Shared offset; the barrier is at 0.

void loadKernel(void *const *args, AttnSimHost *host) {
  Case &c = dataOf<Case>(args);
  auto *barrier = reinterpret_cast<uint64_t *>(host->shared);
  if (host->thread->tid[0] == 0) {
    host->mbarrierInit(host, 0, barrier, 1);
    host->mbarrierArrive(host, 1, barrier, 1, c.boxBytes);
    host->tensorLoad(host, 2, host->shared + kTile, &c.map, barrier, c.map.rank,
                     0, c.origin[0], c.origin[1], c.origin[2], c.origin[3],
                     c.origin[4]);
    host->mbarrierWait(host, 3, barrier, 0, 0);
    std::memcpy(c.shared.data(), host->shared + kTile, c.boxBytes);
  }
}

void storeKernel(void *const *args, AttnSimHost *host) {
  Case &c = dataOf<Case>(args);
  if (host->thread->tid[0] == 0) {
    std::memcpy(host->shared + kTile, c.shared.data(), c.boxBytes);
    host->fence(host, 0, ATTN_SIM_FENCE_PROXY_ASYNC);
    host->tensorStore(host, 1, &c.map, host->shared + kTile, c.map.rank, 0,
                      c.origin[0], c.origin[1], c.origin[2], c.origin[3],
                      c.origin[4]);
    host->commitGroup(host, 2, ATTN_SIM_GROUP_BULK);
    host->waitGroup(host, 3, ATTN_SIM_GROUP_BULK, 0);
  }
}

void checkLoad(Case &c) {
  CHECK(run(&loadKernel, &c).empty());
  bool same = true;
  forEachElement(c, [&](uint32_t offset, const char *address) {
    const char *found = c.shared.data() + swizzled(offset, c.map.swizzleBytes);
    for (int byte = 0; byte < c.map.elementBytes; ++byte)
      same &= found[byte] == (address         ? address[byte]
                              : c.map.nanFill ? char(0xff)
                                              : 0);
  });
  CHECK(same);
}

void checkStore(Case &c, Numbers &numbers) {
  for (char &byte : c.shared)
    byte = char(numbers.below(256));
  std::vector<char> expected = c.memory;
  forEachElement(c, [&](uint32_t offset, const char *address) {
    if (address)
      std::memcpy(expected.data() + (address - c.memory.data()),
                  c.shared.data() + swizzled(offset, c.map.swizzleBytes),
                  c.map.elementBytes);
  });
  CHECK(run(&storeKernel, &c).empty());
  CHECK(c.memory == expected); // And nothing beside the tensor.
}

void testErrors() {
  Numbers numbers(7);
  Case c = draw(numbers, 2, 128, 2);
  c.map.magic = 0;
  CHECK(holds(run(&loadKernel, &c),
              "test.mlir:2:1: kernel 'test', CTA (0, 0, "
              "0), thread 0: test.op2: there is no tensor "
              "map at"));
  c = draw(numbers, 2, 128, 2);
  Shape small;
  small.sharedBytes = kTile;
  CHECK(holds(run(&loadKernel, &c, small),
              "are not in the 1024 bytes of shared memory of the CTA"));
}

struct Bulk {
  alignas(16) char from[64];
  alignas(16) char to[64];
};

void bulkKernel(void *const *args, AttnSimHost *host) {
  Bulk &bulk = dataOf<Bulk>(args);
  auto *barrier = reinterpret_cast<uint64_t *>(host->shared);
  host->mbarrierInit(host, 0, barrier, 1);
  host->bulkLoad(host, 1, host->shared + 64, bulk.from, barrier, 48);
  host->mbarrierArrive(host, 2, barrier, 1, 48); // Expected after it came.
  host->mbarrierWait(host, 3, barrier, 0, 0);
  host->bulkStore(host, 4, bulk.to + 16, host->shared + 64, 48);
}
} // namespace

void testTensor() {
  Numbers numbers(1);
  for (uint32_t elementBytes : {1u, 2u, 4u})
    for (uint32_t swizzle : {0u, 32u, 64u, 128u})
      for (int rank = 1; rank <= 5; ++rank)
        for (int repeat = 0; repeat < 4; ++repeat) {
          Case c = draw(numbers, elementBytes, swizzle, rank);
          checkLoad(c);
          checkStore(c, numbers);
        }
  testErrors();
  Bulk bulk = {};
  for (int i = 0; i < 64; ++i)
    bulk.from[i] = char(i + 1);
  Shape one;
  one.threads = 1;
  CHECK(run(&bulkKernel, &bulk, one).empty());
  CHECK(!std::memcmp(bulk.to + 16, bulk.from, 48) && bulk.to[15] == 0);
}
