//===- Arena.cpp - The runtime's own parallel loop ------------------------===//

#include "Arena.h"

#include <algorithm>
#include <atomic>
#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

namespace attn::runtime {

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
  std::atomic<int64_t> next{0};
  auto drain = [&](int64_t worker) {
    for (int64_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < n;)
      task(context, i, worker);
  };
  int64_t workers = std::min(impl.threads, n);
  if (workers <= 1)
    return drain(0);
  try {
    impl.arena.execute([&] {
      tbb::parallel_for(
          tbb::blocked_range<int64_t>(0, workers, 1),
          [&](const tbb::blocked_range<int64_t> &range) {
            for (int64_t worker : {range.begin()})
              drain(worker);
          },
          tbb::simple_partitioner());
    });
  } catch (...) {
    // Kernels have no unwind tables, so nothing may pass through them. When
    // oneTBB cannot get memory no worker is left running: go on alone.
    drain(0);
  }
}

int64_t hardwareThreads() {
  return std::max(1, tbb::info::default_concurrency());
}

} // namespace attn::runtime
