//===- Process.h - Runs a program and reads what it says --------*- C++ -*-===//
//
// In place of llvm::sys::ExecuteAndWait, whose time limit is SIGALRM: that
// signal belongs to the host, and two threads that compile at once would
// cancel each other's.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_PTXAS_PROCESS_H
#define ATTN_CODEGEN_LIB_PTXAS_PROCESS_H

#include <chrono>
#include <string>
#include <vector>

namespace attn {

struct ProcessResult {
  std::string output;  ///< stdout and stderr.
  std::string failure; ///< "exited with code 1"; "" if the code was 0.
};

/// Runs `arguments[0]`, a path, with nothing on stdin. After `limit`, or more
/// than 1 MiB of output, it is killed together with what it started.
ProcessResult runProcess(const std::vector<std::string> &arguments,
                         std::chrono::milliseconds limit);

} // namespace attn

#endif // ATTN_CODEGEN_LIB_PTXAS_PROCESS_H
