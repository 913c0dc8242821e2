//===- Arena.h - The runtime's own parallel loop ----------------*- C++ -*-===//
//
// oneTBB behind AttnParallelFor. Workers pull indices in order from one
// counter, so that early tasks start early and uneven tasks balance.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_CPU_ARENA_H
#define ATTN_RUNTIME_LIB_CPU_ARENA_H

#include "Workers.h"

#include "attn-c/AttnRuntime.h"

#include <memory>

namespace attn::runtime {

class Arena {
public:
  explicit Arena(int64_t threads);
  ~Arena();

  /// An AttnParallelFor; `pool` is an Arena.
  static void parallelFor(void *pool, int64_t n, AttnTask task, void *context);

private:
  int64_t threads;
  std::unique_ptr<Workers> workers;
};

} // namespace attn::runtime

#endif // ATTN_RUNTIME_LIB_CPU_ARENA_H
