//===- Memory.cpp - Memory and events of the fake driver ------------------===//
//
// Pages that nobody may touch but the driver while it copies or runs kernels: a
// runtime that reads device memory on the host dies here as it would read
// garbage, or die, on a real machine.
//
//===----------------------------------------------------------------------===//

#include "FakeDriver.h"

#include <chrono>
#include <cstring>
#include <sys/mman.h>

using namespace fake;

namespace {
constexpr size_t kPage = 4096;

void protect(int how) {
  for (const auto &[start, bytes] : state().memory)
    mprotect(reinterpret_cast<void *>(start), bytes, how);
}

/// Whether [start, start + bytes) lies in one allocation.
bool isDeviceMemory(uint64_t start, size_t bytes) {
  State &s = state();
  std::lock_guard<std::mutex> lock(s.mutex);
  auto after = s.memory.upper_bound(start);
  if (after == s.memory.begin())
    return false;
  const auto &[first, size] = *std::prev(after);
  return start + bytes <= first + size;
}

using Clock = std::chrono::steady_clock;
} // namespace

MemoryAccess::MemoryAccess() {
  std::lock_guard<std::mutex> lock(state().mutex);
  if (state().running++ == 0)
    protect(PROT_READ | PROT_WRITE);
}

MemoryAccess::~MemoryAccess() {
  std::lock_guard<std::mutex> lock(state().mutex);
  if (--state().running == 0)
    protect(PROT_NONE);
}

FAKE_API cuMemGetInfo_v2(size_t *free, size_t *total) {
  Call call("cuMemGetInfo_v2", Call::kContext);
  if (call.refused())
    return call.refusal();
  *total = size_t(setting("FAKE_CUDA_MEMORY", 1 << 30));
  *free = *total - state().used;
  return call.result(kSuccess);
}

FAKE_API cuMemAlloc_v2(unsigned long long *memory, size_t bytes) {
  Call call("cuMemAlloc_v2", Call::kContext | Call::kNotCaptured);
  call.with("bytes", bytes);
  if (call.refused())
    return call.refusal();
  State &s = state();
  std::lock_guard<std::mutex> lock(s.mutex);
  size_t pages = (bytes + kPage - 1) / kPage * kPage;
  if (bytes == 0)
    return call.result(kInvalidValue);
  if (s.used + pages > size_t(setting("FAKE_CUDA_MEMORY", 1 << 30)))
    return call.result(kOutOfMemory);
  void *mapped =
      mmap(nullptr, pages, s.running ? PROT_READ | PROT_WRITE : PROT_NONE,
           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED)
    return call.result(kOutOfMemory);
  *memory = reinterpret_cast<uint64_t>(mapped);
  s.memory[*memory] = pages;
  s.used += pages;
  call.with("address", address(mapped));
  return call.result(kSuccess);
}

FAKE_API cuMemFree_v2(unsigned long long memory) {
  Call call("cuMemFree_v2", Call::kContext | Call::kNotCaptured);
  call.with("address", address(reinterpret_cast<void *>(memory)));
  if (call.refused())
    return call.refusal();
  State &s = state();
  std::lock_guard<std::mutex> lock(s.mutex);
  auto found = s.memory.find(memory);
  if (found == s.memory.end())
    return call.result(kInvalidValue);
  munmap(reinterpret_cast<void *>(memory), found->second);
  s.used -= found->second;
  s.memory.erase(found);
  return call.result(kSuccess);
}

FAKE_API cuMemcpyHtoD_v2(unsigned long long to, const void *from,
                         size_t bytes) {
  Call call("cuMemcpyHtoD_v2", Call::kContext | Call::kNotCaptured);
  call.with("bytes", bytes);
  if (call.refused())
    return call.refusal();
  if (!isDeviceMemory(to, bytes))
    return call.result(kInvalidValue);
  MemoryAccess access;
  std::memcpy(reinterpret_cast<void *>(to), from, bytes);
  return call.result(kSuccess);
}

FAKE_API cuMemcpyDtoH_v2(void *to, unsigned long long from, size_t bytes) {
  Call call("cuMemcpyDtoH_v2", Call::kContext | Call::kNotCaptured);
  call.with("bytes", bytes);
  if (call.refused())
    return call.refusal();
  if (!isDeviceMemory(from, bytes))
    return call.result(kInvalidValue);
  MemoryAccess access;
  std::memcpy(to, reinterpret_cast<void *>(from), bytes);
  return call.result(kSuccess);
}

// An event is the moment it was recorded; work is over when it is enqueued.
FAKE_API cuEventCreate(void **event, unsigned flags) {
  Call call("cuEventCreate", Call::kContext | Call::kNotCaptured);
  if (!call.refused())
    *event = new Clock::time_point();
  return call.refusal();
}

FAKE_API cuEventDestroy_v2(void *event) {
  Call call("cuEventDestroy_v2", Call::kContext);
  delete static_cast<Clock::time_point *>(event);
  return call.refusal();
}

FAKE_API cuEventRecord(void *event, void *stream) {
  Call call("cuEventRecord", Call::kContext);
  call.with("stream", address(stream));
  if (!call.refused())
    *static_cast<Clock::time_point *>(event) = Clock::now();
  return call.refusal();
}

FAKE_API cuEventSynchronize(void *event) {
  return Call("cuEventSynchronize", Call::kContext | Call::kNotCaptured)
      .refusal();
}

FAKE_API cuEventElapsedTime(float *milliseconds, void *start, void *end) {
  Call call("cuEventElapsedTime", Call::kContext | Call::kNotCaptured);
  std::chrono::duration<float, std::milli> elapsed =
      *static_cast<Clock::time_point *>(end) -
      *static_cast<Clock::time_point *>(start);
  *milliseconds = elapsed.count();
  return call.refusal();
}
