//===- Diagnostics.h - MLIR diagnostics as text -----------------*- C++ -*-===//
//
// While one lives, errors of a context and their notes are collected as lines
// `file:line:column: error: ...`.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_PLUGIN_DIAGNOSTICS_H
#define ATTN_CODEGEN_LIB_PLUGIN_DIAGNOSTICS_H

#include "mlir/IR/Diagnostics.h"

#include <string>

namespace attn {

class DiagnosticText {
public:
  explicit DiagnosticText(mlir::MLIRContext *context);

  /// Without the last line break.
  const std::string &str() const { return text; }

private:
  void append(mlir::Diagnostic &diagnostic);

  std::string text;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace attn

#endif // ATTN_CODEGEN_LIB_PLUGIN_DIAGNOSTICS_H
