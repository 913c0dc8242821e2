//===- Instructions.h - attn_nvvm as assembly -------------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_LIB_NVVM_INSTRUCTIONS_H
#define ATTN_CODEGEN_LIB_NVVM_INSTRUCTIONS_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace attn::nvptx {

/// Turns ops of attn_nvvm into inline assembly and intrinsics: the last step
/// before PTX.
void emitInstructions(mlir::gpu::GPUModuleOp kernels);

/// Emits an error at the first op of `kernels` that has no instruction on the
/// GPU (LLVM would end the process), naming it.
llvm::LogicalResult checkInstructions(mlir::gpu::GPUModuleOp kernels);

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_INSTRUCTIONS_H
