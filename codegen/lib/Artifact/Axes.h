//===- Axes.h - Sizes of tensors as expressions over letters ----*- C++ -*-===//
//
// Every tensor of a function, argument or intermediate, has sizes that follow
// from the letters of the arguments.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_ARTIFACT_AXES_H
#define ATTN_CODEGEN_LIB_ARTIFACT_AXES_H

#include "attn/codegen/Cpu.h"
#include "attn/dialect/Attn/Attn.h"
#include "attn/manifest/Manifest.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace attn {

/// Size of one axis of `value`: a constant where the type is static, else an
/// expression over the letters of the function's arguments.
manifest::Expr getAxisSize(mlir::Value value, unsigned axis);

/// An index at function level: a letter or a number.
manifest::Expr getIndexSize(mlir::Value index);

/// Points of the grid of `layout`: the tokens of what is reordered by it.
manifest::Expr getLayoutPoints(mlir::Value layout);

/// Sizes of a buffer of a CPU kernel: [B, Hk, tiles, elements], or
/// [Hk, tiles, elements] where keys are packed sequences.
std::vector<manifest::Expr> getSizes(const CpuBuffer &buffer);

/// Sizes of all axes of `value`.
std::vector<manifest::Expr> getSizes(mlir::Value value);

/// What the coordinates of the pairs of a fold and one of its streams range
/// over: tokens, in whatever order they stand. Sequences of packed tokens are
/// as long as all tokens at most.
struct PairSizes {
  manifest::Expr b, hq, lq, lk;
  bool fixedQueries, fixedKeys; ///< Every sequence has lq queries, lk keys.
};
PairSizes getPairSizes(FoldOpInterface fold, mlir::Value stream);

/// Number of sequences of a tensor `[B, ...]`, or packed by `lengths`.
manifest::Expr getBatchSize(mlir::Value tensor, mlir::Value lengths);

/// The manifest's type for `type`, or std::nullopt if there is none.
std::optional<manifest::Dtype> getDtype(mlir::Type type);

/// Name, type, letters and contract of the arguments and results of `function`.
/// Fails with a diagnostic on types that can not cross the boundary.
mlir::FailureOr<manifest::Entry> getSignature(mlir::func::FuncOp function);

} // namespace attn

#endif // ATTN_CODEGEN_LIB_ARTIFACT_AXES_H
