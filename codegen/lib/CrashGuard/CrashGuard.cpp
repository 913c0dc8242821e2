//===- CrashGuard.cpp - LLVM's fatal errors as values ---------------------===//

#include "attn/codegen/CrashGuard.h"

#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/ErrorHandling.h"

#include <mutex>

namespace {

std::mutex guardMutex; // Handlers are global in LLVM.

/// LLVM would call exit behind this; the recovery context jumps out instead.
void onFatalError(void *reason, const char *text, bool) {
  *static_cast<std::string *>(reason) = text;
  if (auto *context = llvm::CrashRecoveryContext::GetCurrent())
    context->HandleExit(1);
}

} // namespace

std::optional<std::string> attn::runGuarded(llvm::function_ref<void()> body) {
  std::lock_guard<std::mutex> lock(guardMutex);
  std::string reason;
  llvm::CrashRecoveryContext::Enable();
  bool isDone;
  {
    llvm::ScopedFatalErrorHandler handler(onFatalError, &reason);
    llvm::CrashRecoveryContext context;
    isDone = context.RunSafely(body);
    if (!isDone && reason.empty())
      reason = "crashed with code " + std::to_string(context.RetCode);
  }
  llvm::CrashRecoveryContext::Disable();
  if (isDone)
    return std::nullopt;
  return reason;
}
