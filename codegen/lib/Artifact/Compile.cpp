//===- Compile.cpp - Stages and artifacts of a program --------------------===//

#include "Axes.h"
#include "Dump.h"
#include "LaunchChecks.h"
#include "NvvmCompilation.h"
#include "Plan.h"

#include "attn/codegen/Compiler.h"
#include "attn/codegen/Cpu.h"
#include "attn/dialect/Tile/Tile.h"
#include "attn/manifest/Sha256.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace attn {
namespace {

constexpr StringLiteral kInputFile = "input.mlirbc";

LogicalResult runPipeline(ModuleOp module, Stage stage, StringRef target,
                          const CompileOptions &options) {
  PassManager manager(module.getContext());
  Dump dump(options, target);
  dump.attach(manager);
  // Kernels for the CPU are made from tiles, for the GPU from schedules.
  Stage last = target == "cpu" ? Stage::Tiles : Stage::Schedule;
  buildPipeline(manager, std::min(stage, last), target);
  LogicalResult result = manager.run(module);
  return failed(dump.finish(module)) ? failure() : result;
}

/// The CPU kernels of all functions: one module per variant. Variants are
/// lowered and compiled at the same time; what is made does not show it.
class CpuCompilation {
public:
  CpuCompilation(ModuleOp tiles, ArrayRef<CpuVariant> variants)
      : tiles(tiles), all(ModuleOp::create(tiles.getLoc())) {
    // Kernels are emitted outside a pass, so nothing has loaded their dialects.
    tiles.getContext()->loadAllAvailableDialects();
    for (CpuVariant variant : variants) {
      auto module =
          ModuleOp::create(tiles.getLoc(), getCpuVariantName(variant));
      all->push_back(module);
      modules.push_back({module, variant});
    }
  }

  /// Emits and lowers every kernel; fills `kernels` and `plans`.
  LogicalResult lower() {
    for (auto function : tiles.getOps<func::FuncOp>())
      if (failed(lower(function)))
        return failure();
    return lowerCpuModules(*all);
  }

  /// Code of all variants as one shared object.
  FailureOr<std::string> link() {
    FailureOr<std::vector<std::string>> objects = compileCpuModules(modules);
    if (failed(objects))
      return failure();
    return linkCpuImage(*objects, tiles.getLoc());
  }

  /// Stage `lowlevel` as one module.
  OwningOpRef<ModuleOp> takeModules() { return std::move(all); }

  std::vector<manifest::Kernel> kernels;
  llvm::StringMap<manifest::Plan> plans; ///< By function name.

private:
  LogicalResult lower(func::FuncOp function) {
    FailureOr<LaunchOrder> order = LaunchOrder::create(function);
    if (failed(order))
      return failure();
    manifest::Plan plan;
    plan.target = "cpu";
    plan.buffers = order->getBuffers();
    for (unsigned i = 0; i < order->getOps().size(); ++i) {
      FailureOr<CpuKernel> kernel = emit(*order, i);
      if (failed(kernel))
        return failure();
      manifest::Step step = order->getStep(i);
      step.arguments = kernel->args;
      for (const CpuBuffer &buffer : kernel->buffers)
        plan.buffers.push_back(
            {buffer.name, manifest::Dtype::kBF16, getSizes(buffer)});
      plan.steps.push_back(std::move(step));
    }
    plans[function.getSymName()] = std::move(plan);
    return success();
  }

  /// The kernel of all variants: one list of arguments.
  FailureOr<CpuKernel> emit(const LaunchOrder &order, unsigned index) {
    Operation *op = order.getOps()[index];
    if (failed(checkCpuLegality(op)))
      return failure();
    CpuKernel result;
    result.symbol = order.getSymbol(index);
    for (auto [module, variant] : modules) {
      FailureOr<CpuKernel> one = emitCpuKernel(
          op, result.symbol, variant, module,
          [&](Value value) { return order.getName(value); }, result.args);
      if (failed(one))
        return failure();
      result.args = std::move(one->args);
      result.scratchBytesPerThread =
          std::max(result.scratchBytesPerThread, one->scratchBytesPerThread);
      if (!one->buffers.empty()) // All variants that have some have the same.
        result.buffers = std::move(one->buffers);
    }
    manifest::Kernel kernel;
    kernel.name = result.symbol;
    kernel.target = "cpu";
    kernel.image = "cpu.so";
    kernel.scratchBytesPerThread =
        manifest::Expr::constant(result.scratchBytesPerThread);
    kernels.push_back(std::move(kernel));
    return result;
  }

