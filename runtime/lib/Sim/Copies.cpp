//===- Copies.cpp - What TMA moves ----------------------------------------===//
//
// Tensor boxes and runs of bytes, at once: whoever waits finds them there.
// Source: PTX ISA, "Tensors" and cp.async.bulk(.tensor).
//
//===----------------------------------------------------------------------===//

#include "Cta.h"

#include <algorithm>
#include <cstring>

namespace attn::runtime::sim {
namespace {
/// A box of a tensor as rows of its innermost axis.
class Box {
public:
  Box(const AttnSimTensorMap &map, const int32_t *origin)
      : map(map), origin(origin) {
    rowBytes = uint32_t(map.box[0]) * map.elementBytes;
    for (int axis = 1; axis < map.rank; ++axis)
      rows *= uint32_t(map.box[axis]);
    // The part of a row that lies in the tensor, in bytes of the row.
    int64_t low = std::clamp<int64_t>(-int64_t(origin[0]), 0, map.box[0]);
    int64_t high =
        std::clamp<int64_t>(map.sizes[0] - origin[0], low, map.box[0]);
    first = uint32_t(low) * map.elementBytes;
    last = uint32_t(high) * map.elementBytes;
  }

  /// Where byte 0 of a row would lie in global memory; null if the row lies
  /// outside the tensor.
  char *row(uint32_t index) const {
    int64_t offset = int64_t(origin[0]) * map.elementBytes;
    for (int axis = 1; axis < map.rank; ++axis) {
      int64_t at = int64_t(origin[axis]) + index % uint32_t(map.box[axis]);
      index /= uint32_t(map.box[axis]);
      if (at < 0 || at >= map.sizes[axis])
        return nullptr;
      offset += at * map.strides[axis];
    }
    return reinterpret_cast<char *>(reinterpret_cast<uintptr_t>(map.base) +
                                    uintptr_t(offset));
  }

  uint32_t bytes() const { return rows * rowBytes; }

