//===- CudaProgram.h - An entry ready to run on a GPU -----------*- C++ -*-===//

#ifndef ATTN_RUNTIME_LIB_CUDA_CUDAPROGRAM_H
#define ATTN_RUNTIME_LIB_CUDA_CUDAPROGRAM_H

#include "CPU/Workspace.h"
#include "CUDA/Module.h"
#include "CUDA/TensorMap.h"

namespace attn::runtime::cuda {

/// The most TMA descriptors of a kernel: all of the 4 KB a kernel's parameters
/// have on every driver.
constexpr size_t kMostMaps = 32;

/// A kernel argument with its tensor resolved: an index into Call::tensors, or
/// beyond them into the buffers of the plan.
struct ArgSource {
  manifest::KernelArg::Kind kind = manifest::KernelArg::Kind::kPointer;
  size_t tensor = 0;
  int64_t axis = 0;
  const manifest::Expr *value = nullptr;
  MapRecipe map;
};

struct ResolvedStep {
  const manifest::Step *step = nullptr;
  const manifest::Kernel *kernel = nullptr;
  CUfunction function = nullptr;
  std::vector<ArgSource> arguments;
};

struct Parameters; // Launch.cpp

class CudaProgram : public Program {
public:
  CudaProgram(std::shared_ptr<CudaDevice> device,
              std::shared_ptr<RuntimeState> runtime,
              std::shared_ptr<const ArtifactState> artifact, size_t entry)
      : Program(std::move(runtime), std::move(artifact), entry),
        device(std::move(device)) {}

  AttnStatus prepare(AttnMessage *message);
  AttnStatus workspaceBytes(const int64_t *letters, size_t *bytes,
                            AttnMessage *message) const override;
  AttnStatus launch(const Call &call, AttnMessage *message) const override;
  AttnStatus time(const Call &call, int64_t runs, double *milliseconds,
                  AttnMessage *message) const override;

private:
  AttnStatus findPlan(AttnMessage *message);
  AttnStatus resolve(const manifest::Step &step, AttnMessage *message);
  AttnStatus load(const manifest::Kernel &kernel, const Module *&module,
                  AttnMessage *message);
  AttnStatus configure(const ResolvedStep &step, AttnMessage *message) const;
  AttnStatus checkParameters(const ResolvedStep &step,
                             AttnMessage *message) const;
  AttnStatus source(const manifest::KernelArg &arg, ArgSource &source,
                    AttnMessage *message) const;
  void describe();

  manifest::Bindings bind(const int64_t *letters) const;
  AttnStatus checkWorkspace(const Call &call, const Layout &layout,
                            AttnMessage *message) const;
  AttnStatus checkGroups(const manifest::Bindings &bindings,
                         AttnMessage *message) const;
  AttnStatus fillParameters(const ResolvedStep &step, const Call &call,
                            const Layout &layout,
                            const manifest::Bindings &bindings,
                            Parameters &parameters, AttnMessage *message) const;
  AttnStatus addMap(const ResolvedStep &step, const ArgSource &arg,
                    MapTensor tensor, const Call &call, Parameters &parameters,
                    AttnMessage *message) const;
  AttnStatus runStep(const ResolvedStep &step, const Call &call,
                     const Layout &layout, const manifest::Bindings &bindings,
                     AttnMessage *message) const;

  std::shared_ptr<CudaDevice> device;
  const manifest::Plan *plan = nullptr;
  std::vector<std::unique_ptr<Module>> modules;
  std::vector<ResolvedStep> steps;
};

} // namespace attn::runtime::cuda

#endif // ATTN_RUNTIME_LIB_CUDA_CUDAPROGRAM_H
