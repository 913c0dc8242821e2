//===- Diagnostics.cpp - MLIR diagnostics as text -------------------------===//

#include "Diagnostics.h"

#include "llvm/ADT/Twine.h"

using namespace mlir;

namespace attn {
namespace {

StringRef nameOf(DiagnosticSeverity severity) {
  switch (severity) {
  case DiagnosticSeverity::Note:
    return "note";
  case DiagnosticSeverity::Warning:
    return "warning";
  case DiagnosticSeverity::Error:
    return "error";
  case DiagnosticSeverity::Remark:
    return "remark";
  }
  llvm_unreachable("unknown severity");
}

/// `file:line:column: `, or nothing for a location that names no file.
std::string prefixOf(Location location) {
  std::string prefix;
  location->walk([&](Location inner) {
    auto file = dyn_cast<FileLineColLoc>(inner);
    if (!file)
      return WalkResult::advance();
    prefix = (file.getFilename().getValue() + ":" + Twine(file.getLine()) +
              ":" + Twine(file.getColumn()) + ": ")
                 .str();
    return WalkResult::interrupt();
  });
  return prefix;
}

} // namespace

DiagnosticText::DiagnosticText(MLIRContext *context)
    : handler(context, [this](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() == DiagnosticSeverity::Error) {
          append(diagnostic);
          for (Diagnostic &note : diagnostic.getNotes())
            append(note);
        }
        return success();
      }) {}

void DiagnosticText::append(Diagnostic &diagnostic) {
  if (!text.empty())
    text += "\n";
  text += prefixOf(diagnostic.getLocation());
  text += nameOf(diagnostic.getSeverity());
  text += ": " + diagnostic.str();
}

} // namespace attn
