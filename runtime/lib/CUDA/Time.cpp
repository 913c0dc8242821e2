//===- Time.cpp - Measure launches with CUDA events -----------------------===//
//
// All launches are enqueued before the first is waited for, with an event
// between two of them: once the GPU is behind the host, an interval holds the
// kernels and nothing of the host's work.
//
//===----------------------------------------------------------------------===//

#include "CUDA/CudaProgram.h"

namespace attn::runtime::cuda {
namespace {
/// Events, destroyed with the scope.
struct Events {
  explicit Events(const Driver &driver) : driver(driver) {}
  ~Events() {
    for (CUevent event : all)
      driver.eventDestroy(event);
  }

  CUresult add() {
    CUevent event = nullptr;
    CUresult result = driver.eventCreate(&event, 0);
    if (result == kSuccess)
      all.push_back(event);
    return result;
  }

  const Driver &driver;
  std::vector<CUevent> all;
};
} // namespace

AttnStatus CudaProgram::time(const Call &call, int64_t runs,
                             double *milliseconds, AttnMessage *message) const {
  const Driver &driver = *device->driver;
  CurrentContext current(driver, device->context);
  auto stream = static_cast<CUstream>(call.launch->stream);
  auto failed = [&](CUresult result) {
    return device->failed(result, "measuring with CUDA events failed", message);
  };
  CUresult result = current.result();
  Events events(driver);
  for (int64_t i = 0; i <= runs && result == kSuccess; ++i)
    result = events.add();
  if (result == kSuccess)
    result = driver.eventRecord(events.all[0], stream);
  if (result != kSuccess)
    return failed(result);
  for (int64_t i = 0; i < runs; ++i) {
    if (AttnStatus status = launch(call, message))
      return status;
    if (CUresult recorded = driver.eventRecord(events.all[i + 1], stream))
      return failed(recorded);
  }
  result = driver.eventSynchronize(events.all[runs]);
  for (int64_t i = 0; i < runs && result == kSuccess; ++i) {
    float elapsed = 0;
    result =
        driver.eventElapsedTime(&elapsed, events.all[i], events.all[i + 1]);
    milliseconds[i] = elapsed;
  }
  return result == kSuccess ? ATTN_OK : failed(result);
}

} // namespace attn::runtime::cuda
