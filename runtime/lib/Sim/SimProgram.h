//===- SimProgram.h - An entry ready to run on device sim -------*- C++ -*-===//

#ifndef ATTN_RUNTIME_LIB_SIM_SIMPROGRAM_H
#define ATTN_RUNTIME_LIB_SIM_SIMPROGRAM_H

#include "CPU/Image.h"
#include "Grid.h"
#include "PlanProgram.h"

namespace attn::runtime::sim {

/// Multiprocessors that a launch plan may count on: few, so that CTAs of small
/// launches have several tiles each.
constexpr int64_t kMultiprocessors = 3;

/// What a step of the plan needs beyond its numbers.
struct SimStep {
  KernelLaunch launch; ///< Without arguments, grid and seed; not strict.
  AttnSimKernel strictKernel = nullptr;
  /// One per argument; without the tensor's place. Unused but for tensor maps.
  std::vector<AttnSimTensorMap> maps;
};

class SimProgram : public PlanProgram {
public:
  using PlanProgram::PlanProgram;

  AttnStatus prepare(AttnMessage *message);

private:
  AttnStatus findPlan(AttnMessage *message);
  AttnStatus loadImage(AttnMessage *message);
  AttnStatus missing(const char *kernel, const char *suffix,
                     AttnMessage *message) const;
  AttnStatus findKernel(const PlanStep &step, AttnMessage *message);

  manifest::Bindings bind(const int64_t *letters) const override;
  std::unique_ptr<LaunchState> begin(const Call &call,
                                     const Layout &layout) const override;
  AttnStatus run(size_t index, const StepLaunch &launch,
                 AttnMessage *message) const override;

  std::string imageFile;
  Image image;
  std::vector<SimStep> code; ///< One per step.
  mutable CtaPool pool;
};

} // namespace attn::runtime::sim

#endif // ATTN_RUNTIME_LIB_SIM_SIMPROGRAM_H
