//===- legality-check.cpp - What can be no kernel of sm_90a ---------------===//
//
// usage: legality-check FILE.mlir
//
// Asks codegen about each attn_sched.forward of a module of stage `schedule`,
// which attnc alone would not write so.
//
//===----------------------------------------------------------------------===//

#include "attn/codegen/Nvvm.h"
#include "attn/dialect/Register.h"
#include "attn/dialect/Sched/Sched.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

int main(int argc, char **argv) {
  if (argc != 2) {
    llvm::errs() << "usage: legality-check FILE.mlir\n";
    return 2;
  }
  mlir::DialectRegistry registry;
  attn::registerAllDialects(registry);
  attn::registerNvvmCodegen(registry);
  mlir::MLIRContext context(registry);
  llvm::SourceMgr sources;
  mlir::SourceMgrDiagnosticHandler handler(sources, &context, llvm::outs());
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::parseSourceFile<mlir::ModuleOp>(argv[1], sources, &context);
  if (!module)
    return 1;
  module->walk([](attn::sched::ForwardOp op) {
    bool isLegal = mlir::succeeded(attn::checkNvvmLegality(op));
    llvm::outs() << op->getParentOfType<mlir::func::FuncOp>().getName()
                 << (isLegal ? ": legal\n" : ": illegal\n");
    llvm::outs().flush();
  });
  return 0;
}
