//===- Sequences.h - Which tokens of a tensor are one sequence --*- C++ -*-===//
//
// A sequence is a row of a padded tensor [B, H, L, ...] or a run of tokens of a
// packed one [H, T, ...]. Its length is the size of the axis, or what a table
// on the device says, clamped as `attn.lengths` has it.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_NVVM_SEQUENCES_H
#define ATTN_CODEGEN_LIB_NVVM_SEQUENCES_H

#include "KernelArguments.h"

#include "attn/dialect/Attn/AttendRules.h"

namespace attn::nvptx {

struct Tokens {
  TokenAxes axes = TokenAxes(false);
  Value batch; ///< Number of the sequence, i32.
  Value first; ///< Packed: its first token, i32; else null.
  Value count; ///< Its length, i32.

  /// Address of row 0 of `head` in a tensor of these tokens.
  Value getRows(KernelBuilder &kb, KernelArguments &args, Value tensor,
                Value head) const;
  /// Address of row `row`, i32.
  Value getRow(KernelBuilder &kb, KernelArguments &args, Value tensor,
               Value head, Value row) const;
};

/// Sequence `batch` of `tensor`; `lengths` may be null.
Tokens emitTokens(KernelBuilder &kb, KernelArguments &args, Value tensor,
                  Value lengths, Value batch);

/// Rows first .. end - 1 of a sequence, i32.
struct RowRun {
  Value first; ///< Null: 0.
  Value end;   ///< At or below `first`: none.
};

/// The rows of sequence `tokens` of `tensor` that all `lengths`, forms of whose
/// tensors are alike, have.
RowRun emitRowRun(KernelBuilder &kb, KernelArguments &args, Value tensor,
                  const Tokens &tokens, ValueRange lengths);

/// A run of rows of a packed tensor.
struct PackedTile {
  Tokens tokens;
  Value firstRow; ///< In the sequence; at or beyond its length: nothing to do.
};

/// The tile of `tile` rows at `position`: sequence n begins at position
/// floor(its first token / tile) + n, which leaves room for all of its tiles.
PackedTile emitPackedTile(KernelBuilder &kb, KernelArguments &args,
                          Value tensor, Value lengths, int64_t tile,
                          Value position);

/// The number of positions, from sizes only: ceil(T / tile) + B.
manifest::Expr countPackedTiles(const NvvmTensors &tensors, Value tensor,
                                Value lengths, int64_t tile);

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_SEQUENCES_H
