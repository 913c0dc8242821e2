//===- Views.h - Indices that a function gives to regions -------*- C++ -*-===//
//
// At function level an index is a letter, `tensor.dim` of an argument, or a
// number. Regions capture it as they do tables.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_VIEWS_H
#define ATTN_DIALECT_ATTN_VIEWS_H

#include "mlir/IR/Operation.h"

#include <optional>

namespace attn {

/// Ops at function level that compute nothing: `tensor.dim` and
/// `arith.constant`.
bool isView(mlir::Operation *op);

/// Checks rule boundary-C6 of an op that `isView`.
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

} // namespace attn

#endif // ATTN_DIALECT_ATTN_VIEWS_H
