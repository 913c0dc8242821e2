//===- DriverTypes.cpp - Our driver declarations against NVIDIA's ---------===//
//
// Built only where a cuda.h is found. Everything is checked by the compiler;
// running it prints the version of the header.
//
//===----------------------------------------------------------------------===//

#include <cuda.h>

#include <cstdio>
#include <type_traits>

// Ours under other names; the list of functions then means their types.
#define CUresult OurResult
#define CUdevice OurDevice
#define CUdeviceptr OurDevicePointer
#define CUcontext OurContext
#define CUmodule OurModule
#define CUfunction OurFunction
#define CUstream OurStream
#define CUevent OurEvent
#define CUtensorMap OurTensorMap
#include "CUDA/DriverApi.h"
#undef CUresult
#undef CUdevice
#undef CUdeviceptr
#undef CUcontext
#undef CUmodule
#undef CUfunction
#undef CUstream
#undef CUevent
#undef CUtensorMap

namespace ours = attn::runtime::cuda;

namespace {
/// Passed alike: equal size, and both pointers, or both integers or
/// enumerations.
template <typename A, typename B>
constexpr bool passedAlike() {
  return sizeof(A) == sizeof(B) &&
         std::is_pointer_v<A> == std::is_pointer_v<B> &&
         (std::is_pointer_v<A> ||
          std::is_floating_point_v<A> == std::is_floating_point_v<B>);
}

template <typename Ours, typename Theirs>
struct Same;
template <typename R, typename... A, typename S, typename... B>
struct Same<R (*)(A...), S (*)(B...)> {
  static constexpr bool value = [] {
    if constexpr (sizeof...(A) != sizeof...(B))
      return false;
    else
      return passedAlike<R, S>() && (passedAlike<A, B>() && ...);
  }();
};

// cuda.h's macros map a name to its newest version, which we name in full.
#define CHECK(member, symbol, ...)                                             \
  static_assert(Same<int (*)(__VA_ARGS__), decltype(&symbol)>::value,          \
                "signature of " #symbol);
ATTN_CUDA_FUNCTIONS(CHECK)
ATTN_CUDA_OPTIONAL_FUNCTIONS(CHECK)
} // namespace

static_assert(passedAlike<ours::OurResult, CUresult>());
static_assert(passedAlike<ours::OurDevice, CUdevice>());
static_assert(passedAlike<ours::OurDevicePointer, CUdeviceptr>());
static_assert(passedAlike<ours::OurContext, CUcontext>());
static_assert(passedAlike<ours::OurStream, CUstream>());
static_assert(sizeof(CUtensorMap) == sizeof(ours::OurTensorMap) &&
              alignof(CUtensorMap) == alignof(ours::OurTensorMap));

#define EQUAL(a, b) static_assert(int(a) == int(b), #a)
EQUAL(ours::kOutOfMemory, CUDA_ERROR_OUT_OF_MEMORY);
EQUAL(ours::kStubLibrary, CUDA_ERROR_STUB_LIBRARY);
EQUAL(ours::kNoDevice, CUDA_ERROR_NO_DEVICE);
EQUAL(ours::kInvalidDevice, CUDA_ERROR_INVALID_DEVICE);
EQUAL(ours::kInvalidImage, CUDA_ERROR_INVALID_IMAGE);
EQUAL(ours::kNoBinaryForGpu, CUDA_ERROR_NO_BINARY_FOR_GPU);
EQUAL(ours::kEccUncorrectable, CUDA_ERROR_ECC_UNCORRECTABLE);
EQUAL(ours::kUnsupportedPtxVersion, CUDA_ERROR_UNSUPPORTED_PTX_VERSION);
EQUAL(ours::kNotFound, CUDA_ERROR_NOT_FOUND);
EQUAL(ours::kIllegalAddress, CUDA_ERROR_ILLEGAL_ADDRESS);
EQUAL(ours::kLaunchTimeout, CUDA_ERROR_LAUNCH_TIMEOUT);
EQUAL(ours::kAssert, CUDA_ERROR_ASSERT);
EQUAL(ours::kHardwareStackError, CUDA_ERROR_HARDWARE_STACK_ERROR);
EQUAL(ours::kIllegalInstruction, CUDA_ERROR_ILLEGAL_INSTRUCTION);
EQUAL(ours::kMisalignedAddress, CUDA_ERROR_MISALIGNED_ADDRESS);
EQUAL(ours::kInvalidAddressSpace, CUDA_ERROR_INVALID_ADDRESS_SPACE);
EQUAL(ours::kInvalidPc, CUDA_ERROR_INVALID_PC);
EQUAL(ours::kLaunchFailed, CUDA_ERROR_LAUNCH_FAILED);
EQUAL(ours::kMultiprocessorCount, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
EQUAL(ours::kClockRateKilohertz, CU_DEVICE_ATTRIBUTE_CLOCK_RATE);
EQUAL(ours::kComputeCapabilityMajor,
      CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
EQUAL(ours::kComputeCapabilityMinor,
      CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
EQUAL(ours::kMaxSharedMemoryPerBlockOptin,
      CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
EQUAL(ours::kMaxThreadsPerBlock, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
EQUAL(ours::kSharedSizeBytes, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES);
EQUAL(ours::kLocalSizeBytes, CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES);
EQUAL(ours::kNumRegisters, CU_FUNC_ATTRIBUTE_NUM_REGS);
EQUAL(ours::kMaxDynamicSharedSizeBytes,
      CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES);
EQUAL(ours::kJitInfoLogBuffer, CU_JIT_INFO_LOG_BUFFER);
EQUAL(ours::kJitInfoLogBufferSizeBytes, CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES);
EQUAL(ours::kJitErrorLogBuffer, CU_JIT_ERROR_LOG_BUFFER);
EQUAL(ours::kJitErrorLogBufferSizeBytes, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES);
EQUAL(ours::kMapUint8, CU_TENSOR_MAP_DATA_TYPE_UINT8);
EQUAL(ours::kMapInt32, CU_TENSOR_MAP_DATA_TYPE_INT32);
EQUAL(ours::kMapInt64, CU_TENSOR_MAP_DATA_TYPE_INT64);
EQUAL(ours::kMapFloat16, CU_TENSOR_MAP_DATA_TYPE_FLOAT16);
EQUAL(ours::kMapFloat32, CU_TENSOR_MAP_DATA_TYPE_FLOAT32);
EQUAL(ours::kMapFloat64, CU_TENSOR_MAP_DATA_TYPE_FLOAT64);
EQUAL(ours::kMapBFloat16, CU_TENSOR_MAP_DATA_TYPE_BFLOAT16);
// The words of a manifest stand in TensorMap.cpp in the order of these.
EQUAL(0, CU_TENSOR_MAP_INTERLEAVE_NONE);
EQUAL(2, CU_TENSOR_MAP_INTERLEAVE_32B);
EQUAL(0, CU_TENSOR_MAP_SWIZZLE_NONE);
EQUAL(3, CU_TENSOR_MAP_SWIZZLE_128B);
EQUAL(0, CU_TENSOR_MAP_L2_PROMOTION_NONE);
EQUAL(3, CU_TENSOR_MAP_L2_PROMOTION_L2_256B);
EQUAL(0, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
EQUAL(1, CU_TENSOR_MAP_FLOAT_OOB_FILL_NAN_REQUEST_ZERO_FMA);

int main() {
  std::printf("agrees with cuda.h of CUDA %d.%d\n", CUDA_VERSION / 1000,
              CUDA_VERSION % 1000 / 10);
  return 0;
}
