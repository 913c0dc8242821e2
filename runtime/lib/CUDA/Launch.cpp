//===- Launch.cpp - Run an entry on a GPU ---------------------------------===//
//
// Only enqueues: arithmetic, descriptors encoded on the stack and one
// cuLaunchKernel per step, all of which may happen while the caller's stream is
// captured. Steps run in their order on the one stream, which satisfies every
// dependency of the plan.
//
//===----------------------------------------------------------------------===//

#include "CUDA/CudaProgram.h"

#include <cstdio>

namespace attn::runtime::cuda {
namespace {
using manifest::KernelArg;

constexpr size_t kMostKernelArgs = 512; ///< The manifest checker's limit.
constexpr int64_t kMostGrid[3] = {INT32_MAX, 65535, 65535};

/// Where an argument's tensor lies in this call.
MapTensor locate(const ArgSource &arg, const Call &call, const Layout &layout) {
  if (arg.tensor < call.tensorCount) {
    const BoundTensor &tensor = call.tensors[arg.tensor];
    return {tensor.data, tensor.sizes, tensor.strides};
  }
  const PlacedBuffer &buffer = layout.buffers[arg.tensor - call.tensorCount];
  return {call.workspace + buffer.offset, buffer.sizes, buffer.strides};
}

/// An empty tensor may have no address, which the driver does not encode: its
/// descriptor then points at any memory of the call; no kernel reads it.
void *anyAddress(const Call &call) {
  for (size_t i = 0; i < call.tensorCount; ++i)
    if (!call.tensors[i].isEmpty &&
        reinterpret_cast<uintptr_t>(call.tensors[i].data) % 16 == 0)
      return call.tensors[i].data;
  return call.workspace;
}

bool isEmpty(const MapTensor &tensor, const MapRecipe &map) {
  for (int i = 0; i < map.rank; ++i)
    if (tensor.sizes[map.axes[i]] == 0)
      return true;
  return false;
}

/// Exactly as many numbers as the driver got, to see which it did not like.
void printMap(const MapTensor &tensor, const MapRecipe &map, char *text,
              size_t size) {
  size_t used = size_t(std::snprintf(text, size, "address %p", tensor.data));
  for (int i = 0; i < map.rank && used < size; ++i) {
    int written = std::snprintf(
        text + used, size - used, ", size %lld stride %lld bytes box %u",
        (long long)tensor.sizes[map.axes[i]],
        (long long)(tensor.strides[map.axes[i]] * map.elementBytes),
        map.box[i]);
    used += size_t(written);
  }
}
} // namespace

/// The arguments of one kernel, on the stack. The driver reads as many bytes of
/// each as the kernel's parameter has; little endian makes an i64 serve an i32.
struct Parameters {
  CUtensorMap maps[kMostMaps];
  int64_t values[kMostKernelArgs];
  void *pointers[kMostKernelArgs];
  size_t mapCount = 0, count = 0;