  const AttnSimTensorMap &map;
  const int32_t *origin;
  uint32_t rowBytes = 0;
  uint32_t rows = 1;
  uint32_t first = 0, last = 0; ///< Bytes of a row that are in the tensor.
};

constexpr uint32_t kChunk = 16;

/// The bytes that a quiet NaN of the element type repeats.
void fillOutside(char *chunk, const AttnSimTensorMap &map) {
  std::memset(chunk, map.nanFill ? 0xff : 0, kChunk);
}
} // namespace

uint32_t Cta::sharedOffset(int32_t site, const void *address, uint64_t bytes,
                           uint32_t alignment) {
  uint64_t offset = uint64_t(static_cast<const char *>(address) - shared);
  if (offset >= sharedBytes || bytes > sharedBytes - offset)
    fail(site,
         "%llu bytes at %p (shared offset %lld) are not in the %u bytes of "
         "shared memory of the CTA",
         (unsigned long long)bytes, address, (long long)offset, sharedBytes);
  if (offset % alignment)
    fail(site, "shared offset %llu is not a multiple of %u",
         (unsigned long long)offset, alignment);
  return uint32_t(offset);
}

void Cta::checkTensorMap(int32_t site, const AttnSimTensorMap *map,
                         int32_t rank) {
  if (map->magic != ATTN_SIM_TENSOR_MAP_MAGIC)
    fail(site, "there is no tensor map at %p", (const void *)map);
  if (map->rank != rank)
    fail(site, "%d coordinates for a tensor map of rank %d", rank, map->rank);
}

AsyncCopy Cta::startCopy(int32_t site, uint32_t offset, uint32_t bytes,
                         const uint64_t *mbarrier) {
  AsyncCopy copy = {};
  copy.number = copies++;
  copy.site = site;
  copy.thread = numberOf(*running);
  copy.shared = offset;
  copy.bytes = bytes;
  copy.toShared = mbarrier;
  if (mbarrier)
    copy.mbarrier = sharedOffset(site, mbarrier, 8, 8);
  return copy;
}

void Cta::tell(void (CtaEvents::*event)(const AsyncCopy &),
               const AsyncCopy &copy) {
  if (events)
    (events->*event)(copy);
}

void Cta::loadTensor(int32_t site, char *destination,
                     const AttnSimTensorMap *map, uint64_t *barrier,
                     int32_t rank, const int32_t *coordinates) {
  checkTensorMap(site, map, rank);
  Box box(*map, coordinates);
  uint32_t start = sharedOffset(site, destination, box.bytes(), 128);
  AsyncCopy copy = startCopy(site, start, box.bytes(), barrier);
  copy.map = map;
  std::copy_n(coordinates, rank, copy.coordinates);
  tell(&CtaEvents::copyIssues, copy);
  for (uint32_t row = 0; row < box.rows; ++row) {
    const char *source = box.row(row);
    uint32_t first = source ? box.first : 0, last = source ? box.last : 0;
    for (uint32_t at = 0; at < box.rowBytes; at += kChunk) {
      char *chunk =
          shared + swizzle(start + row * box.rowBytes + at, map->swizzleBytes);
      if (at >= first && at + kChunk <= last) {
        std::memcpy(chunk, source + at, kChunk);
        continue;
      }
      fillOutside(chunk, *map);
      uint32_t low = std::max(at, first), high = std::min(at + kChunk, last);
      if (low < high)
        std::memcpy(chunk + (low - at), source + low, high - low);
    }
  }
  tell(&CtaEvents::copyLands, copy);
  completeMbarrier(site, barrier, box.bytes());
}

void Cta::storeTensor(int32_t site, const AttnSimTensorMap *map,
                      const char *source, int32_t rank,
                      const int32_t *coordinates) {
  checkTensorMap(site, map, rank);
  Box box(*map, coordinates);
  uint32_t start = sharedOffset(site, source, box.bytes(), 128);
  AsyncCopy copy = startCopy(site, start, box.bytes(), nullptr);
  copy.map = map;
  std::copy_n(coordinates, rank, copy.coordinates);
  tell(&CtaEvents::copyIssues, copy);
  for (uint32_t row = 0; row < box.rows; ++row) {
    char *destination = box.row(row);
    if (!destination)
      continue;
    for (uint32_t at = 0; at < box.rowBytes; at += kChunk) {
      const char *chunk =
          shared + swizzle(start + row * box.rowBytes + at, map->swizzleBytes);
      uint32_t low = std::max(at, box.first),
               high = std::min(at + kChunk, box.last);
      if (low < high)
        std::memcpy(destination + low, chunk + (low - at), high - low);
    }
  }
  tell(&CtaEvents::copyLands, copy);
}

namespace {
bool isAligned(const void *address) {
  return reinterpret_cast<uintptr_t>(address) % kChunk == 0;
}
} // namespace

void Cta::loadBulk(int32_t site, char *destination, const char *source,
                   uint64_t *barrier, uint32_t bytes) {
  uint32_t start = sharedOffset(site, destination, bytes, kChunk);
  if (bytes % kChunk || !isAligned(source))
    fail(site, "%u bytes from %p: expected multiples of %u", bytes,
         (const void *)source, kChunk);
  AsyncCopy copy = startCopy(site, start, bytes, barrier);
  copy.global = const_cast<char *>(source);
  tell(&CtaEvents::copyIssues, copy);
  std::memcpy(destination, source, bytes);
  tell(&CtaEvents::copyLands, copy);
  completeMbarrier(site, barrier, bytes);
}

void Cta::storeBulk(int32_t site, char *destination, const char *source,
                    uint32_t bytes) {
  uint32_t start = sharedOffset(site, source, bytes, kChunk);
  if (bytes % kChunk || !isAligned(destination))
    fail(site, "%u bytes to %p: expected multiples of %u", bytes,
         (void *)destination, kChunk);
  AsyncCopy copy = startCopy(site, start, bytes, nullptr);
  copy.global = destination;
  tell(&CtaEvents::copyIssues, copy);
  std::memcpy(destination, source, bytes);
  tell(&CtaEvents::copyLands, copy);
}

} // namespace attn::runtime::sim
