//===- Layout.h - In which order tokens stand -------------------*- C++ -*-===//
//
// `attn.layout.grid`, `attn.reorder`, `attn.restore`, and the arithmetic from a
// slot to its token, one function for regions and kernels.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_LAYOUT_H
#define ATTN_DIALECT_ATTN_LAYOUT_H

#include "attn/dialect/Attn/Attn.h"

#define GET_OP_CLASSES
#include "attn/dialect/Attn/LayoutOps.h.inc"

namespace attn {

/// What stands in a slot.
struct SlotToken {
  mlir::Value token;  ///< Row-major, below the points of the grid, always.
  mlir::Value exists; ///< i1: not padding. Null: no slot is.
};

/// Arithmetic from `slot` to its token, in the type of `slot`: index or an
/// integer that holds all slots. `sizes` are the sizes of the axes.
SlotToken buildSlotToken(mlir::OpBuilder &builder, mlir::Location loc,
                         LayoutGridOp layout, mlir::Value slot,
                         llvm::ArrayRef<mlir::Value> sizes);

/// May a slot be padding?
bool mayPad(LayoutGridOp layout);

/// Points of the grid, in the type of `sizes`.
mlir::Value buildNumPoints(mlir::OpBuilder &builder, mlir::Location loc,
                           llvm::ArrayRef<mlir::Value> sizes);

/// Slots, in the type of `sizes`.
mlir::Value buildNumSlots(mlir::OpBuilder &builder, mlir::Location loc,
                          LayoutGridOp layout,
                          llvm::ArrayRef<mlir::Value> sizes);

/// The layout whose order the tokens of `tensor` stand in, directly or as rows
/// of a fold; null: their own.
mlir::Value getLayoutOf(mlir::Value tensor);

} // namespace attn

#endif // ATTN_DIALECT_ATTN_LAYOUT_H
