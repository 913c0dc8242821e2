//===- RegionOps.h - One operation of a region ------------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_REGIONOPS_H
#define ATTN_CODEGEN_CPU_REGIONOPS_H

#include "RegionTypes.h"

namespace attn::cpu {

/// Emits `op`, an arith or math operation with one result, on `operands`: its
/// operands as they are held, all scalars or all lanes. The result is held as
/// i32 instead of i64 if `isNarrow`; then wide operands are i32 too. Operations
/// are total: no operand traps.
Value emitRegionOp(KernelBuilder &kb, mlir::Operation *op, ValueRange operands,
                   bool isNarrow);

/// `value` of a wide integer as i32 (saturated if `saturate`, else the caller
/// knows that it fits) or i64. Scalars and lanes.
Value resizeWide(KernelBuilder &kb, Value value, bool isNarrow,
                 bool saturate = false);

/// Checks that emitRegionOp covers `op` on its types; emits an error that lists
/// what is covered.
llvm::LogicalResult checkRegionOp(mlir::Operation *op);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_REGIONOPS_H
