//===- attn-reduce.cpp - Shrink a failing program -------------------------===//

#include "ReductionPatterns.h"

#include "attn/codegen/Passes.h"
#include "attn/passes/Passes.h"
#include "attn/tools/CommandLine.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Tools/mlir-reduce/MlirReduceMain.h"

int main(int argc, char **argv) {
  attn::registerAttnPasses();
  attn::registerAttnCodegenPasses();
  mlir::DialectRegistry registry;
  attn::getCompilerRegistry().appendTo(registry);
  attn::registerReductionPatterns(registry);
  mlir::MLIRContext context(registry);
  attn::CommandLineScope scope;
  return mlir::failed(mlir::mlirReduceMain(argc, argv, context));
}
