//===- Ptx.cpp - From stage lowlevel to PTX -------------------------------===//

#include "Instructions.h"
#include "attn/codegen/Backend.h"
#include "attn/codegen/CrashGuard.h"

#include "attn/codegen/Nvvm.h"

#include "mlir/Conversion/NVVMToLLVM/NVVMToLLVM.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;
using namespace attn::nvptx;

namespace {

void initializeNvptx() {
  LLVMInitializeNVPTXTargetInfo();
  LLVMInitializeNVPTXTarget();
  LLVMInitializeNVPTXTargetMC();
  LLVMInitializeNVPTXAsmPrinter();
}

std::unique_ptr<llvm::TargetMachine>
createMachine(NVVM::NVVMTargetAttr target) {
  llvm::Triple triple(target.getTriple());
  std::string error;
  const llvm::Target *backend =
      attn::findBackend(initializeNvptx, triple, error);
  if (!backend)
    return nullptr;
  return std::unique_ptr<llvm::TargetMachine>(backend->createTargetMachine(
      triple, target.getChip(), target.getFeatures(), {}, {}));
}

/// Errors of LLVM become text instead of output on stderr.
struct CollectErrors : llvm::DiagnosticHandler {
  explicit CollectErrors(std::string &text) : text(text) {}
  bool handleDiagnostics(const llvm::DiagnosticInfo &info) override {
    if (info.getSeverity() != llvm::DS_Error)
      return true;
    llvm::raw_string_ostream out(text);
    llvm::DiagnosticPrinterRawOStream printer(out);
    info.print(printer);
    return true;
  }
  std::string &text;
};

/// What code generation owns. Leaked if LLVM crashes.
struct Job {
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> module;
  std::unique_ptr<llvm::TargetMachine> machine;
  llvm::SmallString<0> ptx;
  std::string errors;

  void run(gpu::GPUModuleOp kernels, NVVM::NVVMTargetAttr target) {
    context.setDiagnosticHandler(std::make_unique<CollectErrors>(errors));
    module = translateModuleToLLVMIR(kernels, context, kernels.getName());
    machine = createMachine(target);
    if (!module || !machine) {
      errors += module ? "this LLVM has no NVPTX target" : "no LLVM IR";
      return;
    }
    module->setTargetTriple(machine->getTargetTriple());
    module->setDataLayout(machine->createDataLayout());
    auto optimize = makeOptimizingTransformer(target.getO(), 0, machine.get());
    if (llvm::Error error = optimize(module.get())) {
      errors += llvm::toString(std::move(error));
      return;
    }
    llvm::raw_svector_ostream out(ptx);
    llvm::legacy::PassManager passes;
    if (machine->addPassesToEmitFile(passes, out, nullptr,
                                     llvm::CodeGenFileType::AssemblyFile)) {
      errors += "NVPTX can not write assembly";
      return;
    }
    passes.run(*module);
  }
};

LogicalResult convertToTranslatable(gpu::GPUModuleOp kernels) {
  emitInstructions(kernels);
  PassManager manager(kernels.getContext(),
                      gpu::GPUModuleOp::getOperationName());
  manager.addPass(createConvertNVVMToLLVMPass());
  return manager.run(kernels);
}

} // namespace

FailureOr<std::string> attn::translateToPtx(gpu::GPUModuleOp kernels) {
  if (failed(checkInstructions(kernels)))
    return failure();
  auto target = dyn_cast_or_null<NVVM::NVVMTargetAttr>(
      kernels.getTargetsAttr() ? kernels.getTargetsAttr()[0] : Attribute());
  if (!target) {
    kernels.emitOpError() << "expects one #nvvm.target";
    return failure();
  }
  OwningOpRef<gpu::GPUModuleOp> copy = kernels.clone();
  if (failed(convertToTranslatable(*copy)))
    return failure();
  auto job = std::make_unique<Job>();
  std::optional<std::string> crash =
      runGuarded([&] { job->run(*copy, target); });
  if (crash || !job->errors.empty()) {
    mlir::emitError(kernels.getLoc())
        << "LLVM can not generate code: " << (crash ? *crash : job->errors);
    if (crash)
      (void)job.release();
    return failure();
  }
  return job->ptx.str().str();
}
