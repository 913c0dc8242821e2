//===- Sequences.h - Which tokens of a tensor are one sequence --*- C++ -*-===//
//
// Lengths are read on the device. What they say is clamped, so that no number
// in a table can send a kernel outside of a tensor.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_CPU_SEQUENCES_H
#define ATTN_CODEGEN_CPU_SEQUENCES_H

#include "KernelArguments.h"

#include "attn/dialect/Attn/AttendRules.h"

namespace attn::cpu {

/// A tensor in memory at fixed leading coordinates: rows of elements.
struct RowView {
  Value pointer, stride; ///< Elements from one row to the next.
  Type element;
  /// The tokens of the rows of a tile, where those are found through a layout;
  /// null: rows follow each other.
  Value tokens;
};

/// The tokens of one sequence, in padded or packed tensors.
struct Sequence {
  Value batch;
  Value length;
  Value first; ///< Its first token among the packed ones; null if padded.
};

/// Tokens first .. end - 1 of packed tensors, 0 or more, before they are
/// clamped to the number of tokens of one.
struct PackedRange {
  Value batch, first, end;
};

/// Sequence `batch` of packed `lengths`.
PackedRange emitPackedRange(CallArguments &call, Value lengths, Value batch);

/// Those of them that packed `tensor` has.
Sequence emitSequence(CallArguments &call, Value tensor, PackedRange range);

/// Sequence `batch` of `tensor`, `[B, H, L, D]` or packed `[H, T, D]`.
/// `lengths` may be null: full.
Sequence emitSequence(CallArguments &call, Value tensor, Value lengths,
                      Value batch);

/// Rows first .. end - 1 of a sequence; `end` at or below `first`: none.
struct RowRun {
  Value first, end;
};

/// The rows of `sequence` of `tensor` that all `lengths`, forms of whose
/// tensors are alike, have.
RowRun emitRowRun(CallArguments &call, Value tensor, const Sequence &sequence,
                  ValueRange lengths);

/// ceil(length / tile)
Value emitTileCount(CallArguments &call, Value tensor, TokenAxes axes,
                    int64_t tile);

/// Number of tiles that hold the rows of one head: of a padded sequence, or of
/// all packed ones, of which some may stay empty: ceil(T / tile) + B.
Value emitTileCount(CallArguments &call, Value tensor, Value lengths,
                    int64_t tile);

/// A tile of rows of a packed sequence; it is empty where `firstRow` is at or
/// beyond the length of the sequence.
struct PackedTile {
  PackedRange range;
  Value firstRow;
};

/// Tile number `position` of packed `tensor`. Sequence b has the positions from
/// floor(first token / tile) + b on. Steps through the offsets, most of them by
/// whole vectors: O(B).
PackedTile emitPackedTile(CallArguments &call, Value tensor, Value lengths,
                          int64_t tile, Value position);

/// Rows of `tensor` in one sequence and head; numbers (`[B, H, L]`) are rows of
/// one element.
RowView emitRows(CallArguments &call, Value tensor, const Sequence &sequence,
                 Value head);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_SEQUENCES_H
