//===- OverlapTest.cpp - Overlap of strided tensors -----------------------===//
//
// Compares the exact test with brute force over random small layouts, then
// the layouts that the search exists for.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "Signature.h"

#include <random>
#include <set>

using namespace attn::runtime;

namespace {
BoundTensor make(char *data, int64_t elementBytes, std::vector<int64_t> sizes,
                 std::vector<int64_t> strides) {
  BoundTensor t{};
  t.data = data;
  t.rank = int32_t(sizes.size());
  t.elementBytes = elementBytes;
  int64_t last = 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    t.sizes[i] = sizes[i];
    t.strides[i] = strides[i];
    t.isEmpty |= sizes[i] == 0;
    last += (sizes[i] - 1) * strides[i];
  }
  t.extentBytes = t.isEmpty ? 0 : (last + 1) * elementBytes;
  return t;
}

/// Every byte address of a tensor; `repeats` says whether one came twice.
std::set<char *> addresses(const BoundTensor &t, bool &repeats) {
  std::set<char *> all;
  int64_t count = 1;
  for (int axis = 0; axis < t.rank; ++axis)
    count *= t.sizes[axis];
  for (int64_t element = 0; element < count; ++element) {
    int64_t rest = element, offset = 0;
    for (int axis = 0; axis < t.rank; ++axis) {
      offset += rest % t.sizes[axis] * t.strides[axis];
      rest /= t.sizes[axis];
    }
    for (int64_t byte = 0; byte < t.elementBytes; ++byte)
      repeats |= !all.insert(t.data + offset * t.elementBytes + byte).second;
  }
  return all;
}

void compareWithBruteForce() {
  std::mt19937 random(7);
  auto below = [&](int n) { return int64_t(random() % unsigned(n)); };
  char *base = reinterpret_cast<char *>(0x10000);
  int overlapping = 0, apart = 0;
  for (int trial = 0; trial < 20000; ++trial) {
    BoundTensor t[2];
    for (BoundTensor &tensor : t) {
      std::vector<int64_t> sizes, strides;
      for (int64_t axis = 0, rank = 1 + below(3); axis < rank; ++axis) {
        sizes.push_back(below(8) ? 1 + below(4) : 0);
        strides.push_back(1 + below(12));
      }
      tensor = make(base + below(40), int64_t(1) << below(3), sizes, strides);
    }
    bool repeats = false, ignored = false;
    std::set<char *> left = addresses(t[0], repeats);
    std::set<char *> right = addresses(t[1], ignored);
    bool shares = false;
    for (char *address : left)
      shares |= right.count(address) != 0;
    CHECK(overlap(t[0], t[1]) == shares);
    CHECK(overlap(t[1], t[0]) == shares);
    CHECK(overlapsItself(t[0]) == repeats);
    (shares ? overlapping : apart) += 1;
  }
  CHECK(overlapping > 1000 && apart > 1000);
}

/// Heads of a packed [B, L, H, D] buffer of a size that nobody enumerates.
void testPackedBuffers() {
  char *base = reinterpret_cast<char *>(0x100000);
  std::vector<int64_t> strides = {int64_t(100000) * 96 * 128, 128, 96 * 128, 1};
  BoundTensor q = make(base, 2, {8, 64, 100000, 128}, strides);
  BoundTensor k = make(base + 64 * 128 * 2, 2, {8, 16, 100000, 128}, strides);
  BoundTensor late =
      make(base + 63 * 128 * 2, 2, {8, 16, 100000, 128}, strides);
  CHECK(!overlap(q, k));
  CHECK(overlap(q, late));
  CHECK(!overlapsItself(q));
  // The same buffer seen by another element type.
  BoundTensor wide = make(base + 64 * 128 * 2, 4, {8, 16, 100000, 64},
                          {strides[0] / 2, 64, strides[2] / 2, 1});
  CHECK(!overlap(q, wide));
  CHECK(overlap(k, wide));
}
} // namespace

void testOverlap() {
  compareWithBruteForce();
  testPackedBuffers();
}