  ModuleOp tiles;
  OwningOpRef<ModuleOp> all;
  SmallVector<CpuModule> modules; ///< In `all`.
};

/// All variants of use, or the one of that name, if there is one.
SmallVector<CpuVariant> selectCpuVariants(ModuleOp tiles, StringRef name) {
  if (name.empty())
    return getCpuVariants(tiles);
  SmallVector<CpuVariant> variants(getCpuVariants());
  llvm::erase_if(variants, [&](CpuVariant variant) {
    return getCpuVariantName(variant) != name;
  });
  return variants;
}

/// Adds plan, kernels and image of target `cpu`.
LogicalResult addCpu(ModuleOp module, const CompileOptions &options,
                     manifest::Manifest &manifest, Artifact &artifact) {
  OwningOpRef<ModuleOp> tiles = module.clone();
  if (failed(runPipeline(*tiles, Stage::Tiles, "cpu", options)))
    return failure();
  SmallVector<CpuVariant> variants =
      selectCpuVariants(*tiles, options.cpuVariant);
  if (variants.empty())
    return module.emitError()
           << "there is no CPU image '" << options.cpuVariant
           << "'; expected v3, v4, or v4bf16 or amx for bf16";
  CpuCompilation cpu(*tiles, variants);
  if (failed(cpu.lower()))
    return failure();
  for (manifest::Entry &entry : manifest.entries)
    entry.plans.push_back(cpu.plans.lookup(entry.name));
  if (cpu.kernels.empty())
    return success();
  FailureOr<std::string> image = cpu.link();
  if (failed(image))
    return failure();
  llvm::append_range(manifest.kernels, cpu.kernels);
  manifest::Image record;
  record.file = "cpu.so";
  record.sha256 = manifest::sha256Hex(*image);
  record.target = "cpu";
  for (CpuVariant variant : variants)
    record.variants.push_back(getCpuVariantName(variant).str());
  record.bytes = image->size();
  manifest.images.push_back(std::move(record));
  artifact.files.push_back({"cpu.so", std::move(*image)});
  return success();
}

/// Adds plan, kernels, PTX and cubins of target `sm_90a`.
LogicalResult addNvvm(ModuleOp module, const CompileOptions &options,
                      manifest::Manifest &manifest, Artifact &artifact) {
  OwningOpRef<ModuleOp> schedule = module.clone();
  if (failed(runPipeline(*schedule, Stage::Schedule, "sm_90a", options)))
    return failure();
  NvvmCompilation nvvm(*schedule);
  if (failed(nvvm.lower()))
    return failure();
  if (options.gpuCode) {
    PtxasSearch ptxas = findPtxas(options.ptxas);
    if (!ptxas.error.empty())
      return module.emitError() << ptxas.error;
    if (failed(nvvm.addCode(manifest, artifact, ptxas)))
      return failure();
  }
  nvvm.addTo(manifest);
  return options.simImage ? nvvm.addSim(manifest, artifact) : success();
}

LogicalResult addEntries(ModuleOp module, manifest::Manifest &manifest) {
  for (auto function : module.getOps<func::FuncOp>()) {
    FailureOr<manifest::Entry> entry = getSignature(function);
    FailureOr<std::vector<manifest::Check>> checks = getLaunchChecks(function);
    if (failed(entry) || failed(checks))
      return failure();
    entry->checks = std::move(*checks);
    manifest.entries.push_back(std::move(*entry));
  }
  if (manifest.entries.empty())
    return module.emitError()
           << "has no function; expected one or more, each an "
              "entry of the artifact";
  return success();
}

FailureOr<std::string> toBytecode(ModuleOp module) {
  std::string bytes;
  llvm::raw_string_ostream out(bytes);
  BytecodeWriterConfig config("attn");
  if (failed(writeBytecodeToFile(module, out, config)))
    return failure();
  return bytes;
}

} // namespace

FailureOr<OwningOpRef<ModuleOp>> compileToStage(ModuleOp module, Stage stage,
                                                StringRef target,
                                                const CompileOptions &options) {
  OwningOpRef<ModuleOp> copy = module.clone();
  if (failed(runPipeline(*copy, stage, target, options)))
    return failure();
  if (stage <= Stage::Tiles)
    return copy;
  if (target == "sm_90a") {
    if (stage == Stage::Schedule)
      return copy;
    NvvmCompilation nvvm(*copy);
    if (failed(nvvm.lower()))
      return failure();
    return nvvm.takeModule();
  }
  if (stage == Stage::Schedule) {
    module.emitError() << "target '" << target << "' has no stage '"
                       << getStageName(stage)
                       << "'; expected input, routes, tiles or lowlevel";
    return failure();
  }
  SmallVector<CpuVariant> variants = getCpuVariants(*copy);
  CpuCompilation cpu(*copy, variants);
  if (failed(cpu.lower()))
    return failure();
  return cpu.takeModules();
}

FailureOr<Artifact> compile(ModuleOp module, const CompileOptions &options) {
  Artifact artifact;
  manifest::Manifest manifest;
  manifest.compiler = {"attnc", ATTN_VERSION, LLVM_VERSION_STRING,
                       std::nullopt};
  // Stage `input` is checked also where no target is compiled for.
  OwningOpRef<ModuleOp> copy = module.clone();
  if (failed(runPipeline(*copy, Stage::Input, "", {})) ||
      failed(addEntries(module, manifest)))
    return failure();
  FailureOr<std::string> input = toBytecode(module);
  if (failed(input))
    return failure();
  manifest.input = {kInputFile.str(), manifest::sha256Hex(*input)};
  artifact.files.push_back({"manifest.json", ""});
  artifact.files.push_back({kInputFile.str(), std::move(*input)});
  for (const std::string &target : options.targets) {
    if (target != "cpu" && target != "sm_90a") {
      module.emitError() << "unknown target '" << target
                         << "'; expected cpu or sm_90a";
      return failure();
    }
    auto add = target == "cpu" ? addCpu : addNvvm;
    if (failed(add(module, options, manifest, artifact)))
      return failure();
  }
  if (std::optional<manifest::Error> error = manifest::validate(manifest)) {
    module.emitError() << "made a manifest that breaks its own rules: "
                       << error->message;
    return failure();
  }
  artifact.files.front().bytes = manifest::writeManifest(manifest);
  return artifact;
}

} // namespace attn
