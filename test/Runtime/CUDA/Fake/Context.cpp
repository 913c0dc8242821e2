//===- Context.cpp - Devices, contexts and errors of the fake driver ------===//

#include "FakeDriver.h"

#include <cstdio>

namespace fake {
extern thread_local std::vector<void *> contexts;

namespace {
int primary; ///< Its address is the primary context.

struct Error {
  int code;
  const char *name, *text;
};

constexpr Error kErrors[] = {
    {0, "CUDA_SUCCESS", "no error"},
    {1, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {2, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {3, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {34, "CUDA_ERROR_STUB_LIBRARY", "CUDA driver is a stub library"},
    {100, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {101, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {200, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {201, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {209, "CUDA_ERROR_NO_BINARY_FOR_GPU", "no kernel image is available"},
    {218, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
     "the provided PTX was compiled with an unsupported toolchain."},
    {500, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {700, "CUDA_ERROR_ILLEGAL_ADDRESS",
     "an illegal memory access was encountered"},
    {719, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {900, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED",
     "operation not permitted when stream is capturing"},
};
} // namespace
} // namespace fake

using namespace fake;

FAKE_API cuInit(unsigned flags) {
  Call call("cuInit", Call::kAnytime);
  if (call.refused())
    return call.refusal();
  if (setting("FAKE_CUDA_DEVICES", 1) == 0)
    return call.result(kNoDevice);
  state().initialised = true;
  return call.result(kSuccess);
}

FAKE_API cuDriverGetVersion(int *version) {
  *version = int(setting("FAKE_CUDA_VERSION", 12040));
  return Call("cuDriverGetVersion", Call::kAnytime).result(kSuccess);
}

FAKE_API cuGetErrorName(int code, const char **name) {
  for (const Error &error : kErrors)
    if (error.code == code) {
      *name = error.name;
      return kSuccess;
    }
  return kInvalidValue;
}

FAKE_API cuGetErrorString(int code, const char **text) {
  for (const Error &error : kErrors)
    if (error.code == code) {
      *text = error.text;
      return kSuccess;
    }
  return kInvalidValue;
}

FAKE_API cuDeviceGetCount(int *count) {
  Call call("cuDeviceGetCount", Call::kInitialised);
  if (call.refused())
    return call.refusal();
  *count = int(setting("FAKE_CUDA_DEVICES", 1));
  return call.result(kSuccess);
}

FAKE_API cuDeviceGet(int *device, int ordinal) {
  Call call("cuDeviceGet", Call::kInitialised);
  call.with("ordinal", ordinal);
  if (call.refused())
    return call.refusal();
  if (ordinal < 0 || ordinal >= setting("FAKE_CUDA_DEVICES", 1))
    return call.result(kInvalidDevice);
  *device = ordinal;
  return call.result(kSuccess);
}

FAKE_API cuDeviceGetName(char *name, int size, int device) {
  Call call("cuDeviceGetName", Call::kInitialised);
  std::snprintf(name, size_t(size), "Fake H100");
  return call.refusal();
}

FAKE_API cuDeviceGetAttribute(int *value, int attribute, int device) {
  Call call("cuDeviceGetAttribute", Call::kInitialised);
  call.with("attribute", attribute);
  if (call.refused())
    return call.refusal();
  long capability = setting("FAKE_CUDA_CC", 90);
  switch (attribute) {
  case 16:
    *value = int(setting("FAKE_CUDA_SM", 132));
    return call.result(kSuccess);
  case 38: // bytes of the L2 cache: small, so that few sets of inputs exceed it
    *value = 1 << 16;
    return call.result(kSuccess);
  case 75:
    *value = int(capability / 10);
    return call.result(kSuccess);
  case 76:
    *value = int(capability % 10);
    return call.result(kSuccess);
  case 97:
    *value = int(setting("FAKE_CUDA_SHARED", 232448));
    return call.result(kSuccess);
  default:
    return call.result(kInvalidValue);
  }
}

FAKE_API cuDevicePrimaryCtxRetain(void **context, int device) {
  Call call("cuDevicePrimaryCtxRetain", Call::kInitialised);
  if (call.refused())
    return call.refusal();
  *context = &primary;
  ++state().contextReferences;
  return call.result(kSuccess);
}

FAKE_API cuDevicePrimaryCtxRelease_v2(int device) {
  Call call("cuDevicePrimaryCtxRelease_v2", Call::kInitialised);
  if (call.refused())
    return call.refusal();
  call.with("references", --state().contextReferences);
  return call.result(kSuccess);
}

FAKE_API cuCtxGetCurrent(void **context) {
  Call call("cuCtxGetCurrent", Call::kInitialised);
  *context = contexts.empty() ? nullptr : contexts.back();
  return call.refusal();
}

FAKE_API cuCtxGetDevice(int *device) {
  Call call("cuCtxGetDevice", Call::kContext);
  *device = 0;
  return call.refusal();
}

FAKE_API cuCtxPushCurrent_v2(void *context) {
  Call call("cuCtxPushCurrent_v2", Call::kInitialised);
  if (!call.refused())
    contexts.push_back(context);
  return call.refusal();
}

FAKE_API cuCtxPopCurrent_v2(void **context) {
  Call call("cuCtxPopCurrent_v2", Call::kContext);
  if (call.refused())
    return call.refusal();
  *context = contexts.back();
  contexts.pop_back();
  return call.result(kSuccess);
}
