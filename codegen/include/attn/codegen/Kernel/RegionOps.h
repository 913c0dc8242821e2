//===- RegionOps.h - One operation of a region ------------------*- C++ -*-===//
//
// The arith and math operations that regions may use, and their code on held
// values, for every target.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_KERNEL_REGIONOPS_H
#define ATTN_CODEGEN_KERNEL_REGIONOPS_H

#include "attn/codegen/Kernel/RegionTarget.h"

namespace attn {

/// Emits `op`, an arith or math operation with one result, on `operands`: its
/// operands as they are held, all scalars or all vectors. The result is held as
/// i32 instead of i64 if `isNarrow`; then wide operands are i32 too. Operations
/// are total: no operand traps.
mlir::Value emitRegionOp(RegionTarget &target, mlir::Operation *op,
                         mlir::ValueRange operands, bool isNarrow);

/// `value` of a wide integer as i32 (saturated if `saturate`, else the caller
/// knows that it fits) or i64. Scalars and vectors.
mlir::Value resizeWide(mlir::OpBuilder &b, mlir::Location loc,
                       mlir::Value value, bool isNarrow, bool saturate = false);

/// `constant` as an integer of the type of `like`, in every lane.
mlir::Value integerLike(mlir::OpBuilder &b, mlir::Location loc,
                        mlir::Value like, int64_t constant);

/// `scalar` as the type of `like` has elements: in every lane of a vector.
mlir::Value splatLike(mlir::OpBuilder &b, mlir::Location loc, mlir::Value like,
                      mlir::Value scalar);

/// Checks that emitRegionOp covers every operation of `region` (which may be
/// empty); emits an error that names `target` and lists what is covered. \param
/// missing functions of math that `target` has no code for.
llvm::LogicalResult
checkRegionOps(mlir::Region &region, llvm::StringRef target,
               llvm::ArrayRef<llvm::StringRef> missing = {});

} // namespace attn

#endif // ATTN_CODEGEN_KERNEL_REGIONOPS_H
