//===- CpuProgram.cpp - The device `cpu` ----------------------------------===//
//
// Prepares the plan for target "cpu" of an entry (image loaded, variant chosen,
// symbols and tensor names resolved) and launches it: evaluates sizes, fills
// the flat argument list of every step and calls the kernel. A launch works on
// the stack and the caller's workspace only.
//
//===----------------------------------------------------------------------===//

#include "Arena.h"
#include "FloatMode.h"
#include "Image.h"
#include "State.h"
#include "Variants.h"
#include "Workspace.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <sys/syscall.h>
#include <unistd.h>

namespace attn::runtime {
namespace {
using manifest::KernelArg;

constexpr size_t kMostKernelArgs = 512; ///< The manifest checker's limit.

/// A kernel argument with its tensor resolved: an index into Call::tensors, or
/// beyond them into the buffers of the plan.
struct ArgSource {
  KernelArg::Kind kind;
  size_t tensor;
  int64_t axis;
  const manifest::Expr *value;
};

struct ResolvedStep {
  const manifest::Step *step;
  AttnCpuKernel kernel;
  std::vector<ArgSource> arguments;
};

class CpuProgram : public Program {
public:
  using Program::Program;

  AttnStatus prepare(AttnMessage *message);
  AttnStatus workspaceBytes(const int64_t *letters, size_t *bytes,
                            AttnMessage *message) const override;
  AttnStatus launch(const Call &call, AttnMessage *message) const override;

private:
  AttnStatus findPlan(AttnMessage *message);
  AttnStatus resolve(const manifest::Step &step, AttnMessage *message);
  AttnStatus image(const std::string &file, const Image *&loaded,
                   std::string &variant, AttnMessage *message);
  ArgSource source(const KernelArg &arg) const;
  AttnStatus checkGroups(const manifest::Bindings &bindings,
                         AttnMessage *message) const;
  AttnStatus runStep(const ResolvedStep &resolved, const Call &call,
                     const Layout &layout, const manifest::Bindings &bindings,
                     AttnMessage *message) const;

  struct LoadedImage {
    std::string file;
    std::string variant;
    Image image;
  };

