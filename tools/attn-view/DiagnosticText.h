//===- DiagnosticText.h - Diagnostics as text -------------------*- C++ -*-===//

#ifndef ATTN_TOOLS_ATTNVIEW_DIAGNOSTICTEXT_H
#define ATTN_TOOLS_ATTNVIEW_DIAGNOSTICTEXT_H

#include "mlir/IR/Diagnostics.h"

namespace attn::view {

/// Takes the errors of a context, as one text, as long as it lives.
class DiagnosticText {
public:
  explicit DiagnosticText(mlir::MLIRContext &context)
      : handler(&context, [this](mlir::Diagnostic &diagnostic) {
          if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error)
            text += (text.empty() ? "" : "\n") + diagnostic.str();
        }) {}

  std::string text;

private:
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace attn::view

#endif // ATTN_TOOLS_ATTNVIEW_DIAGNOSTICTEXT_H
