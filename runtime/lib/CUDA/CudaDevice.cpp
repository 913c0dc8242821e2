//===- CudaDevice.cpp - One GPU -------------------------------------------===//

#include "CUDA/CudaDevice.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace attn::runtime {
namespace cuda {
namespace {
CUdeviceptr addressOf(const void *memory) {
  return reinterpret_cast<CUdeviceptr>(memory);
}
} // namespace

CudaDevice::~CudaDevice() {
  if (retained)
    driver->primaryContextRelease(device);
}

/// Without a number: the GPU the calling thread works on, else the first.
AttnStatus CudaDevice::chooseOrdinal(const std::string &text,
                                     AttnMessage *message) {
  int count = 0;
  if (CUresult result = driver->deviceGetCount(&count))
    return failWith(*driver, result, ATTN_DEVICE_UNAVAILABLE,
                    "cannot count GPUs", message);
  CUcontext current = nullptr;
  if (text.empty() && driver->contextGetCurrent(&current) == kSuccess &&
      current && driver->contextGetDevice(&device) == kSuccess)
    return ATTN_OK;
  char *end = nullptr;
  errno = 0;
  long ordinal = text.empty() ? 0 : std::strtol(text.c_str(), &end, 10);
  if (errno || (end && *end) || ordinal < 0 || ordinal >= count)
    return fail(message, ATTN_DEVICE_UNAVAILABLE,
                "device 'cuda:%s' is not there: expected a number below %d, "
                "the count of visible GPUs",
                text.c_str(), count);
  if (CUresult result = driver->deviceGet(&device, int(ordinal)))
    return failWith(*driver, result, ATTN_DEVICE_UNAVAILABLE,
                    "cannot open the GPU", message);
  return ATTN_OK;
}

AttnStatus CudaDevice::readAttributes(AttnMessage *message) {
  char text[256] = "";
  CUresult result = driver->deviceGetName(text, sizeof text - 1, device);
  name = text;
  const std::pair<int, int *> attributes[] = {
      {kComputeCapabilityMajor, &major},
      {kComputeCapabilityMinor, &minor},
      {kMultiprocessorCount, &multiprocessors},
      {kMaxSharedMemoryPerBlockOptin, &sharedBytesPerBlock}};
  for (const auto &[attribute, value] : attributes)
    if (result == kSuccess)
      result = driver->deviceGetAttribute(value, attribute, device);
  if (result == kSuccess)
    return ATTN_OK;
  return failWith(*driver, result, ATTN_DEVICE_UNAVAILABLE,
                  "cannot ask the GPU for its properties", message);
}

AttnStatus CudaDevice::open(const std::string &ordinal, AttnMessage *message) {
  if (AttnStatus status = chooseOrdinal(ordinal, message))
    return status;
  if (AttnStatus status = readAttributes(message))
    return status;
  CUresult result = driver->primaryContextRetain(&context, device);
  retained = result == kSuccess;
  if (retained)
    return ATTN_OK;
  return failWith(*driver, result,
                  result == kOutOfMemory ? ATTN_OUT_OF_MEMORY
                                         : ATTN_DEVICE_UNAVAILABLE,
                  ("cannot use " + name).c_str(), message);
}

std::string CudaDevice::architecture() const {
  return "sm_" + std::to_string(10 * major + minor);
}

/// "sm_90a" runs on 9.0 and nothing else; a plain "sm_90" cubin also on later
/// minors of its major.
bool CudaDevice::runs(const std::string &target) const {
  if (target == architecture() + "a")
    return true;
  int wanted = 0, used = 0;
  if (std::sscanf(target.c_str(), "sm_%d%n", &wanted, &used) != 1 ||
      size_t(used) != target.size())
    return false;
  return wanted / 10 == major && wanted % 10 <= minor;
}

std::string CudaDevice::description() const {
  return name + " (" + architecture() + ", " + std::to_string(multiprocessors) +
         " SMs), driver for CUDA " + std::to_string(driver->version / 1000) +
         "." + std::to_string(driver->version % 1000 / 10);
}

AttnStatus CudaDevice::allocate(size_t bytes, void **memory,
                                AttnMessage *message) {
  CurrentContext current(*driver, context);
  CUdeviceptr address = 0;
  CUresult result = current.result();
  if (result == kSuccess)
    result = driver->memoryAllocate(&address, bytes);
  if (result == kSuccess) {
    *memory = reinterpret_cast<void *>(address);
    return ATTN_OK;
  }
  if (result != kOutOfMemory)
    return failWith(*driver, result, ATTN_INTERNAL, "cannot allocate memory",
                    message);
  size_t free = 0, total = 0;
  driver->memoryGetInfo(&free, &total);
  return fail(message, ATTN_OUT_OF_MEMORY,
              "out of memory on %s: asked for %zu bytes, %zu of %zu are free",
              name.c_str(), bytes, free, total);
}

void CudaDevice::free(void *memory) {
  CurrentContext current(*driver, context);
  if (current.result() == kSuccess)
    driver->memoryFree(addressOf(memory));
}

AttnStatus CudaDevice::upload(void *to, const void *from, size_t bytes,
                              AttnMessage *message) {
  CurrentContext current(*driver, context);
  CUresult result = current.result();
  if (result == kSuccess)
    result = driver->copyToDevice(addressOf(to), from, bytes);
  if (result == kSuccess)
    return ATTN_OK;
  return failed(result, "cannot copy to the GPU", message);
}

AttnStatus CudaDevice::download(void *to, const void *from, size_t bytes,
                                AttnMessage *message) {
  CurrentContext current(*driver, context);
  CUresult result = current.result();
  if (result == kSuccess)
    result = driver->copyToHost(to, addressOf(from), bytes);
  if (result == kSuccess)
    return ATTN_OK;
  return failed(result, "cannot copy from the GPU", message);
}

AttnStatus CudaDevice::synchronize(void *stream, AttnMessage *message) {
  CurrentContext current(*driver, context);
  CUresult result = current.result();
  if (result == kSuccess)
    result = driver->streamSynchronize(static_cast<CUstream>(stream));
  if (result == kSuccess)
    return ATTN_OK;
  return failed(result, "waiting for the GPU failed", message);
}

void CudaDevice::noteLaunch(const std::string &kernel) {
  std::lock_guard<std::mutex> lock(mutex);
  std::snprintf(lastKernel, sizeof lastKernel, "%s", kernel.c_str());
}

AttnStatus CudaDevice::failed(CUresult result, const char *what,
                              AttnMessage *message) {
  char text[256];
  {
    std::lock_guard<std::mutex> lock(mutex);
    std::snprintf(text, sizeof text, "%s%s%s%s", what,
                  *lastKernel ? " (the last kernel launched was '" : "",
                  lastKernel, *lastKernel ? "')" : "");
  }
  return failWith(*driver, result, ATTN_DEVICE_ERROR, text, message);
}
} // namespace cuda

AttnStatus openCuda(const std::string &ordinal, std::shared_ptr<Device> &device,
                    AttnMessage *message) {
  std::shared_ptr<const cuda::Driver> driver;
  if (AttnStatus status = cuda::Driver::open(driver, message))
    return status;
  auto made = std::make_shared<cuda::CudaDevice>(std::move(driver));
  if (AttnStatus status = made->open(ordinal, message))
    return status;
  device = std::move(made);
  return ATTN_OK;
}

} // namespace attn::runtime
