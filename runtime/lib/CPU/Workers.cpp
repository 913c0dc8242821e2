//===- Workers.cpp - The threads of oneTBB --------------------------------===//

#include "Workers.h"

#include <algorithm>
#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

namespace attn::runtime {

struct Workers::Impl {
  tbb::task_arena arena;
};

Workers::Workers(int threads) : impl(new Impl) {
  impl->arena.initialize(threads);
}

Workers::~Workers() = default;

void Workers::run(int64_t count, void (*work)(void *context, int64_t worker),
                  void *context) {
  impl->arena.execute([&] {
    tbb::parallel_for(
        tbb::blocked_range<int64_t>(0, count, 1),
        [=](const tbb::blocked_range<int64_t> &range) {
          work(context, range.begin());
        },
        tbb::simple_partitioner());
  });
}

int64_t hardwareThreads() {
  return std::max(1, tbb::info::default_concurrency());
}

} // namespace attn::runtime
