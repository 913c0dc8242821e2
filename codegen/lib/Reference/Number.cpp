//===- Number.cpp - Element types: rounding, reading, writing -------------===//

#include "Number.h"

#include <cmath>
#include <cstring>
#include <limits>

namespace attn::reference {
namespace {

/// A binary floating-point format: digits of the significand with the hidden
/// one, least and greatest exponent of normal values (as std::ilogb).
struct Format {
  int digits, leastExponent, greatestExponent;
};

constexpr Format kF16{11, -14, 15}, kBF16{8, -126, 127};

double roundToFormat(double value, Format format) {
  if (!std::isfinite(value) || value == 0)
    return value;
  int exponent = std::max(std::ilogb(value), format.leastExponent);
  double ulp = std::ldexp(1.0, exponent - format.digits + 1);
  double rounded = std::nearbyint(value / ulp) * ulp;
  if (std::fabs(rounded) >= std::ldexp(1.0, format.greatestExponent + 1))
    return std::copysign(std::numeric_limits<double>::infinity(), value);
  return rounded;
}

template <typename To, typename From>
To bitsAs(From value) {
  static_assert(sizeof(To) == sizeof(From), "same size");
  To bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

uint16_t encodeF16(double value) {
  uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  if (std::isnan(value))
    return sign | 0x7e00;
  double magnitude = std::fabs(roundToFormat(value, kF16));
  if (std::isinf(magnitude))
    return sign | 0x7c00;
  if (magnitude < 0x1p-14)
    return sign | static_cast<uint16_t>(magnitude * 0x1p24);
  int exponent = std::ilogb(magnitude);
  auto significand =
      static_cast<uint16_t>(std::ldexp(magnitude, 10 - exponent) - 1024);
  return sign | static_cast<uint16_t>((exponent + 15) << 10) | significand;
}

double decodeF16(uint16_t bits) {
  int exponent = bits >> 10 & 31, significand = bits & 1023;
  double magnitude = exponent == 31 ? (significand ? std::nan("") : HUGE_VAL)
                     : exponent == 0
                         ? significand * 0x1p-24
                         : std::ldexp(1024 + significand, exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}

uint16_t encodeBF16(double value) {
  if (std::isnan(value))
    return std::signbit(value) ? 0xffc0 : 0x7fc0;
  return bitsAs<uint32_t>(static_cast<float>(roundToFormat(value, kBF16))) >>
         16;
}

float decodeBF16(uint16_t bits) {
  return bitsAs<float>(static_cast<uint32_t>(bits) << 16);
}

template <typename T>
T &elementAt(const Tensor &tensor, int64_t offset) {
  return static_cast<T *>(tensor.data)[offset];
}

} // namespace

int64_t getBytes(Dtype dtype) {
  switch (dtype) {
  case Dtype::I8:
  case Dtype::Bool:
    return 1;
  case Dtype::F16:
  case Dtype::BF16:
    return 2;
  case Dtype::F32:
  case Dtype::I32:
    return 4;
  case Dtype::F64:
  case Dtype::I64:
    return 8;
  }
  llvm_unreachable("unknown dtype");
}

std::optional<Dtype> getDtype(mlir::Type element) {
  if (element.isF16())
    return Dtype::F16;
  if (element.isBF16())
    return Dtype::BF16;
  if (element.isF32())
    return Dtype::F32;
  if (element.isF64())
    return Dtype::F64;
  if (element.isInteger(1))
    return Dtype::Bool;
  if (element.isInteger(8))
    return Dtype::I8;
  if (element.isInteger(32))
    return Dtype::I32;
  if (element.isInteger(64))
    return Dtype::I64;
  return std::nullopt;
}

double roundTo(Dtype dtype, double value) {
  switch (dtype) {
  case Dtype::F16:
    return roundToFormat(value, kF16);
  case Dtype::BF16:
    return roundToFormat(value, kBF16);
  case Dtype::F32:
    return static_cast<float>(value);
  default:
    return value;
  }
}

float roundTo(Dtype dtype, float value) {
  if (dtype == Dtype::F32)
    return value;
  if (dtype == Dtype::BF16 && !std::isnan(value)) {
    // Half a unit of the last kept bit, minus one where that bit is even.
    uint32_t bits = bitsAs<uint32_t>(value);
    return decodeBF16((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
  }
  return static_cast<float>(roundTo(dtype, static_cast<double>(value)));
}

uint64_t encodeFloat(Dtype dtype, double value) {
  switch (dtype) {
  case Dtype::F16:
    return encodeF16(value);
  case Dtype::BF16:
    return encodeBF16(value);
  case Dtype::F32:
    return bitsAs<uint32_t>(static_cast<float>(value));
  default:
    return bitsAs<uint64_t>(value);
  }
}

double decodeFloat(Dtype dtype, uint64_t bits) {
  switch (dtype) {
  case Dtype::F16:
    return decodeF16(static_cast<uint16_t>(bits));
  case Dtype::BF16:
    return decodeBF16(static_cast<uint16_t>(bits));
  case Dtype::F32:
    return bitsAs<float>(static_cast<uint32_t>(bits));
  default:
    return bitsAs<double>(bits);
  }
}

double loadFloat(const Tensor &tensor, int64_t offset) {
  switch (tensor.dtype) {
  case Dtype::F16:
    return decodeF16(elementAt<uint16_t>(tensor, offset));
  case Dtype::BF16:
    return decodeBF16(elementAt<uint16_t>(tensor, offset));
  case Dtype::F32:
    return elementAt<float>(tensor, offset);
  case Dtype::F64:
    return elementAt<double>(tensor, offset);
  default:
    return static_cast<double>(loadInteger(tensor, offset));
  }
}

int64_t loadInteger(const Tensor &tensor, int64_t offset) {
  switch (tensor.dtype) {
  case Dtype::Bool:
    return elementAt<uint8_t>(tensor, offset) ? -1 : 0;
  case Dtype::I8:
    return elementAt<int8_t>(tensor, offset);
  case Dtype::I32:
    return elementAt<int32_t>(tensor, offset);
  case Dtype::I64:
    return elementAt<int64_t>(tensor, offset);
  default:
    llvm_unreachable("not a tensor of integers");
  }
}

void storeFloat(const Tensor &tensor, int64_t offset, double value) {
  switch (tensor.dtype) {
  case Dtype::F16:
    elementAt<uint16_t>(tensor, offset) = encodeF16(value);
    return;
  case Dtype::BF16:
    elementAt<uint16_t>(tensor, offset) = encodeBF16(value);
    return;
  case Dtype::F32:
    elementAt<float>(tensor, offset) = static_cast<float>(value);
    return;
  case Dtype::F64:
    elementAt<double>(tensor, offset) = value;
    return;
  default:
    llvm_unreachable("not a tensor of floats");
  }
}

void loadRow(const Tensor &tensor, int64_t offset, int64_t n, float *row) {
  int64_t stride = tensor.strides.back();
  for (int64_t i = 0; i < n; ++i)
    row[i] = static_cast<float>(loadFloat(tensor, offset + i * stride));
}

int64_t getOffset(const Tensor &tensor, llvm::ArrayRef<int64_t> indices) {
  int64_t offset = 0;
  for (size_t axis = 0; axis < indices.size(); ++axis)
    offset += indices[axis] * tensor.strides[axis];
  return offset;
}

} // namespace attn::reference
