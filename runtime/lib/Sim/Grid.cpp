//===- Grid.cpp - All CTAs of a launch ------------------------------------===//

#include "Grid.h"

#include <atomic>
#include <numeric>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace attn::runtime::sim {
namespace {
/// The floating point modes of a GPU thread while one of these lives: rounding
/// to nearest, no exceptions, subnormal numbers as the kernel was compiled.
class GpuFloatMode {
public:
  explicit GpuFloatMode(bool flush) {
#if defined(__x86_64__)
    saved = _mm_getcsr();
    _mm_setcsr(flush ? 0x9fc0 : 0x1f80);
#endif
  }
  ~GpuFloatMode() {
#if defined(__x86_64__)
    _mm_setcsr(saved);
#endif
  }

private:
  unsigned saved = 0;
};

/// What a worker runs: at most two at a time.
struct Residency {
  std::unique_ptr<Cta> ctas[2];
};

/// A launch in progress; what the tasks of the parallel loop share.
class Grid {
public:
  Grid(const RuntimeState &runtime, CtaPool &pool, const KernelLaunch &launch,
       AttnMessage *message)
      : runtime(runtime), pool(pool), launch(launch), message(message),
        count(uint64_t(launch.grid[0]) * launch.grid[1] * launch.grid[2]),
        homes(size_t(runtime.threads)) {
    // i -> (i * step + first) mod count visits every CTA once.
    step = (launch.seed * 0x9e3779b97f4a7c15 >> 1) % count | 1;
    while (std::gcd(step, count) != 1)
      ++step;
    first = launch.seed % count;
  }

  AttnStatus run() {
    runtime.parallelFor(runtime.pool, int64_t(count), &Grid::runTask, this);
    for (Residency &home : homes)
      for (std::unique_ptr<Cta> &cta : home.ctas)
        if (cta)
          pool.give(std::move(cta));
    return status;
  }

private:
  static void runTask(void *self, int64_t index, int64_t worker) {
    Grid &grid = *static_cast<Grid *>(self);
    if (grid.stop.load(std::memory_order_relaxed))
      return;
    AttnMessage problem{sizeof(AttnMessage), ""};
    AttnStatus status = guarded(&problem, [&] {
      return grid.runCtas(uint64_t(index), grid.homes[size_t(worker)],
                          &problem);
    });
    if (status)
      grid.stopWith(status, problem);
    double done = double(++grid.finished) / double(grid.count);
    grid.runtime.progress(grid.runtime.progressContext, done);
  }

  /// Whether `index`, counted in pairs, and the CTA beside it are resident at
  /// the same time.
  bool isPaired(uint64_t index) const {
    return launch.strict && (index | 1) < count &&
           scramble(launch.seed + index / 2) & 1;
  }

  Cta &beginCta(uint64_t index, std::unique_ptr<Cta> &cta) {
    if (!cta)
      cta = pool.take();
    uint64_t at = uint64_t((unsigned __int128)index * step % count);
    at = (at + first) % count;
    uint32_t where[3] = {uint32_t(at % launch.grid[0]),
                         uint32_t(at / launch.grid[0] % launch.grid[1]),
                         uint32_t(at / launch.grid[0] / launch.grid[1])};
    cta->begin(launch, where);
    return *cta;
  }

  /// Runs a CTA, or the first of a pair with the second.
  AttnStatus runCtas(uint64_t index, Residency &home, AttnMessage *problem) {
    bool paired = isPaired(index);
    if (paired && index % 2)
      return ATTN_OK;
    Cta &one = beginCta(index, home.ctas[0]);
    Cta *two = paired ? &beginCta(index + 1, home.ctas[1]) : nullptr;
    GpuFloatMode mode(launch.info->flushDenormals);
    Cta *failed = runToEnd(one, two, scramble(~launch.seed ^ index));
    return failed ? fail(problem, ATTN_INTERNAL, "%s", failed->error) : ATTN_OK;
  }

  void stopWith(AttnStatus problem, const AttnMessage &text) {
    if (stop.exchange(true))
      return;
    status = fail(message, problem, "%s", text.text);
  }

  const RuntimeState &runtime;
  CtaPool &pool;
  const KernelLaunch &launch;
  AttnMessage *message;
  uint64_t count, step, first;
  std::vector<Residency> homes; ///< Per worker.
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> finished{0};
  AttnStatus status = ATTN_OK; ///< Written by whoever set `stop`.
};
} // namespace

std::unique_ptr<Cta> CtaPool::take() {
  {
    std::lock_guard<std::mutex> lock(mutex);
    if (!idle.empty()) {
      std::unique_ptr<Cta> cta = std::move(idle.back());
      idle.pop_back();
      return cta;
    }
  }
  return std::make_unique<Cta>();
}

void CtaPool::give(std::unique_ptr<Cta> cta) {
  std::lock_guard<std::mutex> lock(mutex);
  idle.push_back(std::move(cta));
}

AttnStatus checkLimits(const KernelLaunch &launch, AttnMessage *message) {
  uint64_t threads =
      uint64_t(launch.block[0]) * launch.block[1] * launch.block[2];
  if (threads == 0 || threads > kMostThreads)
    return fail(message, ATTN_INVALID_ARTIFACT,
                "kernel '%s': expected 1 to %u threads per CTA but found %llu",
                launch.name, kMostThreads, (unsigned long long)threads);
  const uint32_t *required = launch.info->block;
  for (int i = 0; i < 3; ++i)
    if (required[i] && required[i] != launch.block[i])
      return fail(message, ATTN_INVALID_ARTIFACT,
                  "kernel '%s': its code is for %u threads on axis %d, the "
                  "launch has %u",
                  launch.name, required[i], i, launch.block[i]);
  uint64_t shared =
      uint64_t(launch.info->staticSharedBytes) + launch.dynamicSharedBytes;
  if (shared > kMostSharedBytes)
    return fail(message, ATTN_INVALID_ARTIFACT,
                "kernel '%s' needs %llu bytes of shared memory per CTA, the "
                "target has %u",
                launch.name, (unsigned long long)shared, kMostSharedBytes);
  return ATTN_OK;
}

AttnStatus runGrid(const RuntimeState &runtime, CtaPool &pool,
                   const KernelLaunch &launch, AttnMessage *message) {
  if (AttnStatus status = checkLimits(launch, message))
    return status;
  if (!launch.grid[0] || !launch.grid[1] || !launch.grid[2])
    return ATTN_OK;
  return Grid(runtime, pool, launch, message).run();
}

} // namespace attn::runtime::sim