  void add(int64_t value) {
    values[count] = value;
    pointers[count] = &values[count];
    ++count;
  }
};

manifest::Bindings CudaProgram::bind(const int64_t *letters) const {
  manifest::Bindings bindings = signature().bind(letters, 1);
  bindings.sm = device->multiprocessors;
  return bindings;
}

AttnStatus CudaProgram::workspaceBytes(const int64_t *letters, size_t *bytes,
                                       AttnMessage *message) const {
  Layout layout;
  if (AttnStatus status =
          layOut(artifact->manifest, *plan, bind(letters), layout, message))
    return status;
  *bytes = size_t(layout.bytes);
  return ATTN_OK;
}

AttnStatus CudaProgram::checkWorkspace(const Call &call, const Layout &layout,
                                       AttnMessage *message) const {
  if (layout.bytes && !call.workspace)
    return fail(message, ATTN_CONTRACT,
                "the workspace is null, expected %lld bytes",
                (long long)layout.bytes);
  if (call.workspaceBytes < size_t(layout.bytes))
    return fail(message, ATTN_CONTRACT,
                "the workspace has %zu bytes, expected at least %lld",
                call.workspaceBytes, (long long)layout.bytes);
  if (reinterpret_cast<uintptr_t>(call.workspace) % 64)
    return fail(message, ATTN_CONTRACT,
                "the workspace at %p is not a multiple of 64 bytes",
                static_cast<void *>(call.workspace));
  return ATTN_OK;
}

/// The manifest was checked at load, but only at chosen sizes.
AttnStatus CudaProgram::checkGroups(const manifest::Bindings &bindings,
                                    AttnMessage *message) const {
  for (const ResolvedStep &first : steps) {
    if (!first.step->when)
      continue;
    int64_t chosen = 0;
    for (const ResolvedStep &other : steps)
      if (other.step->when &&
          other.step->when->group == first.step->when->group)
        chosen += manifest::evaluate(other.step->when->condition, bindings)
                      .value_or(0) != 0;
    if (chosen != 1)
      return fail(message, ATTN_INVALID_ARTIFACT,
                  "expected exactly one step of group '%s' to run for these "
                  "sizes but found %lld",
                  first.step->when->group.c_str(), (long long)chosen);
  }
  return ATTN_OK;
}

AttnStatus CudaProgram::fillParameters(const ResolvedStep &resolved,
                                       const Call &call, const Layout &layout,
                                       const manifest::Bindings &bindings,
                                       Parameters &parameters,
                                       AttnMessage *message) const {
  for (const ArgSource &arg : resolved.arguments) {
    if (arg.kind == KernelArg::Kind::kScalar) {
      auto value = manifest::evaluate(*arg.value, bindings);
      if (!value)
        return fail(message, ATTN_CONTRACT,
                    "kernel '%s': argument %zu overflows for these letters",
                    resolved.kernel->name.c_str(), parameters.count);
      parameters.add(*value);
      continue;
    }
    MapTensor tensor = locate(arg, call, layout);
    if (arg.kind == KernelArg::Kind::kPointer)
      parameters.add(reinterpret_cast<int64_t>(tensor.data));
    else if (arg.kind == KernelArg::Kind::kSize)
      parameters.add(tensor.sizes[arg.axis]);
    else if (arg.kind == KernelArg::Kind::kStride)
      parameters.add(tensor.strides[arg.axis]);
    else if (AttnStatus status =
                 addMap(resolved, arg, tensor, call, parameters, message))
      return status;
  }
  return ATTN_OK;
}

AttnStatus CudaProgram::addMap(const ResolvedStep &resolved,
                               const ArgSource &arg, MapTensor tensor,
                               const Call &call, Parameters &parameters,
                               AttnMessage *message) const {
  CUtensorMap *map = &parameters.maps[parameters.mapCount++];
  parameters.pointers[parameters.count++] = map;
  if (isEmpty(tensor, arg.map))
    tensor.data = anyAddress(call);
  CUresult result = encode(*device->driver, arg.map, tensor, map);
  if (result == kSuccess)
    return ATTN_OK;
  char fields[400] = "";
  printMap(tensor, arg.map, fields, sizeof fields);
  return fail(message, ATTN_CONTRACT,
              "kernel '%s': the driver refused the tensor map of argument %zu: "
              "%s; innermost first it has %s",
              resolved.kernel->name.c_str(), parameters.count - 1,
              ErrorText(*device->driver, result).text, fields);
}

AttnStatus CudaProgram::runStep(const ResolvedStep &resolved, const Call &call,
                                const Layout &layout,
                                const manifest::Bindings &bindings,
                                AttnMessage *message) const {
  const manifest::Step &step = *resolved.step;
  const char *name = resolved.kernel->name.c_str();
  if (step.when &&
      !manifest::evaluate(step.when->condition, bindings).value_or(0))
    return ATTN_OK;
  int64_t grid[3], times = 1;
  bool isNothing = false;
  for (int i = 0; i < 3; ++i) {
    grid[i] = manifest::evaluate((*step.grid)[i], bindings).value_or(-1);
    if (grid[i] < 0 || grid[i] > kMostGrid[i])
      return fail(message, ATTN_CONTRACT,
                  "kernel '%s': its grid has %lld blocks on axis %d for these "
                  "sizes, expected 0 to %lld; use smaller sizes",
                  name, (long long)grid[i], i, (long long)kMostGrid[i]);
    isNothing |= grid[i] == 0;
  }
  if (step.repeat)
    times = manifest::evaluate(*step.repeat, bindings).value_or(-1);
  if (times < 0)
    return fail(message, ATTN_CONTRACT,
                "kernel '%s': its repeat count overflows or is negative for "
                "these letters",
                name);
  if (isNothing)
    return ATTN_OK;
  Parameters parameters;
  if (AttnStatus status =
          fillParameters(resolved, call, layout, bindings, parameters, message))
    return status;
  const auto &block = *resolved.kernel->block;
  unsigned shared = unsigned(resolved.kernel->sharedBytes.value_or(0));
  auto stream = static_cast<CUstream>(call.launch->stream);
  device->noteLaunch(resolved.kernel->name);
  for (int64_t i = 0; i < times; ++i) {
    CUresult result = device->driver->launchKernel(
        resolved.function, unsigned(grid[0]), unsigned(grid[1]),
        unsigned(grid[2]), unsigned(block[0]), unsigned(block[1]),
        unsigned(block[2]), shared, stream, parameters.pointers, nullptr);
    if (result == kSuccess)
      continue;
    char what[512];
    std::snprintf(what, sizeof what,
                  "cannot launch kernel '%s' (grid %lld, %lld, %lld; block "
                  "%lld, %lld, %lld; %u bytes of shared memory)",
                  name, (long long)grid[0], (long long)grid[1],
                  (long long)grid[2], (long long)block[0], (long long)block[1],
                  (long long)block[2], shared);
    return failWith(*device->driver, result, ATTN_DEVICE_ERROR, what, message);
  }
  return ATTN_OK;
}

AttnStatus CudaProgram::launch(const Call &call, AttnMessage *message) const {
  manifest::Bindings bindings = bind(call.letters);
  Layout layout;
  if (AttnStatus status =
          layOut(artifact->manifest, *plan, bindings, layout, message))
    return status;
  if (AttnStatus status = checkWorkspace(call, layout, message))
    return status;
  if (AttnStatus status = checkGroups(bindings, message))
    return status;
  CurrentContext current(*device->driver, device->context);
  if (current.result() != kSuccess)
    return failWith(*device->driver, current.result(), ATTN_DEVICE_ERROR,
                    "cannot use the GPU", message);
  for (const ResolvedStep &step : steps)
    if (AttnStatus status = runStep(step, call, layout, bindings, message))
      return status;
  return ATTN_OK;
}

} // namespace attn::runtime::cuda
