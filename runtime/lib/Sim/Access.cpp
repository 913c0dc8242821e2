//===- Access.cpp - Ordinary loads and stores in strict mode --------------===//
//
// Also what copies read and write in global memory.
//
//===----------------------------------------------------------------------===//

#include "Box.h"
#include "Cta.h"

#include <algorithm>
#include <cstdio>

namespace attn::runtime::sim {

void Cta::accessMemory(int32_t site, const char *address, uint32_t bytes,
                       AccessKind kind, uint32_t alignment, int32_t argument) {
  look(site, address, kind);
  if (uint64_t(address - shared) < SharedWindow::kBytes) {
    uint32_t offset = sharedOffset(site, address, bytes, alignment);
    if (events)
      events->sharedAccess(site, numberOf(*running), offset, bytes, kind);
    return;
  }
  const char *stack = stacks.bottom(numberOf(*running));
  if (uint64_t(address - stack) < StackPool::kStackBytes)
    return;
  if (const Cta *other = residents->otherThan(*this);
      other && uint64_t(address - other->window.base()) < SharedWindow::kBytes)
    fail(site, "%u bytes at %p are in the shared memory of CTA (%u, %u, %u)",
         bytes, (const void *)address, other->ctaid[0], other->ctaid[1],
         other->ctaid[2]);
  if (reinterpret_cast<uintptr_t>(address) % alignment)
    fail(site, "misaligned: %u bytes at %p, expected a multiple of %u", bytes,
         (const void *)address, alignment);
  accessGlobal(site, address, bytes, kind, argument);
}

namespace {
const char *verbOf(AccessKind kind) {
  return kind == AccessKind::kRead ? "reads" : "writes";
}

/// The tensor of `memory` that the access lies in, else null.
const GlobalTensor *findTensor(const StepMemory &memory, const char *address,
                               uint64_t bytes) {
  for (const GlobalTensor *tensor : memory.arguments)
    if (tensor && tensor->contains(address, bytes))
      return tensor;
  return nullptr;
}
} // namespace

void Cta::accessGlobal(int32_t site, const char *address, uint64_t bytes,
                       AccessKind kind, int32_t argument, bool mayBeUnwritten) {
  if (!launch->memory)
    return;
  const StepMemory &memory = *launch->memory;
  const GlobalTensor *tensor = argument < 0
                                   ? findTensor(memory, address, bytes)
                                   : memory.arguments[size_t(argument)];
  if (!tensor)
    fail(site,
         "out of bounds: %s %llu bytes at %p, which are in none of the tensors "
         "of the kernel",
         verbOf(kind), (unsigned long long)bytes, (const void *)address);
  long long at = address - tensor->base;
  uint32_t other = 0;
  CtaNumbers numbers{memory.firstCta, memory.firstCta + 1 + uint32_t(linear),
                     hasDoneAtomic};
  hasDoneAtomic |= kind == AccessKind::kAtomic;
  switch (tensor->access(address, bytes, kind, numbers, other)) {
  case GlobalFinding::kNothing:
    return;
  case GlobalFinding::kRace:
    failGlobalRace(site, *tensor, at, bytes, kind, other);
  case GlobalFinding::kOutside:
    if (at >= 0 && at + (long long)bytes <= tensor->extent())
      fail(site,
           "out of bounds: %s %llu bytes at byte %lld of '%s', which has a gap "
           "there, between its rows",
           verbOf(kind), (unsigned long long)bytes, at, tensor->name);
    fail(site,
         "out of bounds: %s %llu bytes at byte %lld of '%s', which has %lld",
         verbOf(kind), (unsigned long long)bytes, at, tensor->name,
         (long long)tensor->extent());
  case GlobalFinding::kReadOnly:
    fail(site, "writes argument '%s', which is not inout", tensor->name);
  case GlobalFinding::kUnwritten:
    if (mayBeUnwritten)
      return;
    fail(site,
         "uninitialised: reads %llu bytes at byte %lld of '%s', which no "
         "kernel of this launch has written",
         (unsigned long long)bytes, at, tensor->name);
  }
}

void Cta::failGlobalRace(int32_t site, const GlobalTensor &tensor, long long at,
                         uint64_t bytes, AccessKind kind, uint32_t other) {
  char who[80] = "which other CTAs of the launch read or change by atomics";
  if (other != launch->memory->firstCta) {
    uint32_t n = other - launch->memory->firstCta - 1;
    std::snprintf(who, sizeof who, "which CTA (%u, %u, %u) %s", n % nctaid[0],
                  n / nctaid[0] % nctaid[1], n / nctaid[0] / nctaid[1],
                  kind == AccessKind::kRead ? "writes" : "reads or writes");
  }
  fail(site,
       "race in global memory: %s %llu bytes at byte %lld of '%s', %s; nothing "
       "orders the CTAs of a launch",
       verbOf(kind), (unsigned long long)bytes, at, tensor.name, who);
}

/*--- Boxes of TMA -----------------------------------------------------------*/

/// An axis that the kernel has declared may be cut, at its end only: a box that
/// begins outside is one that nobody wants, unless the kernel declares that,
/// too.
void Cta::checkBox(int32_t site, const AttnSimTensorMap *map, int32_t rank,
                   int32_t mayLeave, const int32_t *origin, AccessKind kind) {
  if (!launch->strict)
    return;
  checkTensorMap(site, map, rank);
  for (int axis = 0; axis < rank; ++axis) {
    int64_t at = origin[axis], size = map->sizes[axis];
    int64_t box =
        int64_t(countSteps(*map, axis) - 1) * map->elementStrides[axis] + 1;
    bool isDeclared = mayLeave >> axis & 1;
    bool mayBegin = mayLeave >> (ATTN_SIM_MAY_BEGIN + axis) & 1;
    if (at < 0 || (mayBegin     ? false
                   : isDeclared ? at >= size
                                : at + box > size))
      fail(site,
           "out of bounds: the box leaves the tensor on axis %d: %lld elements "
           "from %lld on, of %lld; %s",
           axis, (long long)box, (long long)at, (long long)size,
           mayBegin     ? "it may begin behind the end, not before 0"
           : isDeclared ? "it may end outside, not begin there"
                        : "the kernel does not declare that it may "
                          "(attn_nvvm.may_leave)");
  }
  if (launch->memory)
    accessBox(site, *map, mayLeave, origin, kind);
}

void Cta::checkBulk(int32_t site, const char *address, uint32_t bytes,
                    AccessKind kind) {
  if (launch->strict)
    accessGlobal(site, address, bytes, kind, -1);
}

/// Row by row, the part that is in the tensor. On an axis that may be cut, what
/// lies behind the first row is also allowed not to have been written: rows
/// behind a length, of what another kernel made.
void Cta::accessBox(int32_t site, const AttnSimTensorMap &map, int32_t mayLeave,
                    const int32_t *origin, AccessKind kind) {
  for (size_t i = 0; i < launch->memory->arguments.size(); ++i) {
    const GlobalTensor *tensor = launch->memory->arguments[i];
    if (!tensor || tensor->base != map.base || !tensor->isChecked(kind))
      continue;
    int64_t index[5] = {0, 0, 0, 0, 0};
    for (int axis = 0; axis < map.rank;) {
      bool isBehind = false;
      for (int n = 1; n < map.rank; ++n)
        isBehind |= index[n] > 0 && (mayLeave >> n & 1);
      accessRow(site, map, origin, index, kind, int32_t(i), isBehind);
      for (axis = 1; axis < map.rank; ++axis) {
        index[axis] += map.elementStrides[axis];
        if (index[axis] < map.box[axis])
          break;
        index[axis] = 0;
      }
    }
    return;
  }
}

void Cta::accessRow(int32_t site, const AttnSimTensorMap &map,
                    const int32_t *origin, const int64_t *index,
                    AccessKind kind, int32_t argument, bool mayBeUnwritten) {
  int64_t offset = int64_t(origin[0]) * map.elementBytes;
  for (int axis = 1; axis < map.rank; ++axis) {
    if (origin[axis] + index[axis] >= map.sizes[axis])
      return;
    offset += (origin[axis] + index[axis]) * map.strides[axis];
  }
  int64_t count = std::min<int64_t>(map.box[0], map.sizes[0] - origin[0]);
  accessGlobal(site, map.base + offset, uint64_t(count) * map.elementBytes,
               kind, argument, mayBeUnwritten);
}

} // namespace attn::runtime::sim
