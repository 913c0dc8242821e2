//===- Diagnostics.cpp - MLIR diagnostics for the C API -------------------===//

#include "Diagnostics.h"

#include "llvm/ADT/Twine.h"

using namespace mlir;

namespace attn {
namespace {

const char *nameOf(DiagnosticSeverity severity) {
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

/// The first place in a file that `location` names; null if there is none.
FileLineColLoc placeOf(Location location) {
  FileLineColLoc place;
  location->walk([&](Location inner) {
    place = dyn_cast<FileLineColLoc>(inner);
    return place ? WalkResult::interrupt() : WalkResult::advance();
  });
  return place;
}

} // namespace

DiagnosticText::DiagnosticText(MLIRContext *context,
                               AttnDiagnosticHandler receiver,
                               void *receiverContext)
    : receiver(receiver), receiverContext(receiverContext),
      handler(context, [this](Diagnostic &diagnostic) {
        bool isError = diagnostic.getSeverity() == DiagnosticSeverity::Error;
        take(diagnostic, isError);
        for (Diagnostic &note : diagnostic.getNotes())
          take(note, isError);
        return success();
      }) {}

void DiagnosticText::take(Diagnostic &diagnostic, bool isError) {
  FileLineColLoc place = placeOf(diagnostic.getLocation());
  std::string file = place ? place.getFilename().str() : "";
  std::string message = diagnostic.str();
  const char *severity = nameOf(diagnostic.getSeverity());
  int64_t line = place ? place.getLine() : 0;
  int64_t column = place ? place.getColumn() : 0;
  if (receiver) {
    AttnDiagnostic view = {sizeof view, severity, file.c_str(),
                           line,        column,   message.c_str()};
    receiver(receiverContext, &view);
  }
  if (!isError)
    return;
  if (!text.empty())
    text += "\n";
  if (place)
    text += (file + ":" + Twine(line) + ":" + Twine(column) + ": ").str();
  text += severity + (": " + message);
}

} // namespace attn
