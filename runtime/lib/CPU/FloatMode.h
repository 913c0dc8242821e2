//===- FloatMode.h - Floating point modes around tasks ----------*- C++ -*-===//
//
// Kernels run with flush-to-zero, denormals-are-zero, rounding to nearest and
// all exceptions masked, whatever thread runs them and whatever it had set; it
// gets its modes and flags back after every task.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_CPU_FLOATMODE_H
#define ATTN_RUNTIME_LIB_CPU_FLOATMODE_H

#include "attn-c/AttnRuntime.h"
#include "attn/manifest/CpuAbi.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace attn::runtime {

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
  ~KeptMode() {}
#endif
};

/// What a kernel sees as its parallelFor; lives on the stack of a launch.
struct FlushingLoop {
  AttnParallelFor parallelFor;
  void *pool;

  /// An AttnCpuHost::parallelFor; `loop` is a FlushingLoop.
  static void run(void *loop, int64_t n, AttnCpuTask task, void *context);
};

} // namespace attn::runtime

#endif // ATTN_RUNTIME_LIB_CPU_FLOATMODE_H
