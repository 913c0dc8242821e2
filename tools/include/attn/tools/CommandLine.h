//===- CommandLine.h - Exit codes of tools built on MLIR's mains -*- C++
//-*-===//
//
// MLIR's ready-made mains leave with exit code 1 when the command line is
// wrong; ours is 2. Failures of the work itself are returned, not exited, so an
// exit with 1 from inside such a main is a wrong command line.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_COMMANDLINE_H
#define ATTN_TOOLS_COMMANDLINE_H

#include "attn/codegen/Compiler.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdio>
#include <cstdlib>
#include <unistd.h>

namespace attn {

/// Turns exit(1) into exit code 2 while it lives, and sets what --version says.
class CommandLineScope {
public:
  CommandLineScope() {
    llvm::cl::SetVersionPrinter(
        [](llvm::raw_ostream &out) { out << getCompilerVersion() << "\n"; });
    isInside() = true;
    on_exit(leave, nullptr);
  }
  ~CommandLineScope() { isInside() = false; }

private:
  static bool &isInside() {
    static bool inside = false;
    return inside;
  }

  static void leave(int status, void *) {
    if (!isInside() || status != 1)
      return;
    std::fflush(nullptr);
    llvm::errs().flush();
    _exit(2);
  }
};

} // namespace attn

#endif // ATTN_TOOLS_COMMANDLINE_H
