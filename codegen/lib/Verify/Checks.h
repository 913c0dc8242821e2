//===- Checks.h - Rules of stage lowlevel -----------------------*- C++ -*-===//
//
// Every function checks one kernel and fails after a diagnostic for each break
// of its rules: an error at one op with a note at the other.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_VERIFY_CHECKS_H
#define ATTN_CODEGEN_VERIFY_CHECKS_H

#include "attn/dialect/Attn/Attn.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace attn::verify {

/// Rule undef. Values of struct or vector type may be undefined in part while
/// they are put together.
llvm::LogicalResult checkUndefined(mlir::LLVM::LLVMFuncOp kernel);

/// Rules tied, in flight and fence.
llvm::LogicalResult checkFlights(mlir::LLVM::LLVMFuncOp kernel);

/// Rules registers, shared and barriers. \p kernels holds the kernel and the
/// shared variables.
llvm::LogicalResult checkResources(mlir::LLVM::LLVMFuncOp kernel,
                                   mlir::gpu::GPUModuleOp kernels,
                                   TargetAttr target);

} // namespace attn::verify

#endif // ATTN_CODEGEN_VERIFY_CHECKS_H
