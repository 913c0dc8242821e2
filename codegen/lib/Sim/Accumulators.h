//===- Accumulators.h - Accumulators in flight, strict mode -----*- C++ -*-===//
//
// In strict mode the result of a product is a token until a wait gives the
// values (SimAbi.h). Here is what makes code tell one from the other.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_SIM_ACCUMULATORS_H
#define ATTN_CODEGEN_SIM_ACCUMULATORS_H

#include "HostCalls.h"

namespace attn::sim {

/// Emits before `op`, a wait, what an accumulator is behind it.
mlir::Value giveAccumulator(mlir::Operation *op, mlir::Value accumulator,
                            unsigned index, HostCalls &host);

/// Emits checks that no op of `function` works on an accumulator in flight.
/// Where waits are not tied to accumulators, such a use is where the values
/// come, if a wait has covered them. Runs before any op is lowered.
void checkAccumulators(mlir::LLVM::LLVMFuncOp function, HostCalls &host);

} // namespace attn::sim

#endif // ATTN_CODEGEN_SIM_ACCUMULATORS_H
