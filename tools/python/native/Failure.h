//===- Failure.h - Errors on their way to Python ----------------*- C++ -*-===//
//
// Thrown where the C API reports a failure; Module.cpp turns it into
// attn.CompileError or attn.LaunchError.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_PYTHON_NATIVE_FAILURE_H
#define ATTN_PYTHON_NATIVE_FAILURE_H

#include "attn-c/AttnRuntime.h"

#include <string>
#include <utility>
#include <vector>

namespace attn::python {

/// An AttnDiagnostic that owns its texts.
struct Diagnostic {
  std::string severity, file;
  int64_t line = 0, column = 0;
  std::string message;
};

struct Failure {
  enum Kind { Compile, Launch } kind;
  std::string message;
  std::vector<Diagnostic> diagnostics; ///< May be empty.
};

/// Calls a function of the C API whose last argument is a message; throws its
/// text as a launch failure.
template <typename Function, typename... Arguments>
void require(Function function, Arguments... arguments) {
  AttnMessage message;
  message.structSize = sizeof message;
  message.text[0] = 0;
  if (function(arguments..., &message) != ATTN_OK)
    throw Failure{Failure::Launch, message.text, {}};
}

} // namespace attn::python

#endif // ATTN_PYTHON_NATIVE_FAILURE_H
