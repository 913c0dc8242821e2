//===- Accesses.h - Ordinary loads and stores in strict mode ----*- C++ -*-===//

#ifndef ATTN_CODEGEN_SIM_ACCESSES_H
#define ATTN_CODEGEN_SIM_ACCESSES_H

#include "HostCalls.h"

namespace attn::sim {

/// Tells the host of an llvm.load, store, atomic, memcpy, memmove or memset,
/// before it happens: call with the builder at `op`. Nothing for other ops, and
/// for memory that is the thread's own or constant.
void tellAccess(mlir::Operation *op, HostCalls &host);

} // namespace attn::sim

#endif // ATTN_CODEGEN_SIM_ACCESSES_H
