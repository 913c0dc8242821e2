//===- HostTensor.h - Tensors with memory around that is not ours -*- C++
//-*-===//
//
// A tensor of random layout inside a larger allocation. Every byte that no
// element owns is 0xff: NaN in every float type, -1 in every integer type.
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
  HostTensor(AttnDtype dtype, std::vector<int64_t> sizes, Layout layout);

  AttnTensor describe();
  reference::Tensor view();

  int64_t getCount() const { return count; }
  const std::vector<int64_t> &getSizes() const { return sizes; }

  /// Element `n` in the order of the axes.
  void set(int64_t n, double value);
  double get(int64_t n) const;
  int64_t position(llvm::ArrayRef<int64_t> indices) const;

  /// Every element NaN again, so that what is not written shows.
  void clear();
  /// Is every byte that no element owns as it was made?
  bool isPaddingIntact() const;

private:
  int64_t offsetOf(int64_t n) const; ///< In elements.

  AttnDtype dtype;
  int64_t elementBytes, count = 1, start;
  std::vector<int64_t> sizes, strides;
  std::vector<unsigned char> memory;
};

} // namespace attn::fuzz

#endif // ATTN_TOOLS_ATTNFUZZ_HOSTTENSOR_H
