//===- MeasuredLoop.h - What the turns of a kernel take ---------*- C++ -*-===//

#ifndef ATTN_RUNTIME_LIB_CPU_MEASUREDLOOP_H
#define ATTN_RUNTIME_LIB_CPU_MEASUREDLOOP_H

#include "FloatMode.h"
#include "Signature.h"

namespace attn::runtime {

/// A FlushingLoop that tells the caller of a launch what every turn took; on
/// the stack of one call of a kernel.
struct MeasuredLoop {
  FlushingLoop loop;
  const Call &call;
  const char *kernel;
  const char *names; ///< Of turns to come: `<kernel>_<variant>_turns`.

  /// An AttnCpuHost::parallelFor; `loop` is a MeasuredLoop.
  static void run(void *loop, int64_t n, AttnCpuTask task, void *context);
};

} // namespace attn::runtime

#endif // ATTN_RUNTIME_LIB_CPU_MEASUREDLOOP_H
