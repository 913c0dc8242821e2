//===- View.cpp - Neighbouring axes as one --------------------------------===//
//
// Axes h, w are one axis of h * w elements where the stride of h is w times the
// stride of w. Axes of size 1 have no stride.
//
//===----------------------------------------------------------------------===//

#include "Message.h"
#include "Signature.h"

#include <cstdint>

namespace attn::runtime {
namespace {

/// One axis of a view.
struct Run {
  const char *role;
  const manifest::Tensor &tensor;
  const BoundTensor &bound;
  const std::vector<int64_t> &axes;
  AttnMessage *message;

  const char *letter(int64_t axis) const {
    const std::string &letter = tensor.shape[size_t(axis)].letter;
    return letter.empty() ? "no letter" : letter.c_str();
  }
  int64_t first() const { return axes.front(); }
  int64_t last() const { return axes.back(); }
};

AttnStatus failStride(const Run &run, int64_t axis, int64_t expected) {
  return fail(run.message, ATTN_CONTRACT,
              "%s '%s': axis %lld (%s) has stride %lld, expected %lld: the "
              "program sees axes %lld to %lld as one, so an axis steps over "
              "all of the next; pass a copy that is contiguous there",
              run.role, run.tensor.name.c_str(), (long long)axis,
              run.letter(axis), (long long)run.bound.strides[axis],
              (long long)expected, (long long)run.first(),
              (long long)run.last());
}

/// \param stride of the innermost element, -1 for any.
AttnStatus bindRun(const Run &run, int64_t stride, int64_t &size,
                   int64_t &viewStride) {
  size = 1;
  viewStride = stride;
  for (size_t n = run.axes.size(); n-- > 0;) {
    int64_t axis = run.axes[n], own = run.bound.sizes[axis];
    if (own != 1 && !run.bound.isEmpty) {
      if (viewStride < 0)
        viewStride = run.bound.strides[axis];
      // Below 2^31 times a stride that was checked: fits where it is equal.
      int64_t expected = 0;
      if (__builtin_mul_overflow(viewStride, size, &expected) ||
          expected != run.bound.strides[axis])
        return failStride(run, axis, expected);
    }
    if (__builtin_mul_overflow(size, own, &size) || size > INT32_MAX)
      return fail(run.message, ATTN_CONTRACT,
                  "%s '%s': axes %lld to %lld, which the program sees as one, "
                  "have more than 2147483647 elements together",
                  run.role, run.tensor.name.c_str(), (long long)run.first(),
                  (long long)run.last());
  }
  if (viewStride < 0)
    viewStride = run.bound.strides[run.last()];
  return ATTN_OK;
}
} // namespace

AttnStatus bindView(const char *role, const manifest::Tensor &tensor,
                    const BoundTensor &bound, const manifest::View &view,
                    BoundView &result, AttnMessage *message) {
  for (size_t n = 0; n < view.axes.size(); ++n) {
    Run run{role, tensor, bound, view.axes[n], message};
    int64_t stride = n + 1 == view.axes.size() ? 1 : -1;
    if (AttnStatus status =
            bindRun(run, stride, result.sizes[n], result.strides[n]))
      return status;
  }
  return ATTN_OK;
}

} // namespace attn::runtime
