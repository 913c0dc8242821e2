//===- FoldTask.h - Values of one task of a fold ----------------*- C++ -*-===//
//
// A task computes one (batch, head, tile of queries). These are the SSA values
// and scratch places that its parts share.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_CPU_FOLDTASK_H
#define ATTN_CODEGEN_CPU_FOLDTASK_H

#include "FoldShape.h"
#include "Scratch.h"
#include "Sequences.h"
#include "SlotRows.h"

#include <optional>

namespace attn::cpu {

/// Scratch of a fold of packed pairs; null where it is none.
struct PairScratch {
  Value queries; ///< Q in pairs of channels: [D / 32][queries / 16]
  Value weights; ///< P^T in pairs of keys: [keyTile / 32][group]; twice if
                 ///< shape.overlaps().
  Value waiting; ///< Three i64: PairKernel.cpp; null unless shape.overlaps().
  Value roundedSums; ///< Lanes; null if task.sums are of rounded weights.
  Value largest;     ///< Lanes: the largest logits, in units of maxima; null
                     ///< unless maxima lag behind and the state is a result.
  Value valueRows;   ///< Copies of rows, whole tiles wide: PackKernel.h alone.
  /// Not scratch: KeyStream::tiles of the stream at hand.
  Value tiles;
};

struct FoldTask {
  FoldTask(const FoldShape &shape, CallArguments &call, Scratch &scratch)
      : kb(call.kb), shape(shape), call(call), scratch(scratch) {}

  KernelBuilder &kb;
  const FoldShape &shape;
  CallArguments &call;
  Scratch &scratch;

  // Coordinates.
  Value index;
  Sequence sequence;                ///< Of queries.
  RowRun rows;                      ///< Those that it has, of all tasks.
  std::optional<PackedRange> range; ///< If they are packed.
  Value head;
  Value firstQuery, lastQuery; ///< Of the tile, lastQuery included, below Lq.
  Value numQueries;            ///< lastQuery - firstQuery + 1

  /// Of a task that has a part of the keys; else null. It has the rows of
  /// several heads, and channels are the lanes of its products: RowProducts.h.
  Value part, numParts;
  Value numRows;     ///< A multiple of kRowGroup.
  Value laneQueries; ///< Scratch: the query of every row, i32.
  Value queryRows;   ///< Scratch: q, a row after the other.

  RowView q, out;
  std::optional<RowView> lse;
  /// First rows that a task two ahead reads, and their elements: of q, of K and
  /// V of its first stream if they are not packed. What is there is fetched,
  /// never read.
  llvm::SmallVector<std::pair<RowView, int64_t>> upcoming;
  Value fetchedRows; ///< Where the number of rows fetched is.

  // Scratch, f32. Lanes are queries: row pitch shape.lanePitch.
  Value queryT;                  ///< [D]
  Value outT;                    ///< [Dv]
  Value logits;                  ///< [keyTile]
  Value tileMaxima;              ///< [1], of the tile of keys at hand
  Value maxima;                  ///< [1]
  llvm::SmallVector<Value> sums; ///< [1]; one per stream if mass is a result
  Value rowBlock;                ///< [keyTile][D or Dv]: widened K, then V
  Value keyBlock, valueBlock;    ///< Of a part: padded K and V.
  PairScratch pairs;             ///< Instead of queryT and the block.
  Value queryTokens; ///< Of the tile's slots; null: queries are in no layout.
};

/// A stream as a task sees it.
struct KeyStream {
  const StreamShape &shape;
  Value keys; ///< Lk of the sequence.
  RowView k, v;
  /// Of K: [keyTile / 16][D / 32], then of V^T: [Dv / 16][keyTile / 32], for
  /// every tile of keys; null without packed pairs.
  Value tiles;
  Value sums;                    ///< Where its weights are added up.
  std::optional<SlotRows> slots; ///< If K or V are found through a layout.
};

/// A run of lanes that one register tile covers. All groups are equally wide.
struct LaneGroup {
  Value first;     ///< Lane, a multiple of the vector length.
  int64_t vectors; ///< At most variant.tileVectors.
};

/// Row 0 of O^T at `lane`, the first of a vector or any one.
Value emitOutputAt(FoldTask &task, Value lane);

/// Lanes that hold queries, whole groups: below shape.queryTile only if a tile
/// has blocks.
Value emitUsedLanes(FoldTask &task);

/// Calls `body` for every group of lanes of a tile.
void forEachGroup(FoldTask &task, llvm::function_ref<void(LaneGroup)> body);

/// Decodes the index of a task: sets coordinates. Returns whether there is
/// anything to do as i1, or null if always.
Value emitTaskPlace(FoldTask &task, Value index);

/// Sets views of tensors and places scratch.
void emitTaskSetup(FoldTask &task);

/// Rows of `tensor`, q or a result, in the sequence and head of `task`.
RowView emitQueryRows(FoldTask &task, Value tensor);

/// The row of `lane` in `view`; of padding it is the one before the first.
Value emitRow(FoldTask &task, const RowView &view, Value lane);
/// Sets views of results.
void placeResults(FoldTask &task);
/// Places (m, l, O^T) of a task in scratch.
void placeRowState(FoldTask &task);
/// Places the logits of a tile of keys in scratch.
void placeTileScratch(FoldTask &task);
/// Sets which queries of `sequence` there are, from `first` to `end` - 1.
void placeQueries(FoldTask &task, Value first, Value end);

/// Sets `upcoming` for a task that begins with key `firstKey` of `stream`.
void placeUpcoming(FoldTask &task, const KeyStream &stream, Value firstKey);

/// Key head that `head` reads.
Value emitKeyHead(KernelBuilder &kb, const StreamShape &shape, Value head);

/// Stream number `position` of `sequence` and `keyHead`: what does not depend
/// on the queries of `task`.
KeyStream emitKeyRows(FoldTask &task, unsigned position,
                      const Sequence &sequence, Value keyHead);

/// Places what a task has that packs keys.
void placePackScratch(FoldTask &task);

/// Stream number `position` for the sequence and head of `task`.
KeyStream emitKeyStream(FoldTask &task, unsigned position);

/// Number of tasks of a call.
Value emitTaskCount(CallArguments &call, const FoldShape &shape);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_FOLDTASK_H
