//===- Image.cpp - From lowlevel to sim.so --------------------------------===//

#include "LowerModule.h"
#include "attn/codegen/Sim.h"

#include "attn/codegen/Host.h"
#include "attn/dialect/Nvvm/Nvvm.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"

using namespace mlir;

namespace attn {
namespace {
/// The least that device sim runs on; the wgmma of its runtime uses more where
/// there is more.
constexpr HostProcessor kProcessor = {"x86-64-v3", "x86-64-v3", "haswell", ""};
} // namespace

void registerSimCodegen(DialectRegistry &registry) {
  registry.insert<gpu::GPUDialect, LLVM::LLVMDialect, NVVM::NVVMDialect,
                  nvvm::AttnNvvmDialect>();
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
}

FailureOr<OwningOpRef<ModuleOp>> lowerToSim(gpu::GPUModuleOp kernels) {
  FailureOr<OwningOpRef<ModuleOp>> lowered = sim::lowerModule(kernels);
  if (failed(lowered) || failed(verify(**lowered)))
    return failure();
  return lowered;
}

FailureOr<std::string> compileSimImage(ModuleOp lowlevel) {
  std::vector<OwningOpRef<ModuleOp>> modules;
  std::vector<HostJob> jobs;
  for (auto kernels : lowlevel.getOps<gpu::GPUModuleOp>()) {
    FailureOr<OwningOpRef<ModuleOp>> lowered = lowerToSim(kernels);
    if (failed(lowered))
      return failure();
    HostOptimization optimization;
    // Most of a launch is spent in the runtime's tensor cores, so code from
    // LLVM's optimiser would save less than it costs to make.
    optimization.level = 0;
    jobs.push_back({**lowered, kProcessor, optimization});
    modules.push_back(std::move(*lowered));
  }
  if (jobs.empty())
    return lowlevel.emitError("has no gpu.module; expected stage `lowlevel` of "
                              "a GPU target");
  FailureOr<std::vector<std::string>> objects = compileHostObjects(jobs);
  if (failed(objects))
    return failure();
  // memcpy and memset come from the C library of the process.
  return linkHostImage(*objects, "sim.so", /*allowUndefined=*/true,
                       lowlevel.getLoc());
}

} // namespace attn
