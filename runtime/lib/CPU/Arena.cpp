//===- Arena.cpp - The runtime's own parallel loop ------------------------===//

#include "Arena.h"

#include <algorithm>
#include <atomic>
#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

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
__attribute__((noinline)) void work(Loop &loop, int64_t worker) {
  receive(loop);
  loop.drain(worker);
  publish(loop);
}
#define ATTN_UNSEEN __attribute__((no_sanitize("thread")))
#else
void publish(Loop &) {}
void receive(Loop &) {}
void work(Loop &loop, int64_t worker) { loop.drain(worker); }
#define ATTN_UNSEEN
#endif

} // namespace

struct Arena::Impl {
  int64_t threads;
  tbb::task_arena arena;
};

/// oneTBB has no more workers than the machine has cores and warns about a
/// request for more, so a larger number only raises the bound of `worker`.
Arena::Arena(int64_t threads)
    : impl(new Impl{std::min(threads, hardwareThreads()), {}}) {
  impl->arena.initialize(int(impl->threads));
}

Arena::~Arena() = default;

void Arena::parallelFor(void *pool, int64_t n, AttnTask task, void *context) {
  Impl &impl = *static_cast<Arena *>(pool)->impl;
  Loop loop{n, task, context};
  int64_t workers = std::min(impl.threads, n);
  if (workers <= 1)
    return loop.drain(0);
  publish(loop);
  try {
    impl.arena.execute([&] {
      tbb::parallel_for(
          tbb::blocked_range<int64_t>(0, workers, 1),
          [&loop](const tbb::blocked_range<int64_t> &range)
              ATTN_UNSEEN { work(loop, range.begin()); },
          tbb::simple_partitioner());
    });
  } catch (...) {
    // Kernels have no unwind tables, so nothing may pass through them. When
    // oneTBB cannot get memory no worker is left running: go on alone.
    loop.drain(0);
  }
  receive(loop);
}

int64_t hardwareThreads() {
  return std::max(1, tbb::info::default_concurrency());
}

} // namespace attn::runtime
