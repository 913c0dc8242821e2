//===- Progress.h - How far long work has come ------------------*- C++ -*-===//

#ifndef ATTN_TOOLS_ATTNRUN_PROGRESS_H
#define ATTN_TOOLS_ATTNRUN_PROGRESS_H

#include <atomic>
#include <chrono>

namespace attn::run {

/// Shows a percentage on stderr when that is a terminal and the work has taken
/// more than two seconds.
class Progress {
public:
  /// An AttnProgress; `self` is a Progress.
  static void report(void *self, double fraction);
  /// Ends the line, if one was begun; the next report starts a new work.
  void finish();

private:
  using Clock = std::chrono::steady_clock;
  std::atomic<int64_t> startedNs{0};
  std::atomic<int> shown{-1}; ///< Percent on the screen, -1 for none.
};

} // namespace attn::run

#endif // ATTN_TOOLS_ATTNRUN_PROGRESS_H
