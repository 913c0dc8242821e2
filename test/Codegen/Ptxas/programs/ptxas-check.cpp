//===- ptxas-check.cpp - The search for ptxas, and running it -------------===//
//
// usage: ptxas-check find ENVIRONMENT [OPTION]
//        ptxas-check assemble PTXAS SECONDS FILE.ptx
//
// `find`: which ptxas is used where the virtual environment is ENVIRONMENT and
// --ptxas is OPTION. `assemble`: FILE.ptx twice, at most SECONDS each; the
// point is that a bad assembler does not end the process.
//
//===----------------------------------------------------------------------===//

#include "attn/codegen/Ptxas.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

using llvm::outs;

static void find(llvm::StringRef environment, llvm::StringRef option) {
  attn::PtxasSearch search = attn::findPtxas(option, environment);
  for (const std::string &program : search.passedOver)
    outs() << "passed over: " << program << "\n";
  if (!search.error.empty())
    outs() << "error: " << search.error << "\n";
  else if (search.found)
    outs() << "found: " << search.found->path << " " << search.found->version
           << "\n";
  else
    outs() << "none\n";
}

static void assemble(llvm::StringRef path, llvm::StringRef seconds,
                     llvm::StringRef file) {
  mlir::MLIRContext context;
  llvm::SourceMgr sources;
  mlir::SourceMgrDiagnosticHandler handler(sources, &context, outs());
  auto ptx = llvm::MemoryBuffer::getFile(file);
  attn::Ptxas ptxas{path.str(), "0", std::chrono::seconds(1)};
  int64_t limit = 0;
  if (!ptx || seconds.getAsInteger(10, limit))
    llvm::report_fatal_error("expected seconds and a file of PTX");
  ptxas.limit = std::chrono::seconds(limit);
  auto loc = mlir::FileLineColLoc::get(&context, "here.mlir", 3, 5);
  for (int run : {1, 2}) {
    auto cubin = attn::assemble((*ptx)->getBuffer(), ptxas, loc);
    outs() << "run " << run << ": "
           << (mlir::succeeded(cubin) ? cubin->bytes.size() : 0) << " bytes\n";
  }
}

int main(int argc, char **argv) {
  llvm::StringRef action = argc > 2 ? argv[1] : "";
  if (action == "find" && argc <= 4)
    find(argv[2], argc == 4 ? argv[3] : "");
  else if (action == "assemble" && argc == 5)
    assemble(argv[2], argv[3], argv[4]);
  else
    return 2;
  return 0;
}
