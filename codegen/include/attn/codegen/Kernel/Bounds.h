//===- Bounds.h - Bounds of the key tiles of a route ------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_KERNEL_BOUNDS_H
#define ATTN_CODEGEN_KERNEL_BOUNDS_H

#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/Builders.h"

namespace attn {

/// Value of `expr` over i64. Divisors are positive constants.
mlir::Value emitAffine(mlir::OpBuilder &b, mlir::Location loc,
                       mlir::AffineExpr expr, mlir::ValueRange dims,
                       mlir::ValueRange symbols);

} // namespace attn

#endif // ATTN_CODEGEN_KERNEL_BOUNDS_H
