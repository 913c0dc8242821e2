//===- HostTensor.h - A dense tensor in memory ------------------*- C++ -*-===//

#ifndef ATTN_TOOLS_ATTNRUN_HOSTTENSOR_H
#define ATTN_TOOLS_ATTNRUN_HOSTTENSOR_H

#include "attn-c/AttnRuntime.h"

#include <memory>
#include <string>
#include <vector>

namespace attn::run {

int64_t dtypeBytes(AttnDtype dtype);
const char *dtypeName(AttnDtype dtype);

/// Memory at a multiple of 64 bytes, the alignment of every contract.
class AlignedBytes {
public:
  AlignedBytes() = default;
  /// Throws RunError with `what` if there is not so much.
  AlignedBytes(size_t bytes, const std::string &what);
  char *data() const { return memory.get(); }
  size_t size() const { return bytes; }

private:
  struct Free {
    void operator()(char *memory) const;
  };
  std::unique_ptr<char, Free> memory;
  size_t bytes = 0;
};

struct HostTensor {
  std::string name;
  AttnDtype dtype = ATTN_F32;
  std::vector<int64_t> sizes;
  AlignedBytes bytes;

  int64_t elements() const;
  AttnTensor view() const;
};

/// A tensor with memory of its own, contents undefined. Throws RunError where
/// its size overflows or is not to be had.
HostTensor makeTensor(std::string name, AttnDtype dtype,
                      std::vector<int64_t> sizes);

/// `[2, 32, 128, 64]`.
std::string shapeText(const std::vector<int64_t> &sizes);

/// Rounds to nearest, ties to even; NaN stays NaN.
uint16_t toBF16(float value);
uint16_t toF16(float value);
float fromBF16(uint16_t bits);

} // namespace attn::run

#endif // ATTN_TOOLS_ATTNRUN_HOSTTENSOR_H
