//===- Image.cpp - From lowlevel to cpu.so --------------------------------===//

#include "Variant.h"

using namespace attn;
using namespace attn::cpu;

mlir::FailureOr<std::string> attn::compileCpuModule(mlir::ModuleOp module,
                                                    CpuVariant variant) {
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
  return compileHostObject(module, getVariantInfo(variant).processor,
                           optimization);
}

mlir::FailureOr<std::string>
attn::linkCpuImage(llvm::ArrayRef<std::string> objects, mlir::Location loc) {
  return linkHostImage(objects, "cpu.so", /*allowUndefined=*/false, loc);
}
