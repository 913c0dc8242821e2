//===- NvvmCompilation.cpp - Hopper kernels of a module -------------------===//

#include "NvvmCompilation.h"
#include "Axes.h"

#include "attn/codegen/Passes.h"
#include "attn/codegen/Sim.h"
#include "attn/manifest/Sha256.h"

#include "mlir/Pass/PassManager.h"

using namespace mlir;

namespace attn {
namespace {

constexpr StringLiteral kTarget = "sm_90a";
constexpr int64_t kTmaAlignment = 16; // Bytes, cuTensorMapEncodeTiled.

std::string getStem(StringRef function) {
  return (function + "." + kTarget).str();
}

manifest::Kernel getRecord(const NvvmKernel &kernel, StringRef function) {
  manifest::Kernel record;
  record.ptx = getStem(function) + ".ptx";
  record.name = kernel.symbol;
  record.target = kTarget.str();
  record.scratchBytesPerThread = manifest::Expr::constant(0);
  record.block = kernel.block;
  record.sharedBytes = kernel.sharedBytes;
  return record;
}

/// Lowers `kernels` to stage `lowlevel` and checks them.
LogicalResult finish(gpu::GPUModuleOp kernels) {
  if (failed(lowerNvvmModule(kernels)))
    return failure();
  PassManager manager(kernels.getContext(),
                      gpu::GPUModuleOp::getOperationName());
  manager.enableVerifier(false); // The pass changes nothing.
  manager.addPass(createVerifyLowlevel());
  return manager.run(kernels);
}

} // namespace

NvvmCompilation::NvvmCompilation(ModuleOp schedule)
    : schedule(schedule), lowlevel(ModuleOp::create(schedule.getLoc())) {}

LogicalResult NvvmCompilation::lower() {
  for (auto function : schedule.getOps<func::FuncOp>())
    if (failed(lower(function)))
      return failure();
  return success();
}

LogicalResult NvvmCompilation::lower(func::FuncOp function) {
  FailureOr<LaunchOrder> order = LaunchOrder::create(function);
  if (failed(order))
    return failure();
  Function result{function.getSymName().str(), function.getLoc(), {}, {}, {}};
  result.plan.target = kTarget.str();
  result.plan.buffers = order->getBuffers();
  if (!order->getOps().empty())
    result.kernels = createNvvmModule(*lowlevel, result.name + "_kernels");
  auto name = [&](Value value) { return order->getName(value); };
  NvvmTensors tensors{name, getAxisSize};
  for (unsigned i = 0; i < order->getOps().size(); ++i) {
    FailureOr<NvvmKernel> kernel = emitNvvmKernel(
        order->getOps()[i], order->getSymbol(i), result.kernels, tensors);
    if (failed(kernel))
      return failure();
    manifest::Step step = order->getStep(i);
    step.arguments = kernel->args;
    step.grid = kernel->grid;
    result.plan.steps.push_back(std::move(step));
    result.records.push_back(getRecord(*kernel, result.name));
  }
  if (result.kernels && failed(finish(result.kernels)))
    return failure();
  functions.push_back(std::move(result));
  return success();
}

LogicalResult NvvmCompilation::addCode(Function &function,
                                       manifest::Manifest &manifest,
                                       Artifact &artifact,
                                       const std::optional<Ptxas> &ptxas) {
  FailureOr<std::string> ptx = translateToPtx(function.kernels);
  if (failed(ptx))
    return failure();
  std::string stem = getStem(function.name);
  artifact.files.push_back({stem + ".ptx", *ptx});
  if (!ptxas)
    return success();
  FailureOr<Cubin> cubin = assemble(*ptx, *ptxas, function.loc);
  if (failed(cubin))
    return failure();
  for (manifest::Kernel &record : function.records) {
    auto report = llvm::find_if(cubin->kernels, [&](const auto &report) {
      return report.kernel == record.name;
    });
    if (report == cubin->kernels.end())
      return emitError(function.loc)
             << "'" << ptxas->path << "' (version " << ptxas->version
             << ") says nothing about kernel '" << record.name << "'";
    record.image = stem + ".cubin";
    record.registers = report->registers;
    record.spillBytes = report->spillBytes;
    record.ptxasRemarks = report->remarks;
  }
  manifest::Image image;
  image.file = stem + ".cubin";
  image.sha256 = manifest::sha256Hex(cubin->bytes);
  image.target = kTarget.str();
  image.bytes = cubin->bytes.size();
  manifest.images.push_back(std::move(image));
  artifact.files.push_back({stem + ".cubin", std::move(cubin->bytes)});
  return success();
}

LogicalResult NvvmCompilation::addSim(manifest::Manifest &manifest,
                                      Artifact &artifact) {
  bool hasKernels = llvm::any_of(functions, [](const Function &function) {
    return !function.records.empty();
  });
  if (!hasKernels)
    return success();
  FailureOr<std::string> bytes = compileSimImage(*lowlevel);
  if (failed(bytes))
    return failure();
  manifest::Image image;
  image.file = "sim.so";
  image.sha256 = manifest::sha256Hex(*bytes);
  image.target = "sim";
  image.bytes = bytes->size();
  manifest.images.push_back(std::move(image));
  artifact.files.push_back({"sim.so", std::move(*bytes)});
  return success();
}

LogicalResult NvvmCompilation::addCode(manifest::Manifest &manifest,
                                       Artifact &artifact,
                                       const PtxasSearch &search) {
  Location loc = schedule.getLoc();
  const std::optional<Ptxas> &ptxas = search.found;
  for (const std::string &program : search.passedOver)
    emitWarning(loc) << program << "; it is passed over";
  if (ptxas) {
    manifest.compiler.ptxas = ptxas->version;
    if (StringRef warning = getPtxasWarning(ptxas->version); !warning.empty())
      emitWarning(loc) << warning;
  } else {
    emitWarning(loc) << "no ptxas: the artifact holds PTX and no cubin; device "
                        "sim runs it, on a GPU the driver has to compile it";
  }
  for (Function &function : functions)
    if (function.kernels &&
        failed(addCode(function, manifest, artifact, ptxas)))
      return failure();
  return success();
}

void NvvmCompilation::addTo(manifest::Manifest &manifest) const {
  for (const Function &function : functions) {
    llvm::append_range(manifest.kernels, function.records);
    for (manifest::Entry &entry : manifest.entries)
      if (entry.name == function.name) {
        requireTmaAlignment(function.plan, entry);
        entry.plans.push_back(function.plan);
      }
  }
}

/// `name` is the argument `tensor` or a view of it.
static bool isOf(StringRef name, StringRef tensor,
                 const manifest::Entry &entry) {
  if (name == tensor)
    return true;
  return llvm::any_of(entry.views, [&](const manifest::View &view) {
    return view.name == name && view.tensor == tensor;
  });
}

void requireTmaAlignment(const manifest::Plan &plan, manifest::Entry &entry) {
  for (const manifest::Step &step : plan.steps)
    for (const manifest::KernelArg &argument : step.arguments)
      for (manifest::Tensor &tensor : entry.arguments)
        if (argument.map && isOf(argument.tensor, tensor.name, entry)) {
          tensor.baseAlignmentBytes = kTmaAlignment;
          tensor.strideMultipleBytes = kTmaAlignment;
        }
}

} // namespace attn
