//===- RegionOps.h - One operation of a region ------------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_LIB_NVVM_REGIONOPS_H
#define ATTN_CODEGEN_LIB_NVVM_REGIONOPS_H

#include "KernelBuilder.h"
#include "RegionTypes.h"

namespace attn::nvptx {

/// Emits `op`, an arith or math operation with one result, on `operands`: its
/// operands as they are held. The result is held as i32 instead of i64 if
/// `isNarrow`; then wide operands are i32 too. No operand traps.
Value emitRegionOp(KernelBuilder &kb, mlir::Operation *op, ValueRange operands,
                   bool isNarrow);

/// `value` of a wide integer as i32 (saturated, if the caller does not know
/// that it fits) or as i64.
Value resizeWide(KernelBuilder &kb, Value value, bool isNarrow, bool saturate);

/// A float held as f32, rounded to what `type` can hold.
Value roundTo(KernelBuilder &kb, Value value, Type type);

/// Checks that emitRegionOp covers `op`; emits an error that lists what is.
llvm::LogicalResult checkRegionOp(mlir::Operation *op);

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_REGIONOPS_H
