//===- HostTensor.h - Tensors with memory around that is not ours -*- C++
//-*-===//
//
// A tensor of random layout inside a larger allocation. Every byte that no
// element owns is 0xff: NaN in every float type, -1 in every integer type.
// Strides of axes of size 1, which nobody may read, are nonsense.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_ATTNFUZZ_HOSTTENSOR_H
#define ATTN_TOOLS_ATTNFUZZ_HOSTTENSOR_H

#include "Random.h"

#include "attn-c/AttnRuntime.h"
#include "attn/codegen/Reference.h"

#include <vector>

namespace attn::fuzz {

/// How the axes of a tensor lie in memory.
enum class Layout { Dense, HeadsInside, Packed, Padded };

class HostTensor {
public:
  /// \param alignmentBytes base and strides, but for the last, lie at its
  /// multiples and at no larger ones if the layout is padded; a multiple of the
  /// element.
  HostTensor(AttnDtype dtype, std::vector<int64_t> sizes, Layout layout,
             int64_t alignmentBytes = 0);

  AttnTensor describe();
  reference::Tensor view();

  int64_t getCount() const { return count; }
  Layout getLayout() const { return layout; }
  const std::vector<int64_t> &getSizes() const { return sizes; }

  /// Element `n` in the order of the axes.
  void set(int64_t n, double value);
  double get(int64_t n) const;
  int64_t position(llvm::ArrayRef<int64_t> indices) const;

  /// Is every byte the same? Of tensors of one layout.
  bool hasSameBytes(const HostTensor &other) const {
    return memory == other.memory;
  }

  /// Every element NaN again, so that what is not written shows.
  void clear();
  /// Was element `n` not written since?
  bool isClear(int64_t n) const;
  /// Is every byte that no element owns as it was made?
  bool isPaddingIntact() const;

private:
  int64_t offsetOf(int64_t n) const; ///< In elements.

  AttnDtype dtype;
  Layout layout;
  int64_t elementBytes, count = 1, start;
  std::vector<int64_t> sizes, strides;
  std::vector<unsigned char> memory;
};

} // namespace attn::fuzz

#endif // ATTN_TOOLS_ATTNFUZZ_HOSTTENSOR_H
