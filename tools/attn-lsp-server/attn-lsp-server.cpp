//===- attn-lsp-server.cpp - Editor support for attn programs -------------===//

#include "attn/tools/CommandLine.h"

#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  attn::getCompilerRegistry().appendTo(registry);
  attn::CommandLineScope scope;
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry));
}
