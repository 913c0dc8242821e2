//===- Views.h - What a function does beside attention ----------*- C++ -*-===//
//
// Ops at function level that compute and copy nothing. An index is a letter,
// `tensor.dim` of an argument, or a number; regions capture it as they do
// tables. `tensor.collapse_shape` of an argument makes one token axis of
// several, `tensor.expand_shape` of a result several of one.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_VIEWS_H
#define ATTN_DIALECT_ATTN_VIEWS_H

#include "mlir/IR/Operation.h"

#include <optional>

namespace attn {

/// `tensor.dim`, `arith.constant`, `tensor.collapse_shape`,
/// `tensor.expand_shape`.
bool isView(mlir::Operation *op);

/// Checks rules boundary-C6 to boundary-C8 of an op that `isView`.
llvm::LogicalResult verifyView(mlir::Operation *op);

/// Where an index at function level comes from: a number, or else the size of
/// `axis` of `argument`.
struct IndexOrigin {
  std::optional<int64_t> number;
  mlir::BlockArgument argument;
  unsigned axis = 0;
};

/// Of an index that obeys boundary-C6.
IndexOrigin getIndexOrigin(mlir::Value index);

/// The argument that `value` is, or whose axes it collapses; null for others.
mlir::BlockArgument getViewedArgument(mlir::Value value);

} // namespace attn

#endif // ATTN_DIALECT_ATTN_VIEWS_H
