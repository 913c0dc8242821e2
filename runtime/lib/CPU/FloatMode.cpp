//===- FloatMode.cpp - Floating point modes around tasks ------------------===//

#include "FloatMode.h"

namespace attn::runtime {
namespace {
struct Wrapped {
  AttnCpuTask task;
  void *context;
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
  self.parallelFor(self.pool, n, &runFlushing, &wrapped);
}

} // namespace attn::runtime
