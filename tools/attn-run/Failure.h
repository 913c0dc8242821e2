//===- Failure.h - How attn-run gives up ------------------------*- C++ -*-===//
//
// Inside the tool failures are exceptions; main turns them into exit codes:
// 2 for a wrong command line, 1 for everything else.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_ATTNRUN_FAILURE_H
#define ATTN_TOOLS_ATTNRUN_FAILURE_H

#include "attn-c/AttnRuntime.h"

#include <stdexcept>
#include <string>

namespace attn::run {

/// Exit code 1: the text says what was found, what was expected, what to do.
struct RunError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Exit code 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Calls a function of the C API whose last argument is a message.
template <typename Function, typename... Args>
void require(Function function, Args... args) {
  AttnMessage message;
  message.structSize = sizeof message;
  message.text[0] = 0;
  if (function(args..., &message) != ATTN_OK)
    throw RunError(message.text);
}

} // namespace attn::run

#endif // ATTN_TOOLS_ATTNRUN_FAILURE_H
