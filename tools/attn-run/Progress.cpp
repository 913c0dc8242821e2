//===- Progress.cpp - How far long work has come --------------------------===//

#include "Progress.h"

#include <cstdint>
#include <cstdio>
#include <unistd.h>

namespace attn::run {

void Progress::report(void *context, double fraction) {
  Progress &self = *static_cast<Progress *>(context);
  static const bool isTerminal = isatty(STDERR_FILENO);
  if (!isTerminal)
    return;
  int64_t now = std::chrono::duration_cast<std::chrono::nanoseconds>(
                    Clock::now().time_since_epoch())
                    .count();
  int64_t started = 0;
  self.startedNs.compare_exchange_strong(started, now);
  constexpr int64_t kPatienceNs = 2000000000;
  if (now - self.startedNs < kPatienceNs)
    return;
  int percent = int(fraction * 100), before = self.shown;
  if (percent > before && self.shown.compare_exchange_strong(before, percent))
    std::fprintf(stderr, "\rattn-run: %3d %%", percent);
}

void Progress::finish() {
  if (shown >= 0)
    std::fprintf(stderr, "\rattn-run: done \n");
  shown = -1;
  startedNs = 0;
}

} // namespace attn::run
