//===- Kernels.h - The kernels there are ------------------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_LIB_NVVM_KERNELS_H
#define ATTN_CODEGEN_LIB_NVVM_KERNELS_H

#include "KernelArguments.h"

#include "attn/dialect/Sched/Sched.h"
#include "attn/dialect/Tile/Tile.h"

namespace attn::nvptx {

/// Emit the body of a kernel at the insertion point and return its launch.
NvvmKernel emitForwardKernel(sched::ForwardOp op, KernelBuilder &kb,
                             KernelArguments &args);
NvvmKernel emitMergeKernel(tile::MergeOp op, KernelBuilder &kb,
                           KernelArguments &args);
NvvmKernel emitSummarizeKernel(tile::SummarizeOp op, KernelBuilder &kb,
                               KernelArguments &args);
/// `op` is a ReorderOp or RestoreOp.
NvvmKernel emitReorderKernel(mlir::Operation *op, KernelBuilder &kb,
                             KernelArguments &args);

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_KERNELS_H
