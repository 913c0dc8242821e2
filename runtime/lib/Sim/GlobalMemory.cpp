//===- GlobalMemory.cpp - Which global memory a kernel may access ---------===//

#include "GlobalMemory.h"

#include <algorithm>
#include <new>

namespace attn::runtime::sim {

GlobalTensor::GlobalTensor(const char *name, char *base, uint32_t elementBytes,
                           size_t rank, const int64_t *sizes,
                           const int64_t *strides)
    : name(name), base(base), elementBytes(elementBytes) {
  int64_t last = 0, count = 1;
  for (size_t i = 0; i < rank; ++i) {
    count *= sizes[i];
    last += (sizes[i] - 1) * strides[i];
    if (sizes[i] > 1 && strides[i] > 0)
      axes.push_back({sizes[i], strides[i]});
  }
  extentBytes = count ? (last + 1) * elementBytes : 0;
  isDense = count == last + 1;
  std::stable_sort(axes.begin(), axes.end(), [](const Axis &a, const Axis &b) {
    return a.stride > b.stride;
  });
}

void GlobalTensor::setUnwritten() {
  size_t elements = size_t(extentBytes) / elementBytes;
  written.reset(static_cast<uint8_t *>(std::calloc(elements + 1, 1)));
  if (!written)
    throw std::bad_alloc();
}

/// Exact where the axes nest, as those of a view do: every stride is at least
/// the extent of the axes within.
bool GlobalTensor::containsElement(int64_t element) const {
  for (const Axis &axis : axes)
    element -= std::min(element / axis.stride, axis.size - 1) * axis.stride;
  return element == 0;
}

bool GlobalTensor::contains(const char *address, uint64_t bytes) const {
  uint64_t offset = uint64_t(address - base);
  uint64_t extent = uint64_t(extentBytes);
  if (offset > extent || bytes > extent - offset)
    return false;
  if (isDense)
    return true;
  int64_t end = int64_t((offset + bytes + elementBytes - 1) / elementBytes);
  for (int64_t e = int64_t(offset / elementBytes); e < end; ++e)
    if (!containsElement(e))
      return false;
  return true;
}

GlobalFinding GlobalTensor::access(const char *address, uint64_t bytes,
                                   AccessKind kind) const {
  if (!contains(address, bytes))
    return GlobalFinding::kOutside;
  if (readOnly && kind != AccessKind::kRead)
    return GlobalFinding::kReadOnly;
  if (!written)
    return GlobalFinding::kNothing;
  uint64_t offset = uint64_t(address - base);
  uint64_t end = (offset + bytes + elementBytes - 1) / elementBytes;
  for (uint64_t e = offset / elementBytes; e < end; ++e)
    if (kind == AccessKind::kWrite)
      __atomic_store_n(&written[e], uint8_t(1), __ATOMIC_RELAXED);
    else if (!__atomic_load_n(&written[e], __ATOMIC_RELAXED))
      return GlobalFinding::kUnwritten;
  return GlobalFinding::kNothing;
}

} // namespace attn::runtime::sim
