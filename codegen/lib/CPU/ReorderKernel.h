//===- ReorderKernel.h - Kernels of attn.reorder and attn.restore -*- C++
//-*-===//

#ifndef ATTN_CODEGEN_CPU_REORDERKERNEL_H
#define ATTN_CODEGEN_CPU_REORDERKERNEL_H

#include "KernelArguments.h"

#include "attn/dialect/Attn/Layout.h"

namespace attn::cpu {

/// Number of tasks of `op`, a ReorderOp or RestoreOp: some slots of one head
/// each.
Value emitReorderCount(CallArguments &call, mlir::Operation *op);

/// Copies the rows of task `index`.
void emitReorderTask(CallArguments &call, mlir::Operation *op, Value index);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_REORDERKERNEL_H
