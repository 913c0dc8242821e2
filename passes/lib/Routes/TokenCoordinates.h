//===- TokenCoordinates.h - Coordinates of reordered tokens -----*- C++ -*-===//
//
// Folds over reordered tensors count slots; what masks and scores are told is
// the token in the slot, and the number of tokens.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_PASSES_LIB_ROUTES_TOKENCOORDINATES_H
#define ATTN_PASSES_LIB_ROUTES_TOKENCOORDINATES_H

#include "attn/dialect/Attn/Layout.h"

#include <functional>

namespace attn {

/// Value in a region of an index at function level.
using IndexCapture = std::function<mlir::Value(mlir::Value)>;

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

/// Replaces slots by tokens in a region whose arguments `query` and `key` are
/// slots: first the values that stand for them are made, the region is built
/// on those or told to use them, then it is finished.
class TokenBuilder {
public:
  /// Appends to the block that `builder` is in. `readsTables`: also what
  /// padding holds is in the range of tokens.
  TokenBuilder(mlir::OpBuilder &builder, mlir::Location loc,
               PairLayouts layouts, IndexCapture getCapture, bool readsTables);

  /// What `slot` holds; in their own order it is the token.
  SlotToken build(mlir::Value slot, Side side);

  /// Makes lengths numbers of tokens, and takes quotients and remainders of
  /// the tokens that were built from what they are made of.
  void finish(mlir::Region &region);

private:
  LayoutGridOp getLayout(Side side);
  llvm::SmallVector<mlir::Value> getSizes(mlir::OpBuilder &builder,
                                          LayoutGridOp layout);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  PairLayouts layouts;
  IndexCapture getCapture;
  Padding padding;
  /// `rows / size` and `rows % size` of tokens that were built.
  struct Division {
    mlir::Value dividend, size, quotient, remainder;
  };
  llvm::SmallVector<Division> divisions;
  llvm::SmallVector<std::pair<mlir::Value, int64_t>> digits;
};

/// Gives the score of `attend` tokens for slots.
void scoreTokens(AttendOp attend, PairLayouts layouts);

} // namespace attn

#endif // ATTN_PASSES_LIB_ROUTES_TOKENCOORDINATES_H
