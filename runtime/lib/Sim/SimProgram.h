//===- SimProgram.h - An entry ready to run on device sim -------*- C++ -*-===//

#ifndef ATTN_RUNTIME_LIB_SIM_SIMPROGRAM_H
#define ATTN_RUNTIME_LIB_SIM_SIMPROGRAM_H

#include "CPU/Image.h"
#include "CPU/Workspace.h"
#include "Grid.h"

namespace attn::runtime::sim {

/// Multiprocessors that a launch plan may count on: those of an H100 SXM.
constexpr int64_t kMultiprocessors = 132;

/// A kernel argument with its tensor resolved: an index into Call::tensors, or
/// beyond them into the buffers of the plan.
struct ArgSource {
  const manifest::KernelArg *argument = nullptr;
  size_t tensor = 0;
  AttnSimTensorMap map; ///< kTensorMap only; without the tensor's place.
};

struct ResolvedStep {
  const manifest::Step *step = nullptr;
  KernelLaunch launch; ///< Without arguments, grid and seed.
  std::vector<ArgSource> arguments;
};

class SimProgram : public Program {
public:
  using Program::Program;

  AttnStatus prepare(AttnMessage *message);
  AttnStatus workspaceBytes(const int64_t *letters, size_t *bytes,
                            AttnMessage *message) const override;
  AttnStatus launch(const Call &call, AttnMessage *message) const override;

private:
  AttnStatus findPlan(AttnMessage *message);
  AttnStatus loadImage(AttnMessage *message);
  AttnStatus resolve(const manifest::Step &step, AttnMessage *message);
  AttnStatus source(const manifest::KernelArg &argument, ArgSource &source,
                    AttnMessage *message) const;

  manifest::Bindings bind(const int64_t *letters) const;
  AttnStatus checkWorkspace(const Call &call, const Layout &layout,
                            AttnMessage *message) const;
  AttnStatus checkGroups(const manifest::Bindings &bindings,
                         AttnMessage *message) const;
  AttnStatus runStep(const ResolvedStep &step, const Call &call,
                     const Layout &layout, const manifest::Bindings &bindings,
                     AttnMessage *message) const;

  const manifest::Plan *plan = nullptr;
  std::string imageFile;
  Image image;
  std::vector<ResolvedStep> steps;
  mutable CtaPool pool;
};

} // namespace attn::runtime::sim

#endif // ATTN_RUNTIME_LIB_SIM_SIMPROGRAM_H
