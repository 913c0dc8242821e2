//===- Overlap.cpp - Do two strided tensors share a byte ------------------===//
//
// Two tensors share a byte if  d = sum x_k * s_k  has a solution, where d is
// the distance of their bases, s_k the strides in bytes of both and x_k the
// difference of two indices, bounded by the sizes. (An element is one more axis
// of stride 1.) Terms are tried from the largest stride down; what is left must
// be reachable by the rest, which leaves one or two choices per axis for any
// layout that nests. Slices of one packed buffer therefore pass, real overlaps
// do not. A budget bounds the search; running out of it counts as overlap.
//
//===----------------------------------------------------------------------===//

#include "Signature.h"

#include <algorithm>

namespace attn::runtime {
namespace {
using Wide = __int128;

struct Term {
  int64_t stride; ///< Bytes, positive.
  int64_t low;    ///< Least and largest factor.
  int64_t high;
};

struct Terms {
  Term terms[2 * ATTN_MAX_RANK + 2];
  int count = 0;

  /// Adds an axis of `size` values; `sign` -1 for the right-hand tensor.
  void add(int64_t stride, int64_t size, int sign) {
    if (size <= 1)
      return;
    int64_t low = sign < 0 ? -(size - 1) : 0, high = sign < 0 ? 0 : size - 1;
    for (int i = 0; i < count; ++i)
      if (terms[i].stride == stride) {
        terms[i].low += low;
        terms[i].high += high;
        return;
      }
    terms[count++] = {stride, low, high};
  }

  void add(const BoundTensor &tensor, int sign) {
    for (int axis = 0; axis < tensor.rank; ++axis)
      add(tensor.strides[axis] * tensor.elementBytes, tensor.sizes[axis], sign);
    add(1, tensor.elementBytes, sign);
  }

  void sort() {
    std::sort(terms, terms + count,
              [](const Term &a, const Term &b) { return a.stride > b.stride; });
  }
};

Wide floorDivide(Wide a, int64_t b) {
  return a >= 0 ? a / b : -((-a + b - 1) / b);
}

/// Is `target` a sum of the terms from `first` on?
bool reachable(const Terms &all, int first, Wide target, int &budget) {
  if (first == all.count)
    return target == 0;
  Wide restLow = 0, restHigh = 0;
  for (int i = first + 1; i < all.count; ++i) {
    restLow += Wide(all.terms[i].low) * all.terms[i].stride;
    restHigh += Wide(all.terms[i].high) * all.terms[i].stride;
  }
  const Term &term = all.terms[first];
  Wide from = -floorDivide(restHigh - target, term.stride); // round up
  Wide to = floorDivide(target - restLow, term.stride);
  from = std::max<Wide>(from, term.low);
  to = std::min<Wide>(to, term.high);
  for (Wide x = from; x <= to; ++x) {
    if (--budget < 0)
      return true;
    if (reachable(all, first + 1, target - x * term.stride, budget))
      return true;
  }
  return false;
}

constexpr int kBudget = 20000;
} // namespace

bool overlap(const BoundTensor &lhs, const BoundTensor &rhs) {
  if (lhs.isEmpty || rhs.isEmpty)
    return false;
  auto left = reinterpret_cast<uintptr_t>(lhs.data);
  auto right = reinterpret_cast<uintptr_t>(rhs.data);
  if (Wide(left) + lhs.extentBytes <= Wide(right) ||
      Wide(right) + rhs.extentBytes <= Wide(left))
    return false;
  Terms terms;
  terms.add(lhs, 1);
  terms.add(rhs, -1);
  terms.sort();
  int budget = kBudget;
  return reachable(terms, 0, Wide(right) - Wide(left), budget);
}

bool overlapsItself(const BoundTensor &tensor) {
  if (tensor.isEmpty)
    return false;
  // Two different elements: the first axis on which they differ, by at least
  // one element, is tried in turn.
  Terms terms;
  for (int axis = 0; axis < tensor.rank; ++axis)
    if (tensor.sizes[axis] > 1)
      terms.terms[terms.count++] = {tensor.strides[axis] * tensor.elementBytes,
                                    -(tensor.sizes[axis] - 1),
                                    tensor.sizes[axis] - 1};
  terms.sort();
  int axes = terms.count, budget = kBudget;
  if (tensor.elementBytes > 1)
    terms.terms[terms.count++] = {1, -(tensor.elementBytes - 1),
                                  tensor.elementBytes - 1};
  for (int first = 0; first < axes; ++first) {
    Terms rest = terms;
    rest.terms[first].low = 1;
    if (reachable(rest, first, 0, budget))
      return true;
  }
  return false;
}

} // namespace attn::runtime
