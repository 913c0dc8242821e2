//===- Workers.h - The threads of oneTBB ------------------------*- C++ -*-===//
//
// Whatever includes oneTBB. Never built for ThreadSanitizer: half of oneTBB is
// templates, which it would watch without seeing the library's other half.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_CPU_WORKERS_H
#define ATTN_RUNTIME_LIB_CPU_WORKERS_H

#include <cstdint>
#include <memory>

namespace attn::runtime {

class Workers {
public:
  explicit Workers(int threads);
  ~Workers();

  /// Calls `work(context, w)` for w = 0, ..., count - 1, each on a thread that
  /// is free. Throws what oneTBB throws, for one where it gets no memory; then
  /// no call is left running.
  void run(int64_t count, void (*work)(void *context, int64_t worker),
           void *context);

private:
  struct Impl;
  std::unique_ptr<Impl> impl;
};

/// Threads that this process may run on.
int64_t hardwareThreads();

} // namespace attn::runtime

#endif // ATTN_RUNTIME_LIB_CPU_WORKERS_H
