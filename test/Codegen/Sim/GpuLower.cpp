//===- GpuLower.cpp - What a GPU runs, of kernels of stage lowlevel -------===//
//
// usage: gpu-lower FILE.mlir OUT.ptx [OUT.cubin]
//
// Checks nothing: FILE.mlir may hold kernels that break rules.
//
//===----------------------------------------------------------------------===//

#include "attn/codegen/Nvvm.h"
#include "attn/codegen/Ptxas.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

namespace {
bool write(const char *path, llvm::StringRef bytes) {
  std::error_code error;
  llvm::raw_fd_ostream file(path, error);
  if (error) {
    llvm::errs() << path << ": " << error.message() << "\n";
    return false;
  }
  file << bytes;
  return true;
}

bool assemble(llvm::StringRef ptx, mlir::Location location, const char *path) {
  attn::PtxasSearch search = attn::findPtxas("");
  if (!search.found) {
    llvm::errs() << "gpu-lower: found no ptxas: " << search.error << "\n";
    return false;
  }
  auto cubin = attn::assemble(ptx, *search.found, location);
  return mlir::succeeded(cubin) && write(path, cubin->bytes);
}
} // namespace

int main(int argc, char **argv) {
  if (argc != 3 && argc != 4) {
    llvm::errs() << "usage: gpu-lower FILE.mlir OUT.ptx [OUT.cubin]\n";
    return 2;
  }
  mlir::DialectRegistry registry;
  attn::registerNvvmCodegen(registry);
  mlir::MLIRContext context(registry);
  llvm::SourceMgr sources;
  mlir::SourceMgrDiagnosticHandler diagnostics(sources, &context);
  auto module =
      mlir::parseSourceFile<mlir::ModuleOp>(argv[1], sources, &context);
  if (!module)
    return 1;
  for (auto kernels : module->getOps<mlir::gpu::GPUModuleOp>()) {
    auto ptx = attn::translateToPtx(kernels);
    bool isGood = mlir::succeeded(ptx) && write(argv[2], *ptx) &&
                  (argc == 3 || assemble(*ptx, kernels.getLoc(), argv[3]));
    return isGood ? 0 : 1;
  }
  llvm::errs() << argv[1] << ": expected a gpu.module\n";
  return 1;
}
