//===- Box.cpp - A box of a tensor, as TMA moves it -----------------------===//

#include "Box.h"
#include "SharedWindow.h"

#include <algorithm>
#include <cstring>

namespace attn::runtime::sim {
namespace {
constexpr uint32_t kChunk = 16;
} // namespace

Box::Box(const AttnSimTensorMap &map, const int32_t *origin)
    : map(map), origin(origin) {
  rowBytes = uint32_t(map.box[0]) * map.elementBytes;
  for (int axis = 1; axis < map.rank; ++axis)
    rows *= countSteps(map, axis);
  // The part of a row that lies in the tensor, in bytes of the row.
  int64_t low = std::clamp<int64_t>(-int64_t(origin[0]), 0, map.box[0]);
  int64_t high = std::clamp<int64_t>(map.sizes[0] - origin[0], low, map.box[0]);
  first = uint32_t(low) * map.elementBytes;
  last = uint32_t(high) * map.elementBytes;
}

char *Box::row(uint32_t index) const {
  int64_t offset = int64_t(origin[0]) * map.elementBytes;
  for (int axis = 1; axis < map.rank; ++axis) {
    uint32_t steps = countSteps(map, axis);
    int64_t at =
        origin[axis] + int64_t(index % steps) * map.elementStrides[axis];
    index /= steps;
    if (at < 0 || at >= map.sizes[axis])
      return nullptr;
    offset += at * map.strides[axis];
  }
  return reinterpret_cast<char *>(reinterpret_cast<uintptr_t>(map.base) +
                                  uintptr_t(offset));
}

uint32_t Box::place(uint32_t address, uint32_t offset) const {
  return swizzle(address + offset, map.swizzleBytes) - address;
}

void Box::load(char *tile, uint32_t address) const {
  for (uint32_t index = 0; index < rows; ++index) {
    const char *source = row(index);
    uint32_t low = source ? first : 0, high = source ? last : 0;
    for (uint32_t at = 0; at < rowBytes; at += kChunk) {
      char *chunk = tile + place(address, index * rowBytes + at);
      if (at >= low && at + kChunk <= high) {
        std::memcpy(chunk, source + at, kChunk);
        continue;
      }
      // The bytes that a quiet NaN of the element type repeats, or 0.
      std::memset(chunk, map.nanFill ? 0xff : 0, kChunk);
      uint32_t from = std::max(at, low), to = std::min(at + kChunk, high);
      if (from < to)
        std::memcpy(chunk + (from - at), source + from, to - from);
    }
  }
}

void Box::store(const char *tile, uint32_t address) const {
  for (uint32_t index = 0; index < rows; ++index) {
    char *destination = row(index);
    if (!destination)
      continue;
    for (uint32_t at = 0; at < rowBytes; at += kChunk) {
      const char *chunk = tile + place(address, index * rowBytes + at);
      uint32_t from = std::max(at, first), to = std::min(at + kChunk, last);
      if (from < to)
        std::memcpy(destination + from, chunk + (from - at), to - from);
    }
  }
}

} // namespace attn::runtime::sim
