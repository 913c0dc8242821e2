//===- CrashGuard.h - LLVM's fatal errors as values -------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_CRASHGUARD_H
#define ATTN_CODEGEN_CRASHGUARD_H

#include "llvm/ADT/STLFunctionalExtras.h"

#include <optional>
#include <string>

namespace attn {

/// Runs `body`. \returns nothing if it came back, else why it did not: the text
/// of LLVM's fatal error, or the signal. What `body` owned is leaked then.
/// Thread safety: any thread, many at the same time, not one inside another.
std::optional<std::string> runGuarded(llvm::function_ref<void()> body);

} // namespace attn

#endif // ATTN_CODEGEN_CRASHGUARD_H
