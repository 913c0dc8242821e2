//===- LowerFunction.h - GPU code becomes host code -------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_SIM_LOWERFUNCTION_H
#define ATTN_CODEGEN_SIM_LOWERFUNCTION_H

#include "BlockCounts.h"
#include "SharedLayout.h"

namespace attn::sim {

/// Rewrites the body of `function`, whose last argument is the host: GPU ops
/// into calls of the host, addresses of shared variables into addresses in the
/// window, calls into calls that pass the host on. Emits a diagnostic for every
/// op that is not known and then fails.
llvm::LogicalResult lowerFunction(mlir::LLVM::LLVMFuncOp function,
                                  const SharedLayout &layout, HostCalls &host,
                                  BlockCounts &blocks);

} // namespace attn::sim

#endif // ATTN_CODEGEN_SIM_LOWERFUNCTION_H
