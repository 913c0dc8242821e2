//===- Arena.cpp - The runtime's own parallel loop ------------------------===//

#include "Arena.h"
#include "FloatMode.h"

#include <algorithm>
#include <atomic>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ATTN_TSAN 1
#include <sanitizer/tsan_interface.h>
#endif
#endif

namespace attn::runtime {
namespace {

/// One parallel loop: workers pull its tasks.
struct Loop {
  int64_t n;
  AttnTask task;
  void *context;
  std::atomic<int64_t> next{0};

  void drain(int64_t worker) {
    for (int64_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < n;)
      task(context, i, worker);
  }
};

// libtbb is not built for ThreadSanitizer, which therefore does not see that a
// loop's workers start after it began and end before it returns: say so.
#if ATTN_TSAN
void publish(Loop &loop) { __tsan_release(&loop); }
void receive(Loop &loop) { __tsan_acquire(&loop); }
#else
void publish(Loop &) {}
void receive(Loop &) {}
#endif

void work(void *context, int64_t worker) {
  Loop &loop = *static_cast<Loop *>(context);
  receive(loop);
  loop.drain(worker);
  publish(loop);
}

} // namespace

/// oneTBB has no more workers than the machine has cores and warns about a
/// request for more, so a larger number only raises the bound of `worker`.
Arena::Arena(int64_t threads)
    : threads(std::min(threads, hardwareThreads())),
      workers(std::make_unique<Workers>(int(this->threads))) {}

Arena::~Arena() = default;

void Arena::parallelFor(void *pool, int64_t n, AttnTask task, void *context) {
  Arena &arena = *static_cast<Arena *>(pool);
  Loop loop{n, task, context};
  int64_t workers = std::min(arena.threads, n);
  if (workers <= 1)
    return loop.drain(0);
  KeptMode kept; // oneTBB clears the flags of the thread that calls it.
  publish(loop);
  try {
    arena.workers->run(workers, &work, &loop);
  } catch (...) {
    // Kernels have no unwind tables, so nothing may pass through them. When
    // oneTBB cannot get memory no worker is left running: go on alone.
    loop.drain(0);
  }
  receive(loop);
}

} // namespace attn::runtime
