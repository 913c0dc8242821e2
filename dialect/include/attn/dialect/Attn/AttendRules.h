//===- AttendRules.h - Shape rules shared by attend and fold ----*- C++ -*-===//
//
// `attn.attend` and `attn_tile.fold` compute the same thing and obey the same
// shape rules; the text of the messages names the rules of `attn.attend`.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_ATTENDRULES_H
#define ATTN_DIALECT_ATTN_ATTENDRULES_H

#include "attn/dialect/Attn/Attn.h"

namespace attn {

/// Keys and values of the op that makes a stream.
struct StreamOperands {
  mlir::TypedValue<mlir::RankedTensorType> k, v;
};

/// Keys and values behind `stream`, or std::nullopt if it is not made by
/// `attn.stream` or `attn.route`.
std::optional<StreamOperands> getStreamOperands(mlir::Value stream);

/// Checks shapes and element types of one fold over `stream`.
llvm::LogicalResult verifyFoldShapes(mlir::Operation *op, mlir::Value q,
                                     mlir::Value stream, mlir::Type out,
                                     mlir::Type lse);

/// Checks rules C1 to C3 of `attn.stream`.
llvm::LogicalResult verifyStreamShapes(mlir::Operation *op, mlir::Value k,
                                       mlir::Value v);

} // namespace attn

#endif // ATTN_DIALECT_ATTN_ATTENDRULES_H
