//===- HostTensor.cpp - A dense tensor in memory --------------------------===//

#include "HostTensor.h"
#include "Failure.h"

#include <cstdlib>
#include <cstring>

namespace attn::run {

int64_t dtypeBytes(AttnDtype dtype) {
  switch (dtype) {
  case ATTN_F16:
  case ATTN_BF16:
    return 2;
  case ATTN_F32:
  case ATTN_I32:
    return 4;
  case ATTN_F64:
  case ATTN_I64:
    return 8;
  case ATTN_I8:
  case ATTN_BOOL:
    return 1;
  }
  return 0;
}

const char *dtypeName(AttnDtype dtype) {
  switch (dtype) {
  case ATTN_F16:
    return "f16";
  case ATTN_BF16:
    return "bf16";
  case ATTN_F32:
    return "f32";
  case ATTN_F64:
    return "f64";
  case ATTN_I8:
    return "i8";
  case ATTN_I32:
    return "i32";
  case ATTN_I64:
    return "i64";
  case ATTN_BOOL:
    return "bool";
  }
  return "?";
}

void AlignedBytes::Free::operator()(char *memory) const { std::free(memory); }

AlignedBytes::AlignedBytes(size_t bytes, const std::string &what)
    : bytes(bytes) {
  size_t rounded = bytes;
  if (!__builtin_add_overflow(bytes, size_t(64), &rounded))
    memory.reset(
        static_cast<char *>(std::aligned_alloc(64, rounded / 64 * 64)));
  if (!memory)
    throw RunError("out of memory: " + what + " needs " +
                   std::to_string(bytes) + " bytes");
}

int64_t HostTensor::elements() const {
  int64_t count = 1;
  for (int64_t size : sizes)
    count *= size;
  return count;
}

AttnTensor HostTensor::view() const {
  return {bytes.data(), sizes.data(), nullptr, int32_t(sizes.size()), dtype};
}

HostTensor makeTensor(std::string name, AttnDtype dtype,
                      std::vector<int64_t> sizes) {
  int64_t count = dtypeBytes(dtype);
  bool isEmpty = false, overflows = false;
  for (int64_t size : sizes)
    isEmpty |= size == 0;
  for (int64_t size : sizes)
    overflows |= __builtin_mul_overflow(count, size, &count);
  if (!isEmpty && overflows)
    throw RunError("'" + name + "' of shape " + shapeText(sizes) +
                   " does not fit in the address space; use smaller sizes");
  HostTensor tensor;
  tensor.bytes = AlignedBytes(isEmpty ? 0 : size_t(count), "'" + name + "'");
  tensor.name = std::move(name);
  tensor.dtype = dtype;
  tensor.sizes = std::move(sizes);
  return tensor;
}

std::string shapeText(const std::vector<int64_t> &sizes) {
  std::string text = "[";
  for (size_t i = 0; i < sizes.size(); ++i)
    text += (i ? ", " : "") + std::to_string(sizes[i]);
  return text + "]";
}

uint16_t toBF16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  if ((bits & 0x7fffffff) > 0x7f800000)
    return uint16_t(bits >> 16 | 0x40);
  return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

float fromBF16(uint16_t bits) {
  uint32_t wide = uint32_t(bits) << 16;
  float value;
  std::memcpy(&value, &wide, sizeof value);
  return value;
}

uint16_t toF16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  uint32_t sign = bits >> 16 & 0x8000, rest = bits & 0x7fffffff;
  if (rest > 0x7f800000)
    return uint16_t(sign | 0x7e00 | (rest >> 13 & 0x3ff));
  if (rest >= 0x477ff000) // 65520 and above round to infinity
    return uint16_t(sign | 0x7c00);
  if (rest < 0x33000001) // 2^-25 and below round to zero
    return uint16_t(sign);
  int exponent = int(rest >> 23) - 127;
  uint32_t significand = (rest & 0x7fffff) | 0x800000;
  int shift = exponent < -14 ? 13 + (-14 - exponent) : 13;
  uint32_t kept = significand >> shift;
  uint32_t dropped = significand & ((uint32_t(1) << shift) - 1);
  uint32_t half = uint32_t(1) << (shift - 1);
  kept += dropped > half || (dropped == half && (kept & 1));
  // A normal number keeps its leading one, which adds 1 to the exponent field.
  uint32_t field = exponent < -14 ? 0 : uint32_t(exponent + 14) << 10;
  return uint16_t(sign | (field + kept));
}

} // namespace attn::run