  const manifest::Plan *plan = nullptr;
  std::vector<std::unique_ptr<LoadedImage>> images;
  std::vector<ResolvedStep> steps;
};

AttnStatus CpuProgram::findPlan(AttnMessage *message) {
  std::string targets;
  for (const manifest::Plan &candidate : signature().entry->plans) {
    if (candidate.target == "cpu")
      plan = &candidate;
    targets += (targets.empty() ? "" : ", ") + candidate.target;
  }
  if (plan)
    return ATTN_OK;
  return fail(message, ATTN_DEVICE_UNAVAILABLE,
              "entry '%s' was not compiled for target 'cpu' (its targets: %s); "
              "compile it with --target=cpu",
              signature().entry->name.c_str(),
              targets.empty() ? "none" : targets.c_str());
}

/// Linux gives the tile registers only to processes that ask for them.
AttnStatus requestTiles(AttnMessage *message) {
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  if (syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0)
    return ATTN_OK;
  return fail(message, ATTN_DEVICE_UNAVAILABLE,
              "the operating system does not give this process AMX tiles");
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
                                       std::getenv("ATTN_CPU"));
  if (choice.variant.empty())
    return fail(message, ATTN_DEVICE_UNAVAILABLE, "%s", choice.text.c_str());
  if (choice.variant == "amx")
    if (AttnStatus status = requestTiles(message))
      return status;
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

ArgSource CpuProgram::source(const KernelArg &arg) const {
  ArgSource source{arg.kind, 0, arg.axis, &arg.value};
  const Signature &s = signature();
  for (size_t i = 0; i < s.tensorCount(); ++i)
    if (s.tensor(i).name == arg.tensor)
      source.tensor = i;
  for (size_t i = 0; i < plan->buffers.size(); ++i)
    if (plan->buffers[i].name == arg.tensor)
      source.tensor = s.tensorCount() + i;
  return source;
}

AttnStatus CpuProgram::resolve(const manifest::Step &step,
                               AttnMessage *message) {
  const manifest::Kernel *kernel =
      manifest::findKernel(artifact->manifest, "cpu", step.kernel);
  const Image *loaded = nullptr;
  std::string variant;
  if (AttnStatus status = image(*kernel->image, loaded, variant, message))
    return status;
  std::string name = kernel->name + "_" + variant;
  ResolvedStep resolved{&step, nullptr, {}};
  resolved.kernel = reinterpret_cast<AttnCpuKernel>(loaded->symbol(name));
  if (!resolved.kernel)
    return fail(message, ATTN_INVALID_ARTIFACT,
                "%s/%s: expected the symbol '%s' but found none",
                artifact->source.c_str(), kernel->image->c_str(), name.c_str());
  for (const KernelArg &arg : step.arguments)
    resolved.arguments.push_back(source(arg));
  steps.push_back(std::move(resolved));
  return ATTN_OK;
}

AttnStatus CpuProgram::prepare(AttnMessage *message) {
  if (AttnStatus status = findPlan(message))
    return status;
  for (const manifest::Step &step : plan->steps)
    if (AttnStatus status = resolve(step, message))
      return status;
  return ATTN_OK;
}

AttnStatus CpuProgram::workspaceBytes(const int64_t *letters, size_t *bytes,
                                      AttnMessage *message) const {
  Layout layout;
  if (AttnStatus status =
          layOut(artifact->manifest, *plan,
                 signature().bind(letters, runtime->threads), layout, message))
    return status;
  *bytes = size_t(layout.bytes);
  return ATTN_OK;
}

/// The manifest was checked at load, but only at chosen sizes.
AttnStatus CpuProgram::checkGroups(const manifest::Bindings &bindings,
                                   AttnMessage *message) const {
  for (const ResolvedStep &first : steps) {
    if (!first.step->when)
      continue;
    int64_t chosen = 0;
    for (const ResolvedStep &other : steps)
      if (other.step->when &&
          other.step->when->group == first.step->when->group)
        chosen += manifest::evaluate(other.step->when->condition, bindings)
                      .value_or(0) != 0;
    if (chosen != 1)
      return fail(message, ATTN_INVALID_ARTIFACT,
                  "expected exactly one step of group '%s' to run for these "
                  "sizes but found %lld",
                  first.step->when->group.c_str(), (long long)chosen);
  }
  return ATTN_OK;
}

AttnStatus CpuProgram::runStep(const ResolvedStep &resolved, const Call &call,
                               const Layout &layout,
                               const manifest::Bindings &bindings,
                               AttnMessage *message) const {
  const manifest::Step &step = *resolved.step;
  if (step.when &&
      !manifest::evaluate(step.when->condition, bindings).value_or(0))
    return ATTN_OK;
  int64_t values[kMostKernelArgs];
  for (size_t i = 0; i < resolved.arguments.size(); ++i) {
    const ArgSource &arg = resolved.arguments[i];
    if (arg.kind == KernelArg::Kind::kScalar) {
      auto value = manifest::evaluate(*arg.value, bindings);
      if (!value)
        return fail(message, ATTN_CONTRACT,
                    "kernel '%s': argument %zu overflows for these letters",
                    step.kernel.c_str(), i);
      values[i] = *value;
      continue;
    }
    bool isBuffer = arg.tensor >= call.tensorCount;
    const PlacedBuffer &buffer =
        layout.buffers[isBuffer ? arg.tensor - call.tensorCount : 0];
    const BoundTensor &tensor = call.tensors[isBuffer ? 0 : arg.tensor];
    if (arg.kind == KernelArg::Kind::kPointer)
      values[i] = reinterpret_cast<int64_t>(
          isBuffer ? call.workspace + buffer.offset : tensor.data);
    else if (arg.kind == KernelArg::Kind::kSize)
      values[i] = isBuffer ? buffer.sizes[arg.axis] : tensor.sizes[arg.axis];
    else
      values[i] =
          isBuffer ? buffer.strides[arg.axis] : tensor.strides[arg.axis];
  }
  int64_t times = 1;
  if (step.repeat)
    times = manifest::evaluate(*step.repeat, bindings).value_or(-1);
  if (times < 0)
    return fail(message, ATTN_CONTRACT,
                "kernel '%s': its repeat count overflows or is negative for "
                "these letters",
                step.kernel.c_str());
  FlushingLoop loop{runtime->parallelFor, runtime->pool};
  AttnCpuHost host{&FlushingLoop::run, &loop,
                   layout.scratchBytes ? call.workspace + layout.scratchOffset
                                       : nullptr};
  for (int64_t i = 0; i < times; ++i)
    resolved.kernel(values, &host);
  return ATTN_OK;
}

AttnStatus CpuProgram::launch(const Call &call, AttnMessage *message) const {
  manifest::Bindings bindings =
      signature().bind(call.letters, runtime->threads);
  Layout layout;
  if (AttnStatus status =
          layOut(artifact->manifest, *plan, bindings, layout, message))
    return status;
  if (layout.bytes && !call.workspace)
    return fail(message, ATTN_CONTRACT,
                "the workspace is null, expected %lld bytes",
                (long long)layout.bytes);
  if (call.workspaceBytes < size_t(layout.bytes))
    return fail(message, ATTN_CONTRACT,
                "the workspace has %zu bytes, expected at least %lld",
                call.workspaceBytes, (long long)layout.bytes);
  if (reinterpret_cast<uintptr_t>(call.workspace) % 64)
    return fail(message, ATTN_CONTRACT,
                "the workspace at %p is not a multiple of 64 bytes",
                static_cast<void *>(call.workspace));
  if (AttnStatus status = checkGroups(bindings, message))
    return status;
  for (const ResolvedStep &step : steps)
    if (AttnStatus status = runStep(step, call, layout, bindings, message))
      return status;
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
