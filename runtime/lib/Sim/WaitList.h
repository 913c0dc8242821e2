//===- WaitList.h - A GPU thread and where it waits -------------*- C++ -*-===//

#ifndef ATTN_RUNTIME_LIB_SIM_WAITLIST_H
#define ATTN_RUNTIME_LIB_SIM_WAITLIST_H

#include "Fiber.h"

#include "attn/manifest/SimAbi.h"

namespace attn::runtime::sim {

enum class WaitKind {
  kNothing,
  kWarp,
  kBarrier,
  kMbarrier,
  kWgmma,
  kRegisters
};

/// What a suspended thread waits for.
struct Wait {
  WaitKind kind = WaitKind::kNothing;
  int32_t site = 0;
  uint32_t object = 0; ///< Meeting, barrier id, shared offset, unit.
  uint32_t detail = 0; ///< Parity, registers.
};

struct Thread : AttnSimThread {
  Fiber fiber;
  Thread *next = nullptr; ///< In a wait list.
  Wait wait;
  uint64_t value = 0; ///< Brought to a meeting of a warp, and its result.
  bool done = false;
};

class WaitList {
public:
  void push(Thread &thread) {
    thread.next = first;
    first = &thread;
  }
  const Thread *front() const { return first; }
  Thread *takeAll() {
    Thread *all = first;
    first = nullptr;
    return all;
  }

private:
  Thread *first = nullptr;
};

} // namespace attn::runtime::sim

#endif // ATTN_RUNTIME_LIB_SIM_WAITLIST_H
