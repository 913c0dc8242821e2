//===- Image.cpp - From lowlevel to cpu.so --------------------------------===//

#include "Variant.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

namespace {

bool usesTiles(LLVM::LLVMFuncOp function) {
  return function
      .walk([](Operation *op) {
        return llvm::any_of(op->getResultTypes(),
                            llvm::IsaPred<LLVM::LLVMX86AMXType>)
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

/// Vectors are explicit; what LLVM would add is code for loops of 8 to 48 steps
/// that run once per task.
HostOptimization getOptimization(bool usesTiles) {
  HostOptimization optimization;
  optimization.level = 3;
  optimization.vectorize = false;
  if (usesTiles) {
    // Blocks of tile products are long, and vector work lies between them in
    // the order that overlaps best. What more than level 1 does to them is
    // take time.
    optimization.level = 1;
    optimization.unroll = false;
    optimization.schedule = false;
  }
  return optimization;
}

/// Moves `function` to `target`; its module keeps a declaration, and the linker
/// joins both inside of the image.
void moveFunction(LLVM::LLVMFuncOp function, ModuleOp target) {
  function.setLinkage(LLVM::Linkage::External);
  function.setVisibility_(LLVM::Visibility::Hidden);
  OpBuilder b(function);
  b.insert(function.cloneWithoutRegions());
  function->moveBefore(target.getBody(), target.getBody()->end());
}

/// Moves the tasks of `module` without operations on tiles to a module of their
/// own, null if there are none or if no function has such operations.
OwningOpRef<ModuleOp> takePlainTasks(ModuleOp module) {
  SmallVector<LLVM::LLVMFuncOp> plain;
  bool hasTiles = false;
  for (auto function : module.getOps<LLVM::LLVMFuncOp>()) {
    bool here = usesTiles(function);
    hasTiles |= here;
    if (!here && function.getLinkage() == LLVM::Linkage::Internal)
      plain.push_back(function);
  }
  if (!hasTiles || plain.empty())
    return nullptr;
  auto tasks = ModuleOp::create(module.getLoc());
  for (LLVM::LLVMFuncOp function : plain)
    moveFunction(function, tasks);
  return tasks;
}

} // namespace

FailureOr<std::vector<std::string>>
attn::compileCpuModules(ArrayRef<CpuModule> modules) {
  std::vector<HostJob> jobs;
  std::vector<OwningOpRef<ModuleOp>> plain;
  auto add = [&](ModuleOp module, CpuVariant variant, bool hasTiles) {
    jobs.push_back(
        {module, getVariantInfo(variant).processor, getOptimization(hasTiles)});
  };
  for (auto [module, variant] : modules) {
    if (OwningOpRef<ModuleOp> tasks = takePlainTasks(module)) {
      add(*tasks, CpuVariant::V4, false);
      plain.push_back(std::move(tasks));
    }
    add(module, variant,
        llvm::any_of(ModuleOp(module).getOps<LLVM::LLVMFuncOp>(), usesTiles));
  }
  return compileHostObjects(jobs);
}

FailureOr<std::string> attn::linkCpuImage(ArrayRef<std::string> objects,
                                          Location loc) {
  return linkHostImage(objects, "cpu.so", /*allowUndefined=*/false, loc);
}
