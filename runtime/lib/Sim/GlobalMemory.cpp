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
  std::sort(axes.begin(), axes.end(), [](const Axis &a, const Axis &b) {
    return a.stride != b.stride ? a.stride > b.stride : a.size > b.size;
  });
}

GlobalTensor::Marks GlobalTensor::makeMarks(size_t count) {
  Marks marks(
      static_cast<uint32_t *>(std::calloc(count + 1, sizeof(uint32_t))));
  if (!marks)
    throw std::bad_alloc();
  return marks;
}

void GlobalTensor::setWritable(bool holdsValues) {
  size_t elements = size_t(extentBytes) / elementBytes;
  writers = makeMarks(elements);
  readers = makeMarks(elements);
  if (holdsValues)
    std::fill_n(writers.get(), elements, CtaNumbers::kBefore);
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

namespace {
uint32_t load(const uint32_t &mark) {
  return __atomic_load_n(&mark, __ATOMIC_RELAXED);
}
void store(uint32_t &mark, uint32_t number) {
  __atomic_store_n(&mark, number, __ATOMIC_RELAXED);
}
bool isOther(uint32_t number, const CtaNumbers &cta) {
  return number >= cta.first && number != cta.self;
}
} // namespace

GlobalFinding GlobalTensor::read(size_t element, const CtaNumbers &cta,
                                 uint32_t &other) const {
  uint32_t writer = load(writers[element]), reader = load(readers[element]);
  if (writer == CtaNumbers::kNobody)
    return GlobalFinding::kUnwritten;
  if (isOther(writer, cta) && !cta.hasDoneAtomic) {
    other = writer;
    return GlobalFinding::kRace;
  }
  if (reader != cta.self && !cta.hasDoneAtomic)
    store(readers[element], isOther(reader, cta) ? cta.first : cta.self);
  return GlobalFinding::kNothing;
}

GlobalFinding GlobalTensor::write(size_t element, AccessKind kind,
                                  const CtaNumbers &cta,
                                  uint32_t &other) const {
  bool isAtomic = kind == AccessKind::kAtomic;
  uint32_t writer = load(writers[element]), reader = load(readers[element]);
  if (isAtomic && writer == CtaNumbers::kNobody)
    return GlobalFinding::kUnwritten;
  bool bothAtomic = isAtomic && writer == cta.first;
  if (!cta.hasDoneAtomic)
    for (uint32_t before : {bothAtomic ? CtaNumbers::kNobody : writer, reader})
      if (isOther(before, cta)) {
        other = before;
        return GlobalFinding::kRace;
      }
  store(writers[element], isAtomic ? cta.first : cta.self);
  return GlobalFinding::kNothing;
}

GlobalFinding GlobalTensor::access(const char *address, uint64_t bytes,
                                   AccessKind kind, const CtaNumbers &cta,
                                   uint32_t &other) const {
  if (!contains(address, bytes))
    return GlobalFinding::kOutside;
  if (readOnly && kind != AccessKind::kRead)
    return GlobalFinding::kReadOnly;
  if (!writers)
    return GlobalFinding::kNothing;
  uint64_t offset = uint64_t(address - base);
  uint64_t end = (offset + bytes + elementBytes - 1) / elementBytes;
  for (uint64_t e = offset / elementBytes; e < end; ++e)
    if (GlobalFinding finding = kind == AccessKind::kRead
                                    ? read(e, cta, other)
                                    : write(e, kind, cta, other);
        finding != GlobalFinding::kNothing)
      return finding;
  return GlobalFinding::kNothing;
}

} // namespace attn::runtime::sim
