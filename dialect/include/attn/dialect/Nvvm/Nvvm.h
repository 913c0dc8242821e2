//===- Nvvm.h - The attn_nvvm dialect ---------------------------*- C++ -*-===//

#ifndef ATTN_DIALECT_NVVM_NVVM_H
#define ATTN_DIALECT_NVVM_NVVM_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "attn/dialect/Nvvm/NvvmDialect.h.inc"

namespace attn::nvvm {
/// Of a kernel: bytes of dynamic shared memory per CTA, i64.
inline constexpr llvm::StringLiteral kSharedBytesAttr =
    "attn_nvvm.shared_bytes";
/// Of a kernel: a dictionary of names to the first warp and how many, i32.
inline constexpr llvm::StringLiteral kRolesAttr = "attn_nvvm.roles";
/// Of tensor copies: the axes on which the box may end outside of the tensor.
inline constexpr llvm::StringLiteral kMayLeaveAttr = "attn_nvvm.may_leave";
/// Of tensor copies: those on which it may also begin behind the end.
inline constexpr llvm::StringLiteral kMayBeginAttr = "attn_nvvm.may_begin";
} // namespace attn::nvvm

#define GET_OP_CLASSES
#include "attn/dialect/Nvvm/NvvmOps.h.inc"

#endif // ATTN_DIALECT_NVVM_NVVM_H
