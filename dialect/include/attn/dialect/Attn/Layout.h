//===- Layout.h - In which order tokens stand -------------------*- C++ -*-===//
//
// `attn.layout.grid`, `attn.reorder`, `attn.restore`, and the arithmetic from a
// slot to its token, one function for regions and kernels.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_LAYOUT_H
#define ATTN_DIALECT_ATTN_LAYOUT_H

#include "attn/dialect/Attn/Attn.h"

#define GET_TYPEDEF_CLASSES
#include "attn/dialect/Attn/LayoutTypes.h.inc"

#define GET_OP_CLASSES
#include "attn/dialect/Attn/LayoutOps.h.inc"

namespace attn {

/// What stands in a slot.
struct SlotToken {
  mlir::Value token;  ///< Row-major.
  mlir::Value exists; ///< i1: not padding. Null: no slot is.
  /// Per axis the coordinate, and the token among the axes up to it:
  /// `rows[n] == rows[n - 1] * size + coordinates[n]`, the last is `token`.
  llvm::SmallVector<mlir::Value, 3> coordinates, rows;
  /// Places in tiles and residues, with the number that each is below.
  llvm::SmallVector<std::pair<mlir::Value, int64_t>, 6> digits;
};

/// What the token of padding is.
enum class Padding {
  Nothing, ///< Any number, of no point of the grid even.
  Nearest  ///< That of the nearest point: tables may be read at it.
};

/// Arithmetic from `slot` to its token, in the type of `slot`: index, an
/// integer that holds all slots, or f64, where they are exact below 2^50, alone
/// or in a vector. `sizes`, of that type, are the sizes of the axes.
SlotToken buildSlotToken(mlir::OpBuilder &builder, mlir::Location loc,
                         LayoutGridOp layout, mlir::Value slot,
                         llvm::ArrayRef<mlir::Value> sizes, Padding padding);

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

/// The tensor whose memory holds the rows of `tensor`: another one where
/// attn.reorder or attn.restore is in place.
mlir::Value getStored(mlir::Value tensor);

/// Through which layout they are found there; null: they lie as `tensor` says.
LayoutGridOp getStoredLayout(mlir::Value tensor);

/// Checks rules reorder-C3 to reorder-C7 and restore-C2 of an op at function
/// level, of any stage.
llvm::LogicalResult verifyOrder(mlir::Operation *op);

} // namespace attn

#endif // ATTN_DIALECT_ATTN_LAYOUT_H
