//===- HostTensor.cpp - Tensors with memory around that is not ours -------===//

#include "HostTensor.h"

#include "llvm/ADT/APFloat.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace attn::fuzz {
namespace {

/// Elements before and after: a multiple of every alignment.
constexpr int64_t kMargin = 64;

int64_t bytesOf(AttnDtype dtype) {
  if (dtype == ATTN_BOOL)
    return 1;
  return dtype == ATTN_F16 || dtype == ATTN_BF16 ? 2 : 4;
}

const llvm::fltSemantics &semanticsOf(AttnDtype dtype) {
  return dtype == ATTN_F16    ? llvm::APFloat::IEEEhalf()
         : dtype == ATTN_BF16 ? llvm::APFloat::BFloat()
                              : llvm::APFloat::IEEEsingle();
}

reference::Dtype convert(AttnDtype dtype) {
  switch (dtype) {
  case ATTN_F16:
    return reference::Dtype::F16;
  case ATTN_BF16:
    return reference::Dtype::BF16;
  case ATTN_F32:
    return reference::Dtype::F32;
  case ATTN_BOOL:
    return reference::Dtype::Bool;
  default:
    return reference::Dtype::I32;
  }
}

} // namespace

HostTensor::HostTensor(AttnDtype dtype, std::vector<int64_t> sizes,
                       Layout layout, int64_t alignmentBytes)
    : dtype(dtype), layout(layout), elementBytes(bytesOf(dtype)),
      start(kMargin), sizes(std::move(sizes)), strides(this->sizes.size()) {
  // Axes from the innermost on; heads and rows, the last but two, may swap.
  std::vector<size_t> order(this->sizes.size());
  std::iota(order.rbegin(), order.rend(), 0);
  bool swaps = layout == Layout::HeadsInside || layout == Layout::Packed;
  if (swaps && order.size() >= 3)
    std::swap(order[1], order[2]);
  int64_t alignment = std::max<int64_t>(alignmentBytes / elementBytes, 1);
  int64_t stride = 1;
  for (size_t n = 0; n < order.size(); ++n) {
    strides[order[n]] = stride;
    bool isFree = n > 0 && this->sizes[order[n]] == 1;
    if (isFree && layout != Layout::Dense)
      strides[order[n]] = n % 2 ? 0 : -17;
    stride *= std::max<int64_t>(this->sizes[order[n]], 1);
    if (layout == Layout::Padded)
      stride =
          llvm::alignTo(stride, alignment) + alignment * (3 + 2 * int64_t(n));
    // A slice of packed QKV: the other tensors lie between the rows.
    if (layout == Layout::Packed && n == 1)
      stride *= 3;
    count *= this->sizes[order[n]];
  }
  if (layout == Layout::Padded)
    start += alignment;
  memory.assign((stride + start + kMargin) * elementBytes, 0xff);
}

AttnTensor HostTensor::describe() {
  return {memory.data() + start * elementBytes, sizes.data(), strides.data(),
          static_cast<int32_t>(sizes.size()), dtype};
}

reference::Tensor HostTensor::view() {
  reference::Tensor tensor;
  tensor.data = memory.data() + start * elementBytes;
  tensor.dtype = convert(dtype);
  tensor.sizes.assign(sizes.begin(), sizes.end());
  tensor.strides.assign(strides.begin(), strides.end());
  return tensor;
}

int64_t HostTensor::offsetOf(int64_t n) const {
  int64_t offset = start;
  for (size_t axis = sizes.size(); axis-- > 0; n /= sizes[axis])
    offset += n % sizes[axis] * strides[axis];
  return offset;
}

int64_t HostTensor::position(llvm::ArrayRef<int64_t> indices) const {
  int64_t n = 0;
  for (size_t axis = 0; axis < sizes.size(); ++axis)
    n = n * sizes[axis] + (axis < indices.size() ? indices[axis] : 0);
  return n;
}

void HostTensor::set(int64_t n, double value) {
  unsigned char *element = memory.data() + offsetOf(n) * elementBytes;
  if (dtype == ATTN_I32) {
    auto integer = static_cast<int32_t>(value);
    std::memcpy(element, &integer, sizeof integer);
    return;
  }
  auto single = static_cast<float>(value);
  if (value == 0 || dtype == ATTN_BOOL) {
    std::memset(element, value != 0, elementBytes);
    return;
  }
  if (dtype == ATTN_F32) {
    std::memcpy(element, &single, sizeof single);
    return;
  }
  llvm::APFloat number(value);
  bool isExact;
  number.convert(semanticsOf(dtype), llvm::APFloat::rmNearestTiesToEven,
                 &isExact);
  uint64_t bits = number.bitcastToAPInt().getZExtValue();
  std::memcpy(element, &bits, elementBytes);
}

double HostTensor::get(int64_t n) const {
  const unsigned char *element = memory.data() + offsetOf(n) * elementBytes;
  uint32_t bits = 0;
  std::memcpy(&bits, element, elementBytes);
  if (dtype == ATTN_I32 || dtype == ATTN_BOOL)
    return static_cast<int32_t>(bits);
  if (dtype != ATTN_F16) {
    bits <<= dtype == ATTN_BF16 ? 16 : 0; // bf16: the upper half of an f32
    float single;
    std::memcpy(&single, &bits, sizeof single);
    return single;
  }
  llvm::APFloat number(semanticsOf(dtype), llvm::APInt(elementBytes * 8, bits));
  bool isExact;
  number.convert(llvm::APFloat::IEEEdouble(),
                 llvm::APFloat::rmNearestTiesToEven, &isExact);
  return number.convertToDouble();
}

void HostTensor::clear() {
  for (int64_t n = 0; n < count; ++n)
    std::memset(memory.data() + offsetOf(n) * elementBytes, 0xff, elementBytes);
}

bool HostTensor::isClear(int64_t n) const {
  auto begin = memory.begin() + offsetOf(n) * elementBytes;
  return std::all_of(begin, begin + elementBytes,
                     [](unsigned char byte) { return byte == 0xff; });
}

bool HostTensor::isPaddingIntact() const {
  std::vector<bool> isOwned(memory.size() / elementBytes);
  for (int64_t n = 0; n < count; ++n)
    isOwned[offsetOf(n)] = true;
  for (size_t byte = 0; byte < memory.size(); ++byte)
    if (!isOwned[byte / elementBytes] && memory[byte] != 0xff)
      return false;
  return true;
}

} // namespace attn::fuzz
