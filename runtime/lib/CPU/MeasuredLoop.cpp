//===- MeasuredLoop.cpp - What the turns of a kernel take -----------------===//

#include "MeasuredLoop.h"

#include <chrono>
#include <cstring>

namespace attn::runtime {

void MeasuredLoop::run(void *loop, int64_t n, AttnCpuTask task, void *context) {
  MeasuredLoop &self = *static_cast<MeasuredLoop *>(loop);
  const char *name = self.names;
  if (*name)
    self.names += std::strlen(name) + 1;
  if (n <= 0)
    return;
  auto start = std::chrono::steady_clock::now();
  FlushingLoop::run(&self.loop, n, task, context);
  std::chrono::duration<double, std::milli> elapsed =
      std::chrono::steady_clock::now() - start;
  self.call.turnReport(self.call.turnReportContext, self.kernel, name, n,
                       elapsed.count());
}

} // namespace attn::runtime
