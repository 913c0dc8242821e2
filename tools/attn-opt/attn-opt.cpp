//===- attn-opt.cpp - Run attn passes one by one --------------------------===//

#include "attn/codegen/Passes.h"
#include "attn/passes/Passes.h"
#include "attn/passes/Pipelines.h"
#include "attn/tools/CommandLine.h"

#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  attn::getCompilerRegistry().appendTo(registry);
  mlir::registerCanonicalizerPass();
  mlir::registerCSEPass();
  attn::registerAttnPasses();
  attn::registerAttnCodegenPasses();
  attn::registerAttnPipelines();
  attn::CommandLineScope scope;
  return mlir::asMainReturnCode(mlir::MlirOptMain(
      argc, argv, "attn-opt: run attn passes one by one\n", registry));
}
