//===- AttendRules.h - Shape rules shared by all folds ----------*- C++ -*-===//
//
// `attn.attend`, `attn_tile.fold` and `attn_sched.forward` compute the same
// thing and obey the same rules; messages name the rules of `attn.attend`.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_ATTENDRULES_H
#define ATTN_DIALECT_ATTN_ATTENDRULES_H

#include "attn/dialect/Attn/Attn.h"

namespace attn {

/// Operands of the op that makes a stream.
struct StreamOperands {
  mlir::TypedValue<mlir::RankedTensorType> k, v;
  mlir::Value lengths; ///< Or null: full.
  std::optional<llvm::ArrayRef<int64_t>> heads;
};

/// What is behind `stream`, or std::nullopt if it is not made by `attn.stream`
/// or `attn.route`.
std::optional<StreamOperands> getStreamOperands(mlir::Value stream);

/// True if `lengths` (null: full) are packed: tensors have no batch axis, and
/// all tokens lie in one.
bool isPacked(mlir::Value lengths);

/// The tensor on the device that holds `lengths`, or null.
mlir::Value getLengthsTable(mlir::Value lengths);

/// True if both stand for the same numbers: one form, one table.
bool isSameLengths(mlir::Value lhs, mlir::Value rhs);

/// Lengths, other than its own, of the folds and merges whose results `op`, a
/// fold or merge of any stage, reads row by row: q and the parts of states,
/// directly or through others. `op` has the rows that all of them have. Each
/// once, in the order in which they are met.
llvm::SmallVector<mlir::Value> getOperandLengths(mlir::Operation *op);

/// Positions of the axes of q, k, v, out, acc `[B, H, L, D]`, packed
/// `[H, T, D]`, and of lse `[B, H, L]`, packed `[H, T]`.
struct TokenAxes {
  explicit TokenAxes(bool isPacked) : shift(isPacked ? 1 : 0) {}
  /// std::nullopt if packed.
  std::optional<unsigned> batch() const {
    return shift ? std::nullopt : std::optional<unsigned>(0);
  }
  unsigned head() const { return 1 - shift; }
  unsigned length() const { return 2 - shift; }
  unsigned channel() const { return 3 - shift; }
  unsigned rank() const { return 4 - shift; }

private:
  unsigned shift;
};

/// Do two sizes agree? A dynamic size matches any.
bool agree(int64_t lhs, int64_t rhs);

/// The largest n such that query heads n * i to n * i + n - 1 read one key head
/// of `stream`, for every i; 1 where the number of heads is not known.
int64_t getHeadGroup(FoldOpInterface fold, mlir::Value stream);

/// f32, f16, bf16
bool isAttentionElement(mlir::Type type);

/// Checks rules C1 to C6, C10, C12 and C13 of `attn.attend`.
llvm::LogicalResult verifyFold(FoldOpInterface op);

/// Checks rules C1 to C3, C5 and C6 of `attn.stream`.
llvm::LogicalResult verifyStream(mlir::Operation *op,
                                 const StreamOperands &stream);

/// Checks the rules of `attn.merge`.
llvm::LogicalResult verifyMerge(mlir::Operation *op, mlir::ValueRange states,
                                mlir::Type out, mlir::Type lse);

/// Checks that lengths of operands are made by ops of the lengths family, and
/// have the form and the number of sequences of `out`.
llvm::LogicalResult verifyOperandLengths(mlir::Operation *op,
                                         mlir::ValueRange lengths,
                                         mlir::Type out);

} // namespace attn

#endif // ATTN_DIALECT_ATTN_ATTENDRULES_H
