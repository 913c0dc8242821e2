//===- Instructions.h - attn_nvvm as assembly -------------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_LIB_NVVM_INSTRUCTIONS_H
#define ATTN_CODEGEN_LIB_NVVM_INSTRUCTIONS_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "llvm/ADT/StringRef.h"

namespace attn::nvptx {

/// Bits from the first operand on, as many as the second, unsigned, each up to
/// 32: bmsk.clamp. A shift by 32 bits is poison in LLVM.
inline constexpr llvm::StringLiteral kBitMask = "llvm.nvvm.bmsk.clamp";

/// Turns ops of attn_nvvm into inline assembly and intrinsics: the last step
/// before PTX.
void emitInstructions(mlir::gpu::GPUModuleOp kernels);

/// Emits an error at the first op of `kernels` that has no instruction on the
/// GPU (LLVM would end the process), naming it.
llvm::LogicalResult checkInstructions(mlir::gpu::GPUModuleOp kernels);

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_INSTRUCTIONS_H
