//===- Device.cpp - Memory and clock of a device --------------------------===//
//
// The host's versions, and the C API over all of them.
//
//===----------------------------------------------------------------------===//

#include "Device.h"

#include <chrono>
#include <cstdlib>
#include <cstring>

using namespace attn::runtime;

namespace {
constexpr size_t kAlignment = 256;

AttnStatus isNull(const char *function, AttnMessage *message) {
  return fail(message, ATTN_INVALID_ARGUMENT, "%s: a pointer is null",
              function);
}
} // namespace

Device::~Device() = default;

AttnStatus Device::allocate(size_t bytes, void **memory, AttnMessage *message) {
  size_t rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  *memory = rounded < bytes ? nullptr : std::aligned_alloc(kAlignment, rounded);
  if (*memory)
    return ATTN_OK;
  return fail(message, ATTN_OUT_OF_MEMORY,
              "out of memory: asked the host for %zu bytes", bytes);
}

void Device::free(void *memory) { std::free(memory); }

AttnStatus Device::upload(void *to, const void *from, size_t bytes,
                          AttnMessage *message) {
  std::memcpy(to, from, bytes);
  return ATTN_OK;
}

AttnStatus Device::download(void *to, const void *from, size_t bytes,
                            AttnMessage *message) {
  std::memcpy(to, from, bytes);
  return ATTN_OK;
}

AttnStatus Device::synchronize(void *stream, AttnMessage *message) {
  return ATTN_OK;
}

/// On the host a launch is over when it returns.
AttnStatus Program::time(const Call &call, int64_t runs, double *milliseconds,
                         AttnMessage *message) const {
  for (int64_t i = 0; i < runs; ++i) {
    auto start = std::chrono::steady_clock::now();
    if (AttnStatus status = launch(call, message))
      return status;
    std::chrono::duration<double, std::milli> elapsed =
        std::chrono::steady_clock::now() - start;
    milliseconds[i] = elapsed.count();
  }
  return ATTN_OK;
}

int32_t attnDeviceHasOwnMemory(const AttnDevice *device) {
  return device && device->device->hasOwnMemory();
}

const char *attnDeviceDescription(const AttnDevice *device) {
  return device ? device->description.c_str() : "";
}

AttnStatus attnDeviceAllocate(const AttnDevice *device, size_t bytes,
                              void **memory, AttnMessage *message) {
  return guarded(message, [&]() -> AttnStatus {
    if (!device || !memory)
      return isNull("attnDeviceAllocate", message);
    *memory = nullptr;
    return bytes ? device->device->allocate(bytes, memory, message) : ATTN_OK;
  });
}

void attnDeviceFree(const AttnDevice *device, void *memory) {
  if (device && memory)
    device->device->free(memory);
}

AttnStatus attnDeviceUpload(const AttnDevice *device, void *to,
                            const void *from, size_t bytes,
                            AttnMessage *message) {
  return guarded(message, [&]() -> AttnStatus {
    if (!device || (bytes && (!to || !from)))
      return isNull("attnDeviceUpload", message);
    return bytes ? device->device->upload(to, from, bytes, message) : ATTN_OK;
  });
}

AttnStatus attnDeviceDownload(const AttnDevice *device, void *to,
                              const void *from, size_t bytes,
                              AttnMessage *message) {
  return guarded(message, [&]() -> AttnStatus {
    if (!device || (bytes && (!to || !from)))
      return isNull("attnDeviceDownload", message);
    return bytes ? device->device->download(to, from, bytes, message) : ATTN_OK;
  });
}

AttnStatus attnDeviceSynchronize(const AttnDevice *device, void *stream,
                                 AttnMessage *message) {
  return guarded(message, [&]() -> AttnStatus {
    if (!device)
      return isNull("attnDeviceSynchronize", message);
    return device->device->synchronize(stream, message);
  });
}
