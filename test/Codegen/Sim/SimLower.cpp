//===- SimLower.cpp - Prints what device sim makes of kernels -------------===//
//
// usage: sim-lower FILE.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/codegen/Sim.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

int main(int argc, char **argv) {
  if (argc != 2) {
    llvm::errs() << "usage: sim-lower FILE.mlir\n";
    return 2;
  }
  mlir::DialectRegistry registry;
  attn::registerSimCodegen(registry);
  mlir::MLIRContext context(registry);
  llvm::SourceMgr sources;
  mlir::SourceMgrDiagnosticHandler diagnostics(sources, &context);
  auto module =
      mlir::parseSourceFile<mlir::ModuleOp>(argv[1], sources, &context);
  if (!module)
    return 1;
  for (auto kernels : module->getOps<mlir::gpu::GPUModuleOp>()) {
    auto lowered = attn::lowerToSim(kernels);
    if (mlir::failed(lowered))
      return 1;
    (*lowered)->print(llvm::outs());
  }
  return 0;
}
