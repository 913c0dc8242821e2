//===- Backend.h - Targets of LLVM, for many threads ------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_BACKEND_H
#define ATTN_CODEGEN_BACKEND_H

#include <string>

namespace llvm {
class Target;
class Triple;
} // namespace llvm

namespace attn {

/// LLVM's target for `triple`, which `initialize` registers, once per process.
/// Null with an `error`. LLVM's list of targets has no lock of its own: this is
/// the only place that touches it. Thread safety: any thread.
const llvm::Target *findBackend(void (*initialize)(),
                                const llvm::Triple &triple, std::string &error);

} // namespace attn

#endif // ATTN_CODEGEN_BACKEND_H
