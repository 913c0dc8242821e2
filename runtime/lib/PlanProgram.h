//===- PlanProgram.h - An entry that runs a launch plan ---------*- C++ -*-===//
//
// One walk over the steps of a plan for every device: `when`, `repeat`, grids
// and arguments are evaluated here, on the stack. A device finds its plan,
// loads code, and runs one evaluated step.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_PLANPROGRAM_H
#define ATTN_RUNTIME_LIB_PLANPROGRAM_H

#include "State.h"
#include "Workspace.h"

namespace attn::runtime {

constexpr size_t kMostKernelArgs = 512; ///< The manifest checker's limit.

/// A kernel argument with its tensor resolved.
struct PlanArgument {
  const manifest::KernelArg *argument = nullptr;
  /// Index into Call::tensors, or beyond them into the buffers of the plan.
  size_t tensor = 0;
  std::optional<size_t> view; ///< Of that tensor, index into Call::views.
  manifest::Dtype dtype = manifest::Dtype::kF32; ///< Of the tensor.
  size_t rank = 0;
};

struct PlanStep {
  const manifest::Step *step = nullptr;
  const manifest::Kernel *kernel = nullptr;
  std::vector<PlanArgument> arguments;
};

/// Where a tensor lies at a launch; sizes and strides in elements by axis.
struct TensorPlace {
  char *data;
  const int64_t *sizes, *strides;
};

/// Where tensor number `tensor` of a plan lies: arguments, results, buffers.
TensorPlace locateTensor(const Call &call, const Layout &layout, size_t tensor);

/// What a device keeps from the first step of a launch to the last.
struct LaunchState {
  virtual ~LaunchState() = default;
};

/// One step for the sizes of a launch.
struct StepLaunch {
  StepLaunch(const PlanStep &step, const Call &call, const Layout &layout,
             const manifest::Bindings &bindings)
      : step(step), call(call), layout(layout), bindings(&bindings) {}

  const char *name() const { return step.kernel->name.c_str(); }
  TensorPlace locate(const PlanArgument &argument) const {
    TensorPlace place = locateTensor(call, layout, argument.tensor);
    if (argument.view) {
      place.sizes = call.views[*argument.view].sizes;
      place.strides = call.views[*argument.view].strides;
    }
    return place;
  }

  const PlanStep &step;
  const Call &call;
  const Layout &layout;
  const manifest::Bindings *bindings; ///< Values of the letters.
  LaunchState *state = nullptr;       ///< What `begin` made.
  int64_t grid[3] = {1, 1, 1};        ///< 1 or more.
  int64_t times = 1;                  ///< 0 or more.
  /// Bits of pointers, sizes, strides and scalars; nothing for tensor maps.
  int64_t values[kMostKernelArgs];
};

class PlanProgram : public Program {
public:
  using Program::Program;

  AttnStatus workspaceBytes(const int64_t *letters, size_t *bytes,
                            AttnMessage *message) const override;
  AttnStatus launch(const Call &call, AttnMessage *message) const override;

protected:
  /// Makes `steps` of `plan`.
  void resolveSteps();
  /// Targets of the entry for a message: "cpu, sm_90a", or "none".
  std::string targetNames() const;

  virtual manifest::Bindings bind(const int64_t *letters) const = 0;
  /// Before the first step of a launch.
  virtual std::unique_ptr<LaunchState> begin(const Call &,
                                             const Layout &) const {
    return nullptr;
  }
  /// Runs step number `index` of `steps`.
  virtual AttnStatus run(size_t index, const StepLaunch &launch,
                         AttnMessage *message) const = 0;

  const manifest::Plan *plan = nullptr; ///< Set before resolveSteps.
  std::vector<PlanStep> steps;

private:
  PlanArgument resolve(const manifest::KernelArg &argument) const;
  AttnStatus checkGroups(const manifest::Bindings &bindings,
                         AttnMessage *message) const;
  AttnStatus walkStep(size_t index, const Call &call, const Layout &layout,
                      const manifest::Bindings &bindings, LaunchState *state,
                      AttnMessage *message) const;
};

} // namespace attn::runtime

#endif // ATTN_RUNTIME_LIB_PLANPROGRAM_H
