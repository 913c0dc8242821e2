//===- Fiber.h - Stacks and switches ----------------------------*- C++ -*-===//
//
// A GPU thread is a fiber: its own stack, switched to without the operating
// system. The switch of x86-64 is our own; others use the lowest layer of
// Boost.Context.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_SIM_FIBER_H
#define ATTN_RUNTIME_LIB_SIM_FIBER_H

#include <cstddef>
#include <cstdint>

namespace attn::runtime::sim {

/// One flow of control: a GPU thread or the worker that runs the CTA.
struct Fiber {
  void *context = nullptr; ///< Where it goes on; valid while suspended.
  void (*entry)(void *argument) = nullptr;
  void *argument = nullptr;
  Fiber *from = nullptr; ///< Who switched here last.
  // For AddressSanitizer and ThreadSanitizer.
  const void *stackBottom = nullptr;
  size_t stackBytes = 0;
  void *shadow = nullptr;
  bool isOver = false;
};

/// Stacks of equal size for the threads of one CTA.
class StackPool {
public:
  StackPool() = default;
  StackPool(const StackPool &) = delete;
  ~StackPool();

  /// Bytes of one stack that a thread may use.
  static constexpr size_t kStackBytes = size_t(128) << 10;

  /// Makes sure there are stacks for `count` threads. Throws std::bad_alloc.
  void reserve(size_t count);
  char *bottom(size_t index) const;
  /// Whether a thread ran over the end of its stack.
  bool overflowed(size_t index) const;

private:
  char *memory = nullptr;
  size_t stacks = 0;
};

/// Makes `fiber` start in `entry(argument)` when it is first switched to.
/// `entry` must not return.
void start(Fiber &fiber, char *stackBottom, void (*entry)(void *argument),
           void *argument);

/// Suspends `from`, which runs, and goes on with `to`. Returns when somebody
/// switches back. \param last `from` will never run again.
void switchTo(Fiber &from, Fiber &to, bool last = false);

} // namespace attn::runtime::sim

#endif // ATTN_RUNTIME_LIB_SIM_FIBER_H
