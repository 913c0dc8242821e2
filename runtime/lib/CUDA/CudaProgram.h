//===- CudaProgram.h - An entry ready to run on a GPU -----------*- C++ -*-===//

#ifndef ATTN_RUNTIME_LIB_CUDA_CUDAPROGRAM_H
#define ATTN_RUNTIME_LIB_CUDA_CUDAPROGRAM_H

#include "CUDA/Module.h"
#include "CUDA/TensorMap.h"
#include "PlanProgram.h"

namespace attn::runtime::cuda {

/// The most TMA descriptors of a kernel: all of the 4 KB a kernel's parameters
/// have on every driver.
constexpr size_t kMostMaps = 32;

/// What a step of the plan needs beyond its numbers.
struct CudaStep {
  CUfunction function = nullptr;
  std::vector<MapRecipe> maps; ///< Of the tensor maps among the arguments.
};

struct Parameters; // Launch.cpp

class CudaProgram : public PlanProgram {
public:
  CudaProgram(std::shared_ptr<CudaDevice> device,
              std::shared_ptr<RuntimeState> runtime,
              std::shared_ptr<const ArtifactState> artifact, size_t entry)
      : PlanProgram(std::move(runtime), std::move(artifact), entry),
        device(std::move(device)) {}

  AttnStatus prepare(AttnMessage *message);
  AttnStatus launch(const Call &call, AttnMessage *message) const override;
  AttnStatus time(const Call &call, int64_t runs, double *milliseconds,
                  AttnMessage *message) const override;

private:
  AttnStatus findPlan(AttnMessage *message);
  AttnStatus findKernel(const PlanStep &step, AttnMessage *message);
  AttnStatus makeRecipes(const PlanStep &step, CudaStep &made,
                         AttnMessage *message) const;
  AttnStatus load(const manifest::Kernel &kernel, const Module *&module,
                  AttnMessage *message);
  AttnStatus configure(const manifest::Kernel &kernel, CUfunction function,
                       AttnMessage *message) const;
  AttnStatus checkParameters(const PlanStep &step, CUfunction function,
                             AttnMessage *message) const;
  void describe();

  manifest::Bindings bind(const int64_t *letters) const override;
  AttnStatus fillParameters(const CudaStep &step, const StepLaunch &launch,
                            Parameters &parameters, AttnMessage *message) const;
  AttnStatus addMap(const MapRecipe &recipe, MapPlace place,
                    const StepLaunch &launch, Parameters &parameters,
                    AttnMessage *message) const;
  AttnStatus run(size_t index, const StepLaunch &launch,
                 AttnMessage *message) const override;

  std::shared_ptr<CudaDevice> device;
  std::vector<std::unique_ptr<Module>> modules;
  std::vector<CudaStep> code; ///< One per step.
};

} // namespace attn::runtime::cuda

#endif // ATTN_RUNTIME_LIB_CUDA_CUDAPROGRAM_H
