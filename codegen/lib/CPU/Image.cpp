//===- Image.cpp - From lowlevel to cpu.so --------------------------------===//

#include "Variant.h"

using namespace attn;
using namespace attn::cpu;

static HostOptimization getOptimization(CpuVariant variant) {
  // Vectors are explicit; what LLVM would add is code for loops of 8 to 48
  // steps that run once per task.
  HostOptimization optimization;
  optimization.level = 3;
  optimization.vectorize = false;
  if (variant == CpuVariant::Amx) {
    // Blocks of tile products are long, and vector work lies between them in
    // the order that overlaps best. What more than level 1 does to them is
    // take time.
    optimization.level = 1;
    optimization.unroll = false;
    optimization.schedule = false;
  }
  return optimization;
}

mlir::FailureOr<std::vector<std::string>>
attn::compileCpuModules(llvm::ArrayRef<CpuModule> modules) {
  std::vector<HostJob> jobs;
  for (const CpuModule &module : modules)
    jobs.push_back({module.module, getVariantInfo(module.variant).processor,
                    getOptimization(module.variant)});
  return compileHostObjects(jobs);
}

mlir::FailureOr<std::string>
attn::linkCpuImage(llvm::ArrayRef<std::string> objects, mlir::Location loc) {
  return linkHostImage(objects, "cpu.so", /*allowUndefined=*/false, loc);
}
