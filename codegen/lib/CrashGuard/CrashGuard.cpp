//===- CrashGuard.cpp - LLVM's fatal errors as values ---------------------===//

#include "attn/codegen/CrashGuard.h"

#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/raw_ostream.h"

#include <mutex>

namespace {

thread_local std::string *reason = nullptr; ///< Null where nothing is guarded.

/// LLVM would call exit behind this; the recovery context of the thread jumps
/// out instead.
void onFatalError(void *, const char *text, bool) {
  if (!reason) {
    llvm::errs() << "LLVM ERROR: " << text << "\n"; // As without a handler.
    return;
  }
  *reason = text;
  if (auto *context = llvm::CrashRecoveryContext::GetCurrent())
    context->HandleExit(1);
}

/// Handlers are global in LLVM: the first of the calls that run at the same
/// time sets them, the last one takes them away.
class Handlers {
public:
  Handlers() {
    std::lock_guard<std::mutex> lock(mutex);
    if (numRunning++ != 0)
      return;
    llvm::CrashRecoveryContext::Enable();
    llvm::install_fatal_error_handler(onFatalError);
  }
  ~Handlers() {
    std::lock_guard<std::mutex> lock(mutex);
    if (--numRunning != 0)
      return;
    llvm::remove_fatal_error_handler();
    llvm::CrashRecoveryContext::Disable();
  }

private:
  static std::mutex mutex;
  static unsigned numRunning;
};

std::mutex Handlers::mutex;
unsigned Handlers::numRunning = 0;

} // namespace

std::optional<std::string> attn::runGuarded(llvm::function_ref<void()> body) {
  Handlers handlers;
  std::string text;
  reason = &text;
  llvm::CrashRecoveryContext context;
  bool isDone = context.RunSafely(body);
  reason = nullptr;
  if (isDone)
    return std::nullopt;
  if (text.empty())
    text = "crashed with code " + std::to_string(context.RetCode);
  return text;
}
