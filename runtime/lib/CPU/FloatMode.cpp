//===- FloatMode.cpp - Floating point modes around tasks ------------------===//

#include "FloatMode.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace attn::runtime {
namespace {
struct Wrapped {
  AttnCpuTask task;
  void *context;
};

/// Gives a thread its modes and flags back.
class KeptMode {
public:
#if defined(__x86_64__)
  KeptMode() : saved(_mm_getcsr()) {}
  ~KeptMode() { _mm_setcsr(saved); }

private:
  unsigned saved;
#else
  KeptMode() {}
#endif
};

void runFlushing(void *context, int64_t index, int64_t worker) {
  const Wrapped &wrapped = *static_cast<Wrapped *>(context);
  KeptMode kept;
#if defined(__x86_64__)
  // Masked exceptions 0x1f80, flush-to-zero 0x8000, denormals-are-zero 0x40.
  _mm_setcsr(0x9fc0);
#endif
  wrapped.task(wrapped.context, index, worker);
}
} // namespace

void FlushingLoop::run(void *loop, int64_t n, AttnCpuTask task, void *context) {
  if (n <= 0)
    return;
  const FlushingLoop &self = *static_cast<FlushingLoop *>(loop);
  Wrapped wrapped{task, context};
  KeptMode kept; // oneTBB clears the flags of its caller.
  self.parallelFor(self.pool, n, &runFlushing, &wrapped);
}

} // namespace attn::runtime
