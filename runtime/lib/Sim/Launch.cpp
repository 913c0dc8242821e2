//===- Launch.cpp - Run a step on device sim ------------------------------===//
//
// The same launch plan as on a GPU: tensor maps encoded, then one grid after
// the other. Results are there when it returns.
//
//===----------------------------------------------------------------------===//

#include "Encode.h"
#include "SimProgram.h"

namespace attn::runtime::sim {
using manifest::KernelArg;

manifest::Bindings SimProgram::bind(const int64_t *letters) const {
  manifest::Bindings bindings = signature().bind(letters, 1);
  bindings.sm = kMultiprocessors;
  return bindings;
}

namespace {
/// Strict mode.
struct PlanMemory : LaunchState {
  /// Of the plan, in the order of PlanArgument::tensor.
  std::vector<GlobalTensor> tensors;
  uint32_t firstCta = CtaNumbers().first; ///< Of the next launch.
};

StepMemory memoryOf(const StepLaunch &step) {
  StepMemory memory;
  const auto &plan = static_cast<const PlanMemory &>(*step.state);
  for (const PlanArgument &argument : step.step.arguments)
    memory.arguments.push_back(
        argument.argument->kind == KernelArg::Kind::kPointer ||
                argument.argument->kind == KernelArg::Kind::kTensorMap
            ? &plan.tensors[argument.tensor]
            : nullptr);
  return memory;
}
/// Numbers for the CTAs of a launch; see CtaNumbers.
uint32_t takeNumbers(const StepLaunch &step, const KernelLaunch &launch) {
  uint32_t &next = static_cast<PlanMemory &>(*step.state).firstCta;
  uint32_t first = next;
  next += 1 + launch.grid[0] * launch.grid[1] * launch.grid[2];
  return first;
}
} // namespace

std::unique_ptr<LaunchState> SimProgram::begin(const Call &call,
                                               const Layout &layout) const {
  if (call.simMode != ATTN_SIM_STRICT)
    return nullptr;
  auto memory = std::make_unique<PlanMemory>();
  const manifest::Entry &entry = *signature().entry;
  auto add = [&](const std::string &name, manifest::Dtype dtype, size_t rank) {
    TensorPlace place = locateTensor(call, layout, memory->tensors.size());
    memory->tensors.emplace_back(name.c_str(), place.data,
                                 uint32_t(manifest::dtypeBytes(dtype)), rank,
                                 place.sizes, place.strides);
  };
  for (const manifest::Tensor &argument : entry.arguments) {
    add(argument.name, argument.dtype, argument.shape.size());
    if (argument.inout)
      memory->tensors.back().setWritable(/*holdsValues=*/true);
    else
      memory->tensors.back().setReadOnly();
  }
  for (const manifest::Tensor &result : entry.results) {
    add(result.name, result.dtype, result.shape.size());
    memory->tensors.back().setWritable(/*holdsValues=*/false);
  }
  for (const manifest::Buffer &buffer : plan->buffers) {
    add(buffer.name, buffer.dtype, buffer.shape.size());
    memory->tensors.back().setWritable(/*holdsValues=*/false);
  }
  return memory;
}

/// Arguments go as cuLaunchKernel takes them: little endian makes an i64 serve
/// an i32.
AttnStatus SimProgram::run(size_t index, const StepLaunch &step,
                           AttnMessage *message) const {
  KernelLaunch launch = code[index].launch;
  std::vector<AttnSimTensorMap> maps = code[index].maps;
  const void *pointers[kMostKernelArgs];
  for (size_t i = 0; i < maps.size(); ++i) {
    pointers[i] = &step.values[i];
    const PlanArgument &resolved = step.step.arguments[i];
    const KernelArg &argument = *resolved.argument;
    if (argument.kind != KernelArg::Kind::kTensorMap)
      continue;
    pointers[i] = &maps[i];
    MapPlace place;
    if (AttnStatus status = placeMap(step, resolved, place, message))
      return status;
    if (argument.map->ifAligned && !isAligned(place, resolved.dtype)) {
      maps[i] = {};
      continue;
    }
    if (AttnStatus status =
            placeTensorMap(argument.tensor.c_str(), place, maps[i], message))
      return status;
  }
  for (int i = 0; i < 3; ++i)
    launch.grid[i] = uint32_t(step.grid[i]);
  launch.arguments = const_cast<void *const *>(pointers);
  launch.seed = step.call.scheduleSeed;
  launch.strict = step.call.simMode == ATTN_SIM_STRICT;
  StepMemory memory;
  if (launch.strict) {
    launch.kernel = code[index].strictKernel;
    memory = memoryOf(step);
    launch.memory = &memory;
  }
  LaunchCounts counts;
  if (step.call.simReport) {
    counts.begin(*launch.info,
                 launch.block[0] * launch.block[1] * launch.block[2]);
    launch.counts = &counts;
  }
  for (int64_t i = 0; i < step.times; ++i) {
    if (launch.strict)
      memory.firstCta = takeNumbers(step, launch);
    if (AttnStatus status = runGrid(*runtime, pool, launch, message))
      return status;
  }
  if (step.call.simReport)
    step.call.simReport(step.call.simReportContext, launch.name,
                        counts.toJson().c_str());
  return ATTN_OK;
}

} // namespace attn::runtime::sim
