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
    TensorPlace place = step.locate(resolved);
    pointers[i] = &maps[i];
    if (AttnStatus status =
            placeTensorMap(*argument.map, argument.tensor.c_str(), place.data,
                           place.sizes, place.strides, maps[i], message))
      return status;
  }
  for (int i = 0; i < 3; ++i)
    launch.grid[i] = uint32_t(step.grid[i]);
  launch.arguments = const_cast<void *const *>(pointers);
  launch.seed = step.call.scheduleSeed;
  launch.strict = step.call.simMode == ATTN_SIM_STRICT;
  if (launch.strict)
    launch.kernel = code[index].strictKernel;
  for (int64_t i = 0; i < step.times; ++i)
    if (AttnStatus status = runGrid(*runtime, pool, launch, message))
      return status;
  return ATTN_OK;
}

} // namespace attn::runtime::sim
