//===- NaiveTokens.h - Whose tokens are whose -------------------*- C++ -*-===//
//
// Lengths as LengthsOps.td defines them, on the tensors of a test.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TEST_CODEGEN_CPU_NAIVETOKENS_H
#define ATTN_TEST_CODEGEN_CPU_NAIVETOKENS_H

#include "Tensors.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"

namespace attn::test {

using TensorMap = llvm::MapVector<mlir::Value, Tensor>;

/// The tokens of one sequence on the length axis of a tensor.
struct NaiveTokens {
  bool isPacked;
  int64_t batch, first, length;

  /// Index of channel `d` (or of the number) of token `i` of `head`.
  std::vector<int64_t> at(int64_t head, int64_t i,
                          std::optional<int64_t> d = std::nullopt) const;
};

/// Sequence `batch` of `tensor`; `lengths` may be null.
NaiveTokens tokensOf(mlir::Value lengths, const Tensor &tensor, int64_t batch,
                     const TensorMap &tensors);

/// Number of sequences of `tensor`.
int64_t countSequences(mlir::Value lengths, const Tensor &tensor,
                       const TensorMap &tensors);

/// Fills tables of lengths: full ones, 0, any; offsets with tokens of nobody at
/// both ends. `isWild` gives numbers below 0, too large, decreasing.
void fillLengths(mlir::func::FuncOp function, const TensorMap &tensors,
                 bool isWild);

/// Makes NaN of every token of q, k, v and states that no fold owns.
void poisonUnowned(mlir::func::FuncOp function, const TensorMap &tensors);

/// Number of elements that folds wrote in rows at or beyond a length: results
/// begin as NaN with all bits set.
int64_t countStrayWrites(mlir::func::FuncOp function, const TensorMap &tensors);

} // namespace attn::test

#endif // ATTN_TEST_CODEGEN_CPU_NAIVETOKENS_H
