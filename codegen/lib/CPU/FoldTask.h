//===- FoldTask.h - Values of one task of a fold ----------------*- C++ -*-===//
//
// A task computes one (batch, head, tile of queries). These are the SSA values
// and scratch places that its parts share.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_CPU_FOLDTASK_H
#define ATTN_CODEGEN_CPU_FOLDTASK_H

#include "FoldShape.h"
#include "KernelArguments.h"
#include "KernelBuilder.h"

namespace attn::cpu {

/// A tensor in memory at fixed leading coordinates: rows of elements.
struct RowView {
  Value pointer, stride; ///< Elements from one row to the next.
  Type element;
};

struct FoldTask {
  FoldTask(KernelBuilder &kb, const FoldShape &shape,
           KernelArguments &arguments, ScratchLayout &layout)
      : kb(kb), shape(shape), arguments(arguments), layout(layout) {}

  KernelBuilder &kb;
  const FoldShape &shape;
  KernelArguments &arguments;
  ScratchLayout &layout;

  Value args;    ///< The kernel's argument array.
  Value scratch; ///< This worker's.

  // Coordinates.
  Value queries, keys; ///< Lq, Lk
  Value batch, head;
  Value firstQuery, lastQuery; ///< Of the tile, lastQuery included, below Lq.
  Value numQueries;            ///< lastQuery - firstQuery + 1

  RowView q, k, v, out;
  RowView upcomingQ;  ///< From the first row of the task two ahead ...
  Value upcomingLast; ///< ... to this one.
  Value lse;          ///< Row of this head, or null.

  // Scratch, f32. Lanes are queries: row pitch shape.queryTile.
  Value queryT;               ///< [D]
  Value outT;                 ///< [Dv]
  Value logits;               ///< [keyTile]
  Value tileMaxima;           ///< [1], of the tile of keys at hand
  Value maxima, sums;         ///< [1]
  Value keyBlock, valueBlock; ///< [keyTile][D], [keyTile][Dv]

  /// Bytes of one worker's scratch: known when all of the task is emitted.
  mlir::arith::ConstantOp scratchSize;
  void fixScratchSize();

  /// New scratch of `bytes`.
  Value allocate(int64_t bytes) {
    return kb.at(scratch, kb.b.getI8Type(), layout.add(bytes));
  }
  Value allocateFloats(int64_t count) {
    return allocate(count * static_cast<int64_t>(sizeof(float)));
  }
};

/// A run of lanes that one register tile covers. All groups are equally wide.
struct LaneGroup {
  Value first;     ///< Lane, a multiple of the vector length.
  int64_t vectors; ///< At most variant.tileVectors.
};

/// Calls `body` for every group of lanes of a tile.
void forEachGroup(FoldTask &task, llvm::function_ref<void(LaneGroup)> body);

/// Reads arguments and decodes the index of a task: sets coordinates and views.
void emitTaskSetup(FoldTask &task, tile::FoldOp fold, Value index, Value worker,
                   Value host);

/// Number of tasks of a call.
Value emitTaskCount(KernelBuilder &kb, KernelArguments &arguments, Value args,
                    tile::FoldOp fold, const FoldShape &shape);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_FOLDTASK_H
