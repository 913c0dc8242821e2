//===- SimLower.cpp - Prints what device sim makes of kernels -------------===//
//
// usage: sim-lower FILE.mlir [IMAGE.so]
//
// With a second argument it writes the image of the kernels there instead.
//
//===----------------------------------------------------------------------===//

#include "attn/codegen/Sim.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

namespace {
/// Not optimised: what is wrong with a kernel does not depend on it, and most
/// of the time of the tests that break kernels would go there.
int writeImage(mlir::ModuleOp module, const char *path) {
  mlir::FailureOr<std::string> bytes = attn::compileSimImage(module);
  if (mlir::failed(bytes))
    return 1;
  std::error_code error;
  llvm::raw_fd_ostream file(path, error);
  if (error) {
    llvm::errs() << path << ": " << error.message() << "\n";
    return 1;
  }
  file << *bytes;
  return 0;
}
} // namespace

int main(int argc, char **argv) {
  if (argc != 2 && argc != 3) {
    llvm::errs() << "usage: sim-lower FILE.mlir [IMAGE.so]\n";
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
  if (argc == 3)
    return writeImage(*module, argv[2]);
  for (auto kernels : module->getOps<mlir::gpu::GPUModuleOp>()) {
    auto lowered = attn::lowerToSim(kernels);
    if (mlir::failed(lowered))
      return 1;
    (*lowered)->print(llvm::outs());
  }
  return 0;
}
