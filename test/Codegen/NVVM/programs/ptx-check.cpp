//===- ptx-check.cpp - PTX of every gpu.module, in one process ------------===//
//
// usage: ptx-check FILE.mlir
//
// Translates each gpu.module of a module of stage `lowlevel`, one after the
// other, and says for each how it went: the point is that a bad one does not
// end the process.
//
//===----------------------------------------------------------------------===//

#include "attn/codegen/Nvvm.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

int main(int argc, char **argv) {
  if (argc != 2) {
    llvm::errs() << "usage: ptx-check FILE.mlir\n";
    return 2;
  }
  mlir::DialectRegistry registry;
  attn::registerNvvmCodegen(registry);
  mlir::MLIRContext context(registry);
  llvm::SourceMgr sources;
  mlir::SourceMgrDiagnosticHandler handler(sources, &context, llvm::outs());
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::parseSourceFile<mlir::ModuleOp>(argv[1], sources, &context);
  if (!module)
    return 1;
  for (auto kernels : module->getOps<mlir::gpu::GPUModuleOp>()) {
    mlir::FailureOr<std::string> ptx = attn::translateToPtx(kernels);
    if (mlir::failed(ptx))
      llvm::outs() << kernels.getName() << ": no PTX\n";
    else
      llvm::outs() << kernels.getName() << ": PTX\n" << *ptx;
    llvm::outs().flush();
  }
  return 0;
}
