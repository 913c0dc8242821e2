//===- CpuProgram.cpp - The device `cpu` ----------------------------------===//
//
// Prepares the plan for target "cpu" of an entry (image loaded, variant chosen,
// symbols resolved) and calls the kernel of every step. A launch works on the
// stack and the caller's workspace only.
//
//===----------------------------------------------------------------------===//

#include "Arena.h"
#include "Image.h"
#include "MeasuredLoop.h"
#include "PlanProgram.h"
#include "Variants.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace attn::runtime {
namespace {
class CpuProgram : public PlanProgram {
public:
  using PlanProgram::PlanProgram;

  AttnStatus prepare(AttnMessage *message);

private:
  AttnStatus findPlan(AttnMessage *message);
  AttnStatus findKernel(const PlanStep &step, AttnMessage *message);
  AttnStatus image(const std::string &file, const Image *&loaded,
                   std::string &variant, AttnMessage *message);
  manifest::Bindings bind(const int64_t *letters) const override {
    return signature().bind(letters, runtime->threads);
  }
  AttnStatus run(size_t index, const StepLaunch &launch,
                 AttnMessage *message) const override;

  struct LoadedImage {
    std::string file;
    std::string variant;
    Image image;
  };

  std::vector<std::unique_ptr<LoadedImage>> images;
  struct LoadedKernel {
    AttnCpuKernel entry;
    const char *turns; ///< Names, as CpuAbi.h says.
  };
  std::vector<LoadedKernel> kernels; ///< One per step.
};

AttnStatus CpuProgram::findPlan(AttnMessage *message) {
  for (const manifest::Plan &candidate : signature().entry->plans)
    if (candidate.target == "cpu")
      plan = &candidate;
  if (plan)
    return ATTN_OK;
  return fail(message, ATTN_DEVICE_UNAVAILABLE,
              "entry '%s' was not compiled for target 'cpu' (its targets: %s); "
              "compile it with --target=cpu",
              signature().entry->name.c_str(), targetNames().c_str());
}

AttnStatus CpuProgram::image(const std::string &file, const Image *&loaded,
                             std::string &variant, AttnMessage *message) {
  for (const auto &known : images)
    if (known->file == file) {
      loaded = &known->image;
      variant = known->variant;
      return ATTN_OK;
    }
  const auto &all = artifact->manifest.images;
  auto found = std::find_if(all.begin(), all.end(),
                            [&](const auto &i) { return i.file == file; });
  VariantChoice choice = chooseVariant(detectCpuFeatures(), found->variants,
                                       std::getenv("ATTN_CPU"), requestTiles);
  if (choice.variant.empty())
    return fail(message, ATTN_DEVICE_UNAVAILABLE, "%s", choice.text.c_str());
  auto entry = std::make_unique<LoadedImage>();
  entry->file = file;
  entry->variant = variant = choice.variant;
  if (AttnStatus status = entry->image.load(*artifact, *found, message))
    return status;
  description += "image " + file + ", variant " + variant + ": " + choice.text +
                 "; " + std::to_string(runtime->threads) + " threads (" +
                 runtime->poolName + ")";
  images.push_back(std::move(entry));
  loaded = &images.back()->image;
  return ATTN_OK;
}

AttnStatus CpuProgram::findKernel(const PlanStep &step, AttnMessage *message) {
  const manifest::Kernel &kernel = *step.kernel;
  const Image *loaded = nullptr;
  std::string variant;
  if (AttnStatus status = image(*kernel.image, loaded, variant, message))
    return status;
  std::string name = kernel.name + "_" + variant;
  auto entry = reinterpret_cast<AttnCpuKernel>(loaded->symbol(name));
  auto turns = static_cast<const char *>(loaded->symbol(name + "_turns"));
  kernels.push_back({entry, turns ? turns : ""});
  if (entry)
    return ATTN_OK;
  return fail(message, ATTN_INVALID_ARTIFACT,
              "%s/%s: expected the symbol '%s' but found none",
              artifact->source.c_str(), kernel.image->c_str(), name.c_str());
}

AttnStatus CpuProgram::prepare(AttnMessage *message) {
  if (AttnStatus status = findPlan(message))
    return status;
  resolveSteps();
  for (const PlanStep &step : steps)
    if (AttnStatus status = findKernel(step, message))
      return status;
  return ATTN_OK;
}

AttnStatus CpuProgram::run(size_t index, const StepLaunch &launch,
                           AttnMessage *) const {
  const LoadedKernel &kernel = kernels[index];
  FlushingLoop loop{runtime->parallelFor, runtime->pool};
  const Layout &layout = launch.layout;
  AttnCpuHost host{&FlushingLoop::run, &loop,
                   layout.scratchBytes
                       ? launch.call.workspace + layout.scratchOffset
                       : nullptr};
  for (int64_t i = 0; i < launch.times; ++i) {
    MeasuredLoop measured{loop, launch.call, launch.name(), kernel.turns};
    if (launch.call.turnReport) {
      host.parallelFor = &MeasuredLoop::run;
      host.pool = &measured;
    }
    kernel.entry(launch.values, &host);
  }
  return ATTN_OK;
}
} // namespace

AttnStatus prepareCpu(const std::shared_ptr<RuntimeState> &runtime,
                      const AttnPlugin *plugin,
                      const std::shared_ptr<const ArtifactState> &artifact,
                      size_t entry, std::unique_ptr<Program> &program,
                      AttnMessage *message) {
  auto made = std::make_unique<CpuProgram>(runtime, artifact, entry);
  if (AttnStatus status = made->prepare(message))
    return status;
  program = std::move(made);
  return ATTN_OK;
}

} // namespace attn::runtime
