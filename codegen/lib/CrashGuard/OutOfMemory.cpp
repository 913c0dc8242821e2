//===- OutOfMemory.cpp - What tools do without memory ---------------------===//

#include "attn/codegen/OutOfMemory.h"
#include "attn/codegen/TemporaryPath.h"

#include "llvm/Support/ErrorHandling.h"

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <unistd.h>

namespace attn {
namespace {

const char *tool = nullptr; ///< Null in a process that is not a tool.
void (*toolCleanup)() = nullptr;
char message[1024]; ///< Written beforehand: then nothing may be allocated.

void setMessage(llvm::StringRef program) {
  llvm::StringRef shown = program.take_back(sizeof message / 2);
  std::snprintf(message, sizeof message, "%s: error: out of memory%s%.*s%s\n",
                tool, program.empty() ? "" : " while compiling '",
                int(shown.size()), shown.data(), program.empty() ? "" : "'");
}

[[noreturn]] void end() {
  TemporaryPath::removeAll();
  if (toolCleanup)
    toolCleanup();
  (void)!::write(STDERR_FILENO, message, llvm::StringRef(message).size());
  _exit(1);
}

void onBadAlloc(void *, const char *, bool) { end(); }

struct sigaction previousAction;

/// MLIR does not check every malloc: what follows is an access near null.
void onSegmentationFault(int signal, siginfo_t *fault, void *) {
  constexpr uintptr_t kNearNull = 4096;
  if (errno == ENOMEM && uintptr_t(fault->si_addr) < kNearNull)
    end();
  sigaction(signal, &previousAction, nullptr); // The access happens again.
}

} // namespace

void exitWhenOutOfMemory(const char *name, void (*cleanup)()) {
  tool = name;
  toolCleanup = cleanup;
  setMessage("");
  llvm::install_bad_alloc_error_handler(onBadAlloc);
  struct sigaction action{};
  action.sa_sigaction = onSegmentationFault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction(SIGSEGV, &action, &previousAction);
}

MemoryScope::MemoryScope(llvm::StringRef program) {
  if (!tool)
    return;
  setMessage(program);
  previous = std::set_new_handler(end);
}

MemoryScope::~MemoryScope() {
  if (!tool)
    return;
  setMessage("");
  std::set_new_handler(previous);
}

} // namespace attn
