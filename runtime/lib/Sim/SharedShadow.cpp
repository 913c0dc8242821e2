//===- SharedShadow.cpp - Who touched shared memory last ------------------===//

#include "SharedShadow.h"

#include <algorithm>
#include <cstring>

namespace attn::runtime::sim {

void SharedShadow::reset(uint32_t bytes) {
  static_assert(std::is_trivially_copyable_v<Cell>);
  isSplit.assign((bytes + kLineBytes - 1) / kLineBytes, false);
  cells.resize(isSplit.size() * kLineCells);
  for (size_t line = 0; line < isSplit.size(); ++line)
    cells[line * kLineCells].clear();
  spilled.clear();
}

/// The cells of a line go ways of their own from now on.
void SharedShadow::split(uint32_t line) {
  if (isSplit[line])
    return;
  isSplit[line] = true;
  Cell &all = cells[line * kLineCells];
  for (uint32_t i = 1; i < kLineCells; ++i) {
    Cell &cell = cells[line * kLineCells + i];
    cell.clear();
    cell.written = all.written;
    for (uint32_t n = 0; n < all.count; ++n)
      append(cell, all.accesses()[n]);
  }
}

void SharedShadow::setMbarrier(uint32_t offset, bool isMbarrier) {
  split(offset / kLineBytes);
  uint16_t bytes = uint16_t(0xff << offset % kCellBytes);
  Cell &cell = cells[offset / kCellBytes];
  if (isMbarrier)
    cell.mbarriers |= bytes;
  else
    cell.mbarriers &= uint16_t(~bytes);
}

void SharedShadow::append(Cell &cell, const Access &access) {
  if (cell.count == cell.capacity) {
    uint16_t capacity = uint16_t(cell.capacity * 4);
    spilled.push_back(std::make_unique<Access[]>(capacity));
    std::copy_n(cell.accesses(), cell.count, spilled.back().get());
    cell.more = spilled.back().get();
    cell.capacity = capacity;
  }
  cell.accesses()[cell.count++] = access;
}

/// Whether `before`, which overlaps, is a problem.
Finding SharedShadow::checkBefore(const Accessor &accessor,
                                  const Access &before) const {
  bool isWrite = accessor.kind != AccessKind::kRead;
  bool wasWrite = before.kind != AccessKind::kRead;
  if (!isWrite && !wasWrite)
    return Finding::kNothing;
  if (accessor.view.seen(before.agent) < before.number &&
      (accessor.kind != AccessKind::kAtomic ||
       before.kind != AccessKind::kAtomic))
    return Finding::kRace;
  if (accessor.proxy == Proxy::kAsync && before.proxy == Proxy::kGeneric &&
      wasWrite && accessor.view.fenced(before.agent) < before.number)
    return Finding::kNoFence;
  return Finding::kNothing;
}

/// An asynchronous agent does not know that its own work is done, but does it
/// in order: its later read stands for the earlier.
Finding SharedShadow::touchCell(const Accessor &accessor, uint32_t index,
                                uint16_t bytes) {
  Cell &cell = cells[index];
  Access *list = cell.accesses();
  uint32_t kept = 0;
  bool isWrite = accessor.kind != AccessKind::kRead;
  for (uint32_t i = 0; i < cell.count; ++i) {
    Access &before = list[i];
    if (before.bytes & bytes) {
      if (Finding finding = checkBefore(accessor, before);
          finding != Finding::kNothing) {
        other = before;
        foundAt = index * kCellBytes +
                  uint32_t(__builtin_ctz(uint32_t(before.bytes & bytes)));
        return finding;
      }
      if (isWrite || (before.kind == AccessKind::kRead &&
                      (before.agent == accessor.agent ||
                       accessor.view.seen(before.agent) >= before.number)))
        before.bytes &= uint16_t(~bytes);
    }
    if (before.bytes)
      list[kept++] = before;
  }
  cell.count = kept;
  append(cell, {accessor.number, accessor.site, accessor.agent, bytes,
                accessor.proxy, accessor.kind});
  foundAt = index * kCellBytes;
  if (uint16_t of = cell.mbarriers & bytes) {
    foundAt += uint32_t(__builtin_ctz(of));
    return Finding::kMbarrier;
  }
  uint16_t missing = uint16_t(bytes & ~cell.written);
  if (accessor.kind == AccessKind::kWrite)
    cell.written |= bytes;
  else if (missing) {
    foundAt += uint32_t(__builtin_ctz(missing));
    return Finding::kUninitialised;
  }
  return Finding::kNothing;
}

Finding SharedShadow::touchPart(const Accessor &accessor, uint32_t offset,
                                uint32_t bytes) {
  uint32_t end = offset + bytes;
  while (offset < end) {
    uint32_t first = offset % kCellBytes;
    uint32_t count = std::min(kCellBytes - first, end - offset);
    uint16_t mask = uint16_t(((uint32_t(1) << count) - 1) << first);
    if (Finding finding = touchCell(accessor, offset / kCellBytes, mask);
        finding != Finding::kNothing)
      return finding;
    offset += count;
  }
  return Finding::kNothing;
}

/// A write leaves the same behind in all cells.
Finding SharedShadow::touchLine(const Accessor &accessor, uint32_t line) {
  if (!isSplit[line])
    return touchCell(accessor, line * kLineCells, kAllBytes);
  Finding finding = touchPart(accessor, line * kLineBytes, kLineBytes);
  if (finding == Finding::kNothing && accessor.kind == AccessKind::kWrite)
    isSplit[line] = false;
  return finding;
}

Finding SharedShadow::touch(const Accessor &accessor, uint32_t offset,
                            uint32_t bytes) {
  uint32_t end = offset + bytes;
  while (offset < end) {
    uint32_t line = offset / kLineBytes;
    uint32_t count = std::min(kLineBytes - offset % kLineBytes, end - offset);
    Finding finding = Finding::kNothing;
    if (count == kLineBytes) {
      finding = touchLine(accessor, line);
    } else {
      split(line);
      finding = touchPart(accessor, offset, count);
    }
    if (finding != Finding::kNothing)
      return finding;
    offset += count;
  }
  return Finding::kNothing;
}

} // namespace attn::runtime::sim
