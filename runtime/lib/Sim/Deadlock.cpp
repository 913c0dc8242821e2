//===- Deadlock.cpp - Who waits for what ----------------------------------===//

#include "Cta.h"
#include "MbarrierState.h"

#include <cstdio>

namespace attn::runtime::sim {
namespace {
bool sameWait(const Thread &a, const Thread &b) {
  return !a.done && !b.done && a.wait.kind == b.wait.kind &&
         a.wait.site == b.wait.site && a.wait.object == b.wait.object &&
         a.wait.detail == b.wait.detail;
}
} // namespace

int Cta::describeWait(const Thread &t, char *text, size_t bytes) const {
  const Wait &wait = t.wait;
  switch (wait.kind) {
  case WaitKind::kNothing:
    return std::snprintf(text, bytes, "poll without an end");
  case WaitKind::kWarp: {
    const Meeting &m = meetings[wait.object];
    return std::snprintf(text, bytes,
                         "wait for lanes 0x%08x of warp %u, of mask 0x%08x",
                         m.mask & ~m.arrived, t.warp, m.mask);
  }
  case WaitKind::kBarrier: {
    const NamedBarrier &b = barriers[wait.object];
    return std::snprintf(text, bytes,
                         "wait at barrier %u, where %u of %u threads are",
                         wait.object, b.arrived, b.expected);
  }
  case WaitKind::kMbarrier: {
    MbarrierState s(*reinterpret_cast<const uint64_t *>(shared + wait.object));
    char phase[24] = "a phase";
    if (launch->strict)
      std::snprintf(phase, sizeof phase, "phase %u",
                    mbarrierWatch[wait.object / 8].phases);
    return std::snprintf(
        text, bytes,
        "wait for parity %u of the mbarrier at shared offset %u, which is in "
        "%s of parity %u with %u of %u arrivals and %d bytes to come",
        wait.detail, wait.object, phase, s.phase(), s.pending(), s.expected(),
        s.bytes());
  }
  case WaitKind::kWgmma:
    return std::snprintf(text, bytes,
                         "wait for the other threads of warpgroup %u: %u of "
                         "128 are there",
                         wait.object, warpgroups[wait.object].arrived);
  case WaitKind::kRegisters:
    return std::snprintf(
        text, bytes,
        "wait for %u registers per thread of warp %u, which has %u, while %u "
        "per thread of a warp are free",
        wait.detail, wait.object, registers[wait.object], registerPool);
  }
  return 0;
}

/// Who waits for what, threads with the same wait together. Returns the length
/// of the text, which may be more than fits.
size_t Cta::describeThreads(char *text, size_t bytes) const {
  size_t waiting = 0;
  for (size_t i = 0; i < count; ++i)
    waiting += !threads[i].done;
  size_t used = size_t(std::snprintf(
      text, bytes, "CTA (%u, %u, %u): %zu of %zu threads wait and none can run",
      ctaid[0], ctaid[1], ctaid[2], waiting, count));
  for (size_t i = 0; i < count;) {
    size_t end = i + 1;
    while (end < count && sameWait(threads[i], threads[end]))
      ++end;
    const Thread &first = threads[i];
    if (!first.done && used + 1 < bytes) {
      Site site(*launch->info, first.wait.site);
      used += size_t(std::snprintf(text + used, bytes - used,
                                   "; threads %zu-%zu (%s at %s) ", i, end - 1,
                                   site.op, site.location));
      if (used + 1 < bytes)
        used += size_t(describeWait(first, text + used, bytes - used));
    }
    i = end;
  }
  return used;
}

void Cta::reportDeadlock() {
  size_t used = size_t(std::snprintf(
      error, sizeof error, "deadlock in kernel '%s', ", launch->name));
  used += describeThreads(error + used, sizeof error - used);
  const Cta *other = residents->otherThan(*this);
  if (other && other->live && used + 16 < sizeof error) {
    used += size_t(
        std::snprintf(error + used, sizeof error - used, "; beside it "));
    other->describeThreads(error + used, sizeof error - used);
  }
  failed = true;
  leave();
}

} // namespace attn::runtime::sim
