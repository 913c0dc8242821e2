//===- Object.cpp - The llvm dialect becomes an object file ---------------===//
//
// LLVM reports what it can not do by aborting. Everything here runs guarded:
// the host gets a diagnostic and goes on.
//
//===----------------------------------------------------------------------===//

#include "attn/codegen/Host.h"

#include "attn/codegen/Backend.h"
#include "attn/codegen/CrashGuard.h"

#include "mlir/IR/Threading.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/CodeGen/Passes.h"
#include "llvm/CodeGen/TargetPassConfig.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

using namespace attn;
using llvm::StringRef;

namespace {

constexpr llvm::StringLiteral kTriple = "x86_64-unknown-linux-gnu";

void initializeX86() {
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86Target();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86AsmPrinter();
}

/// Passes of a code generator. There is an option of the process for what
/// `schedule` does, but none of a code generator: its configuration is met when
/// it is added, before the passes that it chooses.
class GeneratorPasses : public llvm::legacy::PassManager {
public:
  explicit GeneratorPasses(bool schedule) : schedule(schedule) {}

  void add(llvm::Pass *pass) override {
    if (!schedule && pass->getPassID() == &llvm::TargetPassConfig::ID)
      static_cast<llvm::TargetPassConfig *>(pass)->disablePass(
          &llvm::MachineSchedulerID);
    PassManager::add(pass);
  }

private:
  bool schedule;
};

class ObjectCompiler {
public:
  explicit ObjectCompiler(const HostJob &job)
      : source(job.module), processor(job.processor),
        optimization(job.optimization) {}

  /// Runs guarded.
  void run() {
    if (!createMachine())
      return;
    context.setDiagnosticHandlerCallBack(
        [](const llvm::DiagnosticInfo *info, void *self) {
          if (info->getSeverity() != llvm::DS_Error)
            return;
          llvm::raw_string_ostream os(
              static_cast<ObjectCompiler *>(self)->error);
          llvm::DiagnosticPrinterRawOStream printer(os);
          info->print(printer);
        },
        this);
    module = mlir::translateModuleToLLVMIR(source, context, processor.name);
    if (!module) {
      error = "translation to LLVM IR failed";
      return;
    }
    module->setTargetTriple(machine->getTargetTriple());
    module->setDataLayout(machine->createDataLayout());
    for (llvm::Function &function : *module)
      function.addFnAttr("tune-cpu", processor.tune);
    optimize();
    emit();
  }

  std::string error;
  llvm::SmallString<0> object;

private:
  bool createMachine() {
    llvm::Triple triple(kTriple);
    const llvm::Target *target = findBackend(initializeX86, triple, error);
    if (!target)
      return false;
    machine.reset(target->createTargetMachine(
        triple, processor.cpu, processor.features, llvm::TargetOptions(),
        llvm::Reloc::PIC_, llvm::CodeModel::Small,
        optimization.level == 0 ? llvm::CodeGenOptLevel::None
                                : llvm::CodeGenOptLevel::Aggressive));
    return true;
  }

  void optimize() {
    llvm::LoopAnalysisManager loops;
    llvm::FunctionAnalysisManager functions;
    llvm::CGSCCAnalysisManager callGraph;
    llvm::ModuleAnalysisManager modules;
    llvm::PipelineTuningOptions tuning;
    tuning.LoopVectorization = optimization.vectorize;
    tuning.SLPVectorization = optimization.vectorize;
    tuning.LoopUnrolling = optimization.unroll;
    llvm::PassBuilder builder(machine.get(), tuning);
    builder.registerModuleAnalyses(modules);
    builder.registerCGSCCAnalyses(callGraph);
    builder.registerFunctionAnalyses(functions);
    builder.registerLoopAnalyses(loops);
    builder.crossRegisterProxies(loops, functions, callGraph, modules);
    const llvm::OptimizationLevel kLevels[] = {
        llvm::OptimizationLevel::O0, llvm::OptimizationLevel::O1,
        llvm::OptimizationLevel::O2, llvm::OptimizationLevel::O3};
    llvm::OptimizationLevel level = kLevels[std::min(optimization.level, 3u)];
    builder.buildPerModuleDefaultPipeline(level).run(*module, modules);
  }

  void emit() {
    GeneratorPasses passes(optimization.schedule);
    llvm::raw_svector_ostream os(object);
    if (machine->addPassesToEmitFile(passes, os, nullptr,
                                     llvm::CodeGenFileType::ObjectFile)) {
      error = "this LLVM can not write object files for x86-64";
      return;
    }
    passes.run(*module);
  }

  mlir::ModuleOp source;
  const HostProcessor &processor;
  const HostOptimization &optimization;
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> module;
  std::unique_ptr<llvm::TargetMachine> machine;
};

} // namespace

mlir::FailureOr<std::string> attn::compileHostObject(const HostJob &job) {
  mlir::Location loc = job.module->getLoc();
  StringRef processor = job.processor.name;
  // Not destroyed after a crash: its parts may be in any state.
  auto compiler = std::make_unique<ObjectCompiler>(job);
  if (std::optional<std::string> crash = runGuarded([&] { compiler->run(); })) {
    (void)compiler.release();
    return mlir::emitError(loc) << "LLVM's code generator for " << processor
                                << " crashed: " << *crash;
  }
  if (!compiler->error.empty())
    return mlir::emitError(loc) << "generating code for " << processor
                                << " failed: " << compiler->error;
  return std::string(compiler->object);
}

mlir::FailureOr<std::vector<std::string>>
attn::compileHostObjects(llvm::ArrayRef<HostJob> jobs) {
  std::vector<std::string> objects(jobs.size());
  if (jobs.empty())
    return objects;
  // The longest first: what runs alone at the end is short.
  llvm::SmallVector<std::pair<size_t, size_t>> bySize;
  for (auto [index, job] : llvm::enumerate(jobs)) {
    size_t numOps = 0;
    mlir::ModuleOp(job.module).walk([&](mlir::Operation *) { ++numOps; });
    bySize.push_back({numOps, index});
  }
  llvm::stable_sort(bySize, [](auto &a, auto &b) { return a.first > b.first; });
  mlir::parallelForEach(mlir::ModuleOp(jobs[0].module).getContext(), bySize,
                        [&](auto &entry) {
                          mlir::FailureOr<std::string> object =
                              compileHostObject(jobs[entry.second]);
                          if (succeeded(object))
                            objects[entry.second] = std::move(*object);
                        });
  if (llvm::is_contained(objects, ""))
    return mlir::failure();
  return objects;
}
