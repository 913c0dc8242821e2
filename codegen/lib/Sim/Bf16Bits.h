//===- Bf16Bits.h - bf16 as integers ----------------------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_SIM_BF16BITS_H
#define ATTN_CODEGEN_SIM_BF16BITS_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace attn::sim {

/// Replaces bf16 by i16 in all types of `function`, whose conversions from and
/// to f32 are spelled out already. x86-64-v3 has no bf16: LLVM would widen and
/// round with calls of a library where values are only moved. Arithmetic in
/// bf16 is a located error.
llvm::LogicalResult replaceBf16ByBits(mlir::LLVM::LLVMFuncOp function);

} // namespace attn::sim

#endif // ATTN_CODEGEN_SIM_BF16BITS_H
