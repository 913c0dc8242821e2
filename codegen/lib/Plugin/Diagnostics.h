//===- Diagnostics.h - MLIR diagnostics for the C API -----------*- C++ -*-===//
//
// While one lives, diagnostics of a context go to the handler of an AttnSource,
// and errors with their notes are collected as lines
// `file:line:column: error: ...` for the message.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_PLUGIN_DIAGNOSTICS_H
#define ATTN_CODEGEN_LIB_PLUGIN_DIAGNOSTICS_H

#include "attn-c/AttnRuntime.h"

#include "mlir/IR/Diagnostics.h"

#include <string>

namespace attn {

class DiagnosticText {
public:
  explicit DiagnosticText(mlir::MLIRContext *context,
                          AttnDiagnosticHandler receiver = nullptr,
                          void *receiverContext = nullptr);

  /// Without the last line break.
  const std::string &str() const { return text; }

private:
  void take(mlir::Diagnostic &diagnostic, bool isError);

  std::string text;
  AttnDiagnosticHandler receiver;
  void *receiverContext;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace attn

#endif // ATTN_CODEGEN_LIB_PLUGIN_DIAGNOSTICS_H
