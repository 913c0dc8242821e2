//===- DriverApi.h - The part of the CUDA driver API we use -----*- C++ -*-===//
//
// Declarations of our own, so that the runtime builds without a CUDA toolkit:
// types, constants and signatures are those of cuda.h 12.0, which later drivers
// keep. test/Runtime/CUDA/DriverTypes.cpp compares them with a real cuda.h
// where there is one.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_CUDA_DRIVERAPI_H
#define ATTN_RUNTIME_LIB_CUDA_DRIVERAPI_H

#include <cstddef>
#include <cstdint>

namespace attn::runtime::cuda {

using CUresult = int;
using CUdevice = int;
using CUdeviceptr = unsigned long long;
using CUcontext = struct CUctx_st *;
using CUmodule = struct CUmod_st *;
using CUfunction = struct CUfunc_st *;
using CUstream = struct CUstream_st *;
using CUevent = struct CUevent_st *;

struct alignas(128) CUtensorMap {
  uint64_t opaque[16];
};

enum Result : CUresult {
  kSuccess = 0,
  kInvalidValue = 1,
  kOutOfMemory = 2,
  kStubLibrary = 34,
  kNoDevice = 100,
  kInvalidDevice = 101,
  kInvalidImage = 200,
  kNoBinaryForGpu = 209,
  kEccUncorrectable = 214,
  kUnsupportedPtxVersion = 222,
  kNotFound = 500,
  kIllegalAddress = 700,
  kLaunchTimeout = 702,
  kAssert = 710,
  kHardwareStackError = 714,
  kIllegalInstruction = 715,
  kMisalignedAddress = 716,
  kInvalidAddressSpace = 717,
  kInvalidPc = 718,
  kLaunchFailed = 719,
};

enum DeviceAttribute : int {
  kMultiprocessorCount = 16,
  kClockRateKilohertz = 13,
  kComputeCapabilityMajor = 75,
  kComputeCapabilityMinor = 76,
  kMaxSharedMemoryPerBlockOptin = 97,
};

enum FunctionAttribute : int {
  kMaxThreadsPerBlock = 0,
  kSharedSizeBytes = 1,
  kLocalSizeBytes = 3,
  kNumRegisters = 4,
  kMaxDynamicSharedSizeBytes = 8,
};

enum JitOption : int {
  kJitInfoLogBuffer = 3,
  kJitInfoLogBufferSizeBytes = 4,
  kJitErrorLogBuffer = 5,
  kJitErrorLogBufferSizeBytes = 6,
};

enum TensorMapDataType : int {
  kMapUint8 = 0,
  kMapInt32 = 3,
  kMapInt64 = 5,
  kMapFloat16 = 6,
  kMapFloat32 = 7,
  kMapFloat64 = 8,
  kMapBFloat16 = 9,
};

/// Every function we call: X(member, symbol, parameter types...). All return a
/// CUresult. The suffixes are those that cuda.h's macros add.
#define ATTN_CUDA_FUNCTIONS(X)                                                 \
  X(init, cuInit, unsigned)                                                    \
  X(driverGetVersion, cuDriverGetVersion, int *)                               \
  X(getErrorName, cuGetErrorName, CUresult, const char **)                     \
  X(getErrorString, cuGetErrorString, CUresult, const char **)                 \
  X(deviceGetCount, cuDeviceGetCount, int *)                                   \
  X(deviceGet, cuDeviceGet, CUdevice *, int)                                   \
  X(deviceGetName, cuDeviceGetName, char *, int, CUdevice)                     \
  X(deviceGetAttribute, cuDeviceGetAttribute, int *, int, CUdevice)            \
  X(primaryContextRetain, cuDevicePrimaryCtxRetain, CUcontext *, CUdevice)     \
  X(primaryContextRelease, cuDevicePrimaryCtxRelease_v2, CUdevice)             \
  X(contextGetCurrent, cuCtxGetCurrent, CUcontext *)                           \
  X(contextGetDevice, cuCtxGetDevice, CUdevice *)                              \
  X(contextPush, cuCtxPushCurrent_v2, CUcontext)                               \
  X(contextPop, cuCtxPopCurrent_v2, CUcontext *)                               \
  X(moduleLoadData, cuModuleLoadDataEx, CUmodule *, const void *, unsigned,    \
    int *, void **)                                                            \
  X(moduleUnload, cuModuleUnload, CUmodule)                                    \
  X(moduleGetFunction, cuModuleGetFunction, CUfunction *, CUmodule,            \
    const char *)                                                              \
  X(functionGetAttribute, cuFuncGetAttribute, int *, int, CUfunction)          \
  X(functionSetAttribute, cuFuncSetAttribute, CUfunction, int, int)            \
  X(memoryGetInfo, cuMemGetInfo_v2, size_t *, size_t *)                        \
  X(memoryAllocate, cuMemAlloc_v2, CUdeviceptr *, size_t)                      \
  X(memoryFree, cuMemFree_v2, CUdeviceptr)                                     \
  X(copyToDevice, cuMemcpyHtoD_v2, CUdeviceptr, const void *, size_t)          \
  X(copyToHost, cuMemcpyDtoH_v2, void *, CUdeviceptr, size_t)                  \
  X(streamSynchronize, cuStreamSynchronize, CUstream)                          \
  X(eventCreate, cuEventCreate, CUevent *, unsigned)                           \
  X(eventDestroy, cuEventDestroy_v2, CUevent)                                  \
  X(eventRecord, cuEventRecord, CUevent, CUstream)                             \
  X(eventSynchronize, cuEventSynchronize, CUevent)                             \
  X(eventElapsedTime, cuEventElapsedTime, float *, CUevent, CUevent)           \
  X(tensorMapEncodeTiled, cuTensorMapEncodeTiled, CUtensorMap *, int,          \
    uint32_t, void *, const uint64_t *, const uint64_t *, const uint32_t *,    \
    const uint32_t *, int, int, int, int)                                      \
  X(launchKernel, cuLaunchKernel, CUfunction, unsigned, unsigned, unsigned,    \
    unsigned, unsigned, unsigned, unsigned, CUstream, void **, void **)

/// Functions that older drivers lack and that we can do without.
#define ATTN_CUDA_OPTIONAL_FUNCTIONS(X)                                        \
  X(functionGetParamInfo, cuFuncGetParamInfo, CUfunction, size_t, size_t *,    \
    size_t *)

} // namespace attn::runtime::cuda

#endif // ATTN_RUNTIME_LIB_CUDA_DRIVERAPI_H
