//===- Fiber.cpp - Stacks and switches ------------------------------------===//

#include "Fiber.h"

#include <cstring>
#include <new>
#include <sys/mman.h>
#include <utility>
#if !defined(__x86_64__)
#include <boost/context/detail/fcontext.hpp>
#endif

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ATTN_SIM_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define ATTN_SIM_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define ATTN_SIM_ASAN 1
#endif
#if ATTN_SIM_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if ATTN_SIM_TSAN
#include <sanitizer/tsan_interface.h>
// Entered on one stack and left on another: ThreadSanitizer must not count.
#define ATTN_UNSEEN __attribute__((disable_sanitizer_instrumentation))
#else
#define ATTN_UNSEEN
#endif

namespace attn::runtime::sim {
namespace {
// The tops of stacks, all that most threads touch, would share the same sets
// of every cache if they were a power of two apart; a page more spreads them.
constexpr size_t kStride = StackPool::kStackBytes + 4096;
constexpr uint64_t kCanary = 0x5ca1ab1edeadbea7;

#if ATTN_SIM_ASAN
void leave(Fiber &from, const Fiber &to, bool last) {
  __sanitizer_start_switch_fiber(last ? nullptr : &from.shadow, to.stackBottom,
                                 to.stackBytes);
}
void arrive(Fiber &from, Fiber &self) {
  __sanitizer_finish_switch_fiber(self.shadow, &from.stackBottom,
                                  &from.stackBytes);
}
#elif ATTN_SIM_TSAN
// `from` may be a worker, which nobody started, and on another thread each
// time.
ATTN_UNSEEN void leave(Fiber &from, const Fiber &to, bool last) {
  from.shadow = __tsan_get_current_fiber();
  from.isOver = last;
  __tsan_switch_to_fiber(to.shadow, 0);
}
ATTN_UNSEEN void arrive(Fiber &from, Fiber &) {
  if (from.isOver)
    __tsan_destroy_fiber(std::exchange(from.shadow, nullptr));
}
#else
void leave(Fiber &, const Fiber &, bool) {}
void arrive(Fiber &, Fiber &) {}
#endif

/// First frame of a fiber.
ATTN_UNSEEN void enter(Fiber *self) {
  arrive(*self->from, *self);
  self->entry(self->argument);
  __builtin_trap();
}

#if defined(__x86_64__)
// What the System V ABI keeps over a call, but for the floating point modes,
// which all fibers of a worker share: saving those is most of what a switch of
// Boost costs.
extern "C" void attnSwitchStacks(void **from, void *to);
extern "C" void attnEnterFiber();
asm(R"(
  .text
  .type attnSwitchStacks, @function
attnSwitchStacks:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .size attnSwitchStacks, .-attnSwitchStacks
  .type attnEnterFiber, @function
attnEnterFiber:
  movq %r12, %rdi
  callq *%r13
  ud2
  .size attnEnterFiber, .-attnEnterFiber
)");

/// A stack as attnSwitchStacks leaves one; its top is a multiple of 16.
void makeContext(Fiber &fiber, char *top) {
  void *const words[] = {
      nullptr, nullptr, reinterpret_cast<void *>(&enter),
      &fiber, // r15 - r12
      nullptr, nullptr, reinterpret_cast<void *>(&attnEnterFiber)};
  fiber.context = top - 16 - sizeof words;
  std::memcpy(fiber.context, words, sizeof words);
}

void jump(Fiber &from, Fiber &to) {
  attnSwitchStacks(&from.context, to.context);
}
#else
using namespace boost::context::detail;

void makeContext(Fiber &fiber, char *top) {
  fiber.context =
      make_fcontext(top, StackPool::kStackBytes, [](transfer_t transfer) {
        Fiber *self = static_cast<Fiber *>(transfer.data);
        self->from->context = transfer.fctx;
        enter(self);
      });
}

void jump(Fiber &from, Fiber &to) {
  transfer_t transfer = jump_fcontext(to.context, &to);
  from.from->context = transfer.fctx;
}
#endif
} // namespace

StackPool::~StackPool() {
  if (memory)
    munmap(memory, stacks * kStride);
}

void StackPool::reserve(size_t count) {
  if (count <= stacks)
    return;
  void *mapped = mmap(nullptr, count * kStride, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED)
    throw std::bad_alloc();
  if (memory)
    munmap(memory, stacks * kStride);
  memory = static_cast<char *>(mapped);
  stacks = count;
  for (size_t i = 0; i < count; ++i)
    *reinterpret_cast<uint64_t *>(bottom(i)) = kCanary;
}

char *StackPool::bottom(size_t index) const { return memory + index * kStride; }

bool StackPool::overflowed(size_t index) const {
  return *reinterpret_cast<uint64_t *>(bottom(index)) != kCanary;
}

void start(Fiber &fiber, char *stackBottom, void (*entry)(void *argument),
           void *argument) {
#if ATTN_SIM_TSAN
  if (fiber.shadow) // It was left in the middle.
    __tsan_destroy_fiber(fiber.shadow);
#endif
  fiber = {};
  fiber.entry = entry;
  fiber.argument = argument;
  fiber.stackBottom = stackBottom;
  fiber.stackBytes = StackPool::kStackBytes;
#if ATTN_SIM_ASAN
  // What stood there was left in the middle.
  __asan_unpoison_memory_region(stackBottom, StackPool::kStackBytes);
#endif
#if ATTN_SIM_TSAN
  fiber.shadow = __tsan_create_fiber(0);
#endif
  makeContext(fiber, stackBottom + StackPool::kStackBytes);
}

ATTN_UNSEEN void switchTo(Fiber &from, Fiber &to, bool last) {
  to.from = &from;
  leave(from, to, last);
  jump(from, to);
  arrive(*from.from, from);
}

} // namespace attn::runtime::sim
