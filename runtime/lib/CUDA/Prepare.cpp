//===- Prepare.cpp - Load an entry on a GPU -------------------------------===//
//
// Everything that is slow, allocates or may not happen while a CUDA graph is
// captured: modules, function attributes, resolved names.
//
//===----------------------------------------------------------------------===//

#include "CUDA/CudaProgram.h"

#include <algorithm>

namespace attn::runtime {
namespace cuda {
using manifest::KernelArg;

AttnStatus CudaProgram::findPlan(AttnMessage *message) {
  std::string gpus;
  for (const manifest::Plan &candidate : signature().entry->plans) {
    if (!plan && device->runs(candidate.target))
      plan = &candidate;
    if (candidate.target.rfind("sm_", 0) == 0)
      gpus += (gpus.empty() ? "" : ", ") + candidate.target;
  }
  if (plan)
    return ATTN_OK;
  const char *name = signature().entry->name.c_str();
  if (gpus.empty())
    return fail(message, ATTN_DEVICE_UNAVAILABLE,
                "entry '%s' was not compiled for a GPU (its targets: %s); "
                "compile it with --target=sm_90a",
                name, targetNames().c_str());
  return fail(message, ATTN_DEVICE_UNAVAILABLE,
              "wrong GPU: found %s, which is %s, but entry '%s' is for %s; run "
              "it on such a GPU (sm_90a: H100, H200, GH200)",
              device->name.c_str(), device->architecture().c_str(), name,
              gpus.c_str());
}

/// Kernels of one image share a module.
AttnStatus CudaProgram::load(const manifest::Kernel &kernel,
                             const Module *&module, AttnMessage *message) {
  for (const auto &known : modules)
    if (known->file() == kernel.image || known->file() == kernel.ptx) {
      module = known.get();
      return ATTN_OK;
    }
  auto made = std::make_unique<Module>(device);
  if (AttnStatus status = made->load(*artifact, kernel, warning, message))
    return status;
  modules.push_back(std::move(made));
  module = modules.back().get();
  return ATTN_OK;
}

AttnStatus CudaProgram::makeRecipes(const PlanStep &step, CudaStep &made,
                                    AttnMessage *message) const {
  for (const PlanArgument &resolved : step.arguments) {
    const KernelArg &argument = *resolved.argument;
    if (argument.kind != KernelArg::Kind::kTensorMap)
      continue;
    made.maps.emplace_back();
    MapRecipe &map = made.maps.back();
    const char *name = argument.tensor.c_str();
    if (AttnStatus status =
            makeRecipe(*argument.map, resolved.dtype, name, map, message))
      return status;
  }
  if (made.maps.size() <= kMostMaps)
    return ATTN_OK;
  return fail(message, ATTN_INVALID_ARTIFACT,
              "kernel '%s': expected at most %zu tensor maps but found %zu",
              step.kernel->name.c_str(), kMostMaps, made.maps.size());
}

/// Raises the limit of dynamic shared memory and checks what the GPU has.
AttnStatus CudaProgram::configure(const manifest::Kernel &kernel,
                                  CUfunction function,
                                  AttnMessage *message) const {
  const Driver &driver = *device->driver;
  int fixed = 0, threads = 0;
  int64_t dynamic = kernel.sharedBytes.value_or(0), block = 1;
  for (int64_t extent : *kernel.block)
    block *= extent;
  CUresult result =
      driver.functionGetAttribute(&fixed, kSharedSizeBytes, function);
  if (result == kSuccess)
    result =
        driver.functionGetAttribute(&threads, kMaxThreadsPerBlock, function);
  if (result == kSuccess && dynamic + fixed > device->sharedBytesPerBlock)
    return fail(message, ATTN_DEVICE_UNAVAILABLE,
                "kernel '%s' needs %lld bytes of shared memory per block, %s "
                "has %d",
                kernel.name.c_str(), (long long)(dynamic + fixed),
                device->name.c_str(), device->sharedBytesPerBlock);
  if (result == kSuccess && block > threads)
    return fail(message, ATTN_INVALID_ARTIFACT,
                "kernel '%s' is launched with %lld threads per block, but its "
                "code allows %d",
                kernel.name.c_str(), (long long)block, threads);
  if (result == kSuccess && dynamic > 0)
    result = driver.functionSetAttribute(function, kMaxDynamicSharedSizeBytes,
                                         int(dynamic));
  if (result == kSuccess)
    return ATTN_OK;
  return failWith(driver, result, ATTN_INVALID_ARTIFACT,
                  ("cannot configure kernel '" + kernel.name + "'").c_str(),
                  message);
}

/// Newer drivers know the parameters of a kernel: a manifest of other code is
/// then found here, not by reading beyond an array.
AttnStatus CudaProgram::checkParameters(const PlanStep &step,
                                        CUfunction function,
                                        AttnMessage *message) const {
  const Driver &driver = *device->driver;
  if (!driver.functionGetParamInfo)
    return ATTN_OK;
  size_t offset = 0, bytes = 0, count = step.arguments.size();
  for (size_t i = 0; i < count; ++i) {
    const KernelArg &argument = *step.arguments[i].argument;
    size_t expected = argument.kind == KernelArg::Kind::kTensorMap
                          ? sizeof(CUtensorMap)
                          : size_t(argument.bytes);
    if (driver.functionGetParamInfo(function, i, &offset, &bytes))
      return fail(message, ATTN_INVALID_ARTIFACT,
                  "kernel '%s': the manifest lists %zu arguments, its code "
                  "takes %zu",
                  step.kernel->name.c_str(), count, i);
    if (bytes == expected)
      continue;
    return fail(message, ATTN_INVALID_ARTIFACT,
                "kernel '%s': argument %zu has %zu bytes in its code, but the "
                "manifest says %zu",
                step.kernel->name.c_str(), i, bytes, expected);
  }
  if (driver.functionGetParamInfo(function, count, &offset, &bytes) != kSuccess)
    return ATTN_OK;
  return fail(message, ATTN_INVALID_ARTIFACT,
              "kernel '%s': the manifest lists %zu arguments, its code takes "
              "more",
              step.kernel->name.c_str(), count);
}

AttnStatus CudaProgram::findKernel(const PlanStep &step, AttnMessage *message) {
  const manifest::Kernel &kernel = *step.kernel;
  CudaStep made;
  if (AttnStatus status = makeRecipes(step, made, message))
    return status;
  const Module *module = nullptr;
  if (AttnStatus status = load(kernel, module, message))
    return status;
  if (AttnStatus status = module->function(kernel.name, made.function, message))
    return status;
  if (AttnStatus status = configure(kernel, made.function, message))
    return status;
  if (AttnStatus status = checkParameters(step, made.function, message))
    return status;
  code.push_back(std::move(made));
  return ATTN_OK;
}

void CudaProgram::describe() {
  description = device->description() + "; plan for " + plan->target;
  for (const auto &module : modules)
    description += ", " + module->file();
}

AttnStatus CudaProgram::prepare(AttnMessage *message) {
  if (AttnStatus status = findPlan(message))
    return status;
  CurrentContext current(*device->driver, device->context);
  if (current.result() != kSuccess)
    return failWith(*device->driver, current.result(), ATTN_DEVICE_UNAVAILABLE,
                    "cannot use the GPU", message);
  resolveSteps();
  for (const PlanStep &step : steps)
    if (AttnStatus status = findKernel(step, message))
      return status;
  describe();
  return ATTN_OK;
}

AttnStatus
CudaDevice::prepare(const std::shared_ptr<RuntimeState> &runtime,
                    const std::shared_ptr<const ArtifactState> &artifact,
                    size_t entry, std::unique_ptr<Program> &program,
                    AttnMessage *message) {
  auto made = std::make_unique<CudaProgram>(shared_from_this(), runtime,
                                            artifact, entry);
  if (AttnStatus status = made->prepare(message))
    return status;
  program = std::move(made);
  return ATTN_OK;
}

} // namespace cuda
} // namespace attn::runtime
