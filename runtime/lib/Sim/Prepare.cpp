//===- Prepare.cpp - Load an entry on device sim --------------------------===//

#include "Encode.h"
#include "SimProgram.h"

namespace attn::runtime {
namespace sim {
using manifest::KernelArg;

AttnStatus SimProgram::findPlan(AttnMessage *message) {
  for (const manifest::Plan &candidate : signature().entry->plans)
    if (!plan && candidate.target.rfind("sm_", 0) == 0)
      plan = &candidate;
  if (plan)
    return ATTN_OK;
  return fail(message, ATTN_DEVICE_UNAVAILABLE,
              "entry '%s' was not compiled for a GPU (its targets: %s), and "
              "device sim executes GPU kernels; compile it with "
              "--target=sm_90a",
              signature().entry->name.c_str(), targetNames().c_str());
}

AttnStatus SimProgram::loadImage(AttnMessage *message) {
  if (!chooseWgmmaArithmetic())
    return fail(message, ATTN_DEVICE_UNAVAILABLE,
                "device sim needs a CPU with AVX2, FMA and F16C");
  for (const manifest::Image &candidate : artifact->manifest.images)
    if (candidate.target == "sim") {
      imageFile = candidate.file;
      return image.load(*artifact, candidate, message);
    }
  return fail(message, ATTN_DEVICE_UNAVAILABLE,
              "%s has no image for device sim; compile it again without "
              "--sim-image=off",
              artifact->source.c_str());
}

AttnStatus SimProgram::missing(const char *kernel, const char *suffix,
                               AttnMessage *message) const {
  return fail(message, ATTN_INVALID_ARTIFACT,
              "%s/%s: expected the symbol '%s%s' but found none",
              artifact->source.c_str(), imageFile.c_str(), kernel, suffix);
}

AttnStatus SimProgram::findKernel(const PlanStep &step, AttnMessage *message) {
  const manifest::Kernel *kernel = step.kernel;
  SimStep found;
  KernelLaunch &launch = found.launch;
  launch.name = kernel->name.c_str();
  launch.kernel =
      reinterpret_cast<AttnSimKernel>(image.symbol(kernel->name + "_sim"));
  found.strictKernel = reinterpret_cast<AttnSimKernel>(
      image.symbol(kernel->name + "_sim_strict"));
  launch.info = static_cast<const AttnSimKernelInfo *>(
      image.symbol(kernel->name + "_sim_info"));
  if (!launch.info)
    return missing(launch.name, "_sim_info", message);
  if (launch.info->abi != ATTN_SIM_ABI)
    return fail(message, ATTN_UNSUPPORTED_VERSION,
                "%s/%s was made for version %u of device sim, this runtime has "
                "version %u; compile the program again",
                artifact->source.c_str(), imageFile.c_str(), launch.info->abi,
                ATTN_SIM_ABI);
  if (!launch.kernel)
    return missing(launch.name, "_sim", message);
  if (!found.strictKernel)
    return missing(launch.name, "_sim_strict", message);
  if (launch.info->argumentCount != step.arguments.size())
    return fail(message, ATTN_INVALID_ARTIFACT,
                "kernel '%s': the manifest lists %zu arguments, its code takes "
                "%u",
                launch.name, step.arguments.size(), launch.info->argumentCount);
  for (int i = 0; i < 3; ++i)
    launch.block[i] = uint32_t((*kernel->block)[i]);
  launch.dynamicSharedBytes = uint32_t(kernel->sharedBytes.value_or(0));
  found.maps.resize(step.arguments.size());
  for (size_t i = 0; i < step.arguments.size(); ++i) {
    const PlanArgument &resolved = step.arguments[i];
    const KernelArg &argument = *resolved.argument;
    if (argument.kind != KernelArg::Kind::kTensorMap)
      continue;
    if (AttnStatus status = prepareTensorMap(
            *argument.map, resolved.dtype, argument.tensor.c_str(),
            resolved.rank, found.maps[i], message))
      return status;
  }
  if (AttnStatus status = checkLimits(launch, message))
    return status;
  code.push_back(std::move(found));
  return ATTN_OK;
}

AttnStatus SimProgram::prepare(AttnMessage *message) {
  if (AttnStatus status = findPlan(message))
    return status;
  if (!plan->steps.empty())
    if (AttnStatus status = loadImage(message))
      return status;
  resolveSteps();
  for (const PlanStep &step : steps)
    if (AttnStatus status = findKernel(step, message))
      return status;
  description = "plan for " + plan->target + ", image " + imageFile + "; " +
                std::to_string(runtime->threads) + " threads (" +
                runtime->poolName + ")";
  return ATTN_OK;
}

} // namespace sim

AttnStatus prepareSim(const std::shared_ptr<RuntimeState> &runtime,
                      const AttnPlugin *plugin,
                      const std::shared_ptr<const ArtifactState> &artifact,
                      size_t entry, std::unique_ptr<Program> &program,
                      AttnMessage *message) {
  auto made = std::make_unique<sim::SimProgram>(runtime, artifact, entry);
  if (AttnStatus status = made->prepare(message))
    return status;
  program = std::move(made);
  return ATTN_OK;
}

} // namespace attn::runtime
