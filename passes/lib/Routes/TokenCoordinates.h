//===- TokenCoordinates.h - Coordinates of reordered tokens -----*- C++ -*-===//
//
// Folds over reordered tensors count slots; what masks and scores are told is
// the token in the slot, and the number of tokens.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_PASSES_LIB_ROUTES_TOKENCOORDINATES_H
#define ATTN_PASSES_LIB_ROUTES_TOKENCOORDINATES_H

#include "attn/dialect/Attn/Layout.h"

namespace attn {

/// Value in a region of an index at function level.
using IndexCapture = llvm::function_ref<mlir::Value(mlir::Value)>;

/// The layouts of the queries and the keys of a region; null: their own order.
struct PairLayouts {
  LayoutGridOp queries, keys;

  explicit operator bool() { return queries || keys; }
  bool operator==(const PairLayouts &other) const {
    return queries == other.queries && keys == other.keys;
  }
  /// Sizes that are no numbers, of both.
  llvm::SmallVector<mlir::Value> getSizes();
};

/// What `slot` holds; of no layout: the token of that number.
SlotToken buildToken(mlir::OpBuilder &builder, mlir::Location loc,
                     LayoutGridOp layout, mlir::Value slot,
                     IndexCapture getCapture);

/// Makes every attn.length of `region` a number of tokens.
void countTokens(mlir::Region &region, PairLayouts layouts,
                 IndexCapture getCapture);

/// Gives the score of `attend` tokens for slots.
void scoreTokens(AttendOp attend, PairLayouts layouts);

} // namespace attn

#endif // ATTN_PASSES_LIB_ROUTES_TOKENCOORDINATES_H
