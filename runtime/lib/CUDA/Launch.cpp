//===- Launch.cpp - Run an entry on a GPU ---------------------------------===//
//
// Only enqueues: arithmetic, descriptors encoded on the stack and one
// cuLaunchKernel per step, all of which may happen while the caller's stream is
// captured. Steps run in their order on the one stream, which satisfies every
// dependency of the plan.
//
//===----------------------------------------------------------------------===//

#include "CUDA/CudaProgram.h"

#include <algorithm>
#include <cstdio>

namespace attn::runtime::cuda {
namespace {
using manifest::KernelArg;

/// An empty tensor may have no address, which the driver does not encode: its
/// descriptor then points at any memory of the call; no kernel reads it.
void *anyAddress(const Call &call) {
  for (size_t i = 0; i < call.tensorCount; ++i)
    if (!call.tensors[i].isEmpty &&
        reinterpret_cast<uintptr_t>(call.tensors[i].data) % 16 == 0)
      return call.tensors[i].data;
  return call.workspace;
}

bool isEmpty(const MapPlace &place) {
  return std::count(place.sizes, place.sizes + place.rank, 0) != 0;
}

/// Exactly as many numbers as the driver got, to see which it did not like.
void printMap(const MapPlace &place, const MapRecipe &map, char *text,
              size_t size) {
  size_t used = size_t(std::snprintf(text, size, "address %p", place.data));
  for (int i = 0; i < map.rank && used < size; ++i) {
    int written = std::snprintf(
        text + used, size - used, ", size %lld stride %lld bytes box %u",
        (long long)place.sizes[i],
        (long long)(place.strides[i] * map.elementBytes), map.box[i]);
    used += size_t(written);
  }
}
} // namespace

/// What the driver is given for one kernel, on the stack. It reads as many
/// bytes of each argument as the kernel's parameter has; little endian makes an
/// i64 that fits serve an i32.
struct Parameters {
  CUtensorMap maps[kMostMaps];
  const void *pointers[kMostKernelArgs];
  size_t mapCount = 0, count = 0;
};

manifest::Bindings CudaProgram::bind(const int64_t *letters) const {
  manifest::Bindings bindings = signature().bind(letters, 1);
  bindings.sm = device->multiprocessors;
  return bindings;
}

AttnStatus CudaProgram::fillParameters(const CudaStep &step,
                                       const StepLaunch &launch,
                                       Parameters &parameters,
                                       AttnMessage *message) const {
  for (const PlanArgument &resolved : launch.step.arguments) {
    size_t index = parameters.count++;
    parameters.pointers[index] = &launch.values[index];
    if (resolved.argument->kind != KernelArg::Kind::kTensorMap)
      continue;
    MapPlace place;
    if (AttnStatus status = placeMap(launch, resolved, place, message))
      return status;
    const manifest::TensorMap &map = *resolved.argument->map;
    if (map.ifAligned && !isAligned(place, resolved.dtype)) {
      parameters.pointers[index] = &parameters.maps[parameters.mapCount];
      parameters.maps[parameters.mapCount++] = {};
      continue;
    }
    if (AttnStatus status = addMap(step.maps[parameters.mapCount], place,
                                   launch, parameters, message))
      return status;
  }
  return ATTN_OK;
}

AttnStatus CudaProgram::addMap(const MapRecipe &recipe, MapPlace place,
                               const StepLaunch &launch, Parameters &parameters,
                               AttnMessage *message) const {
  CUtensorMap *map = &parameters.maps[parameters.mapCount++];
  parameters.pointers[parameters.count - 1] = map;
  if (isEmpty(place))
    place.data = static_cast<char *>(anyAddress(launch.call));
  CUresult result = encode(*device->driver, recipe, place, map);
  if (result == kSuccess)
    return ATTN_OK;
  char fields[400] = "";
  printMap(place, recipe, fields, sizeof fields);
  return fail(message, ATTN_CONTRACT,
              "kernel '%s': the driver refused the tensor map of argument %zu: "
              "%s; innermost first it has %s",
              launch.name(), parameters.count - 1,
              ErrorText(*device->driver, result).text, fields);
}

AttnStatus CudaProgram::run(size_t index, const StepLaunch &step,
                            AttnMessage *message) const {
  Parameters parameters;
  if (AttnStatus status =
          fillParameters(code[index], step, parameters, message))
    return status;
  const manifest::Kernel &kernel = *step.step.kernel;
  const int64_t *grid = step.grid;
  const auto &block = *kernel.block;
  unsigned shared = unsigned(kernel.sharedBytes.value_or(0));
  auto stream = static_cast<CUstream>(step.call.launch->stream);
  device->noteLaunch(kernel.name);
  for (int64_t i = 0; i < step.times; ++i) {
    CUresult result = device->driver->launchKernel(
        code[index].function, unsigned(grid[0]), unsigned(grid[1]),
        unsigned(grid[2]), unsigned(block[0]), unsigned(block[1]),
        unsigned(block[2]), shared, stream,
        const_cast<void **>(parameters.pointers), nullptr);
    if (result == kSuccess)
      continue;
    char what[512];
    std::snprintf(what, sizeof what,
                  "cannot launch kernel '%s' (grid %lld, %lld, %lld; block "
                  "%lld, %lld, %lld; %u bytes of shared memory)",
                  step.name(), (long long)grid[0], (long long)grid[1],
                  (long long)grid[2], (long long)block[0], (long long)block[1],
                  (long long)block[2], shared);
    return failWith(*device->driver, result,
                    result == kOutOfMemory ? ATTN_OUT_OF_MEMORY
                                           : ATTN_DEVICE_ERROR,
                    what, message);
  }
  return ATTN_OK;
}

AttnStatus CudaProgram::launch(const Call &call, AttnMessage *message) const {
  CurrentContext current(*device->driver, device->context);
  if (current.result() != kSuccess)
    return failWith(*device->driver, current.result(), ATTN_DEVICE_ERROR,
                    "cannot use the GPU", message);
  return PlanProgram::launch(call, message);
}

} // namespace attn::runtime::cuda
