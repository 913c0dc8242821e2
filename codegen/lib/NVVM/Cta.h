//===- Cta.h - What every part of a forward kernel knows --------*- C++ -*-===//
//
// The op, its tensors, and the coordinates of the query tile at hand: the first
// query, batch and heads, made anew for every tile.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_NVVM_CTA_H
#define ATTN_CODEGEN_LIB_NVVM_CTA_H

#include "Sequences.h"

#include "attn/dialect/Sched/Sched.h"

namespace attn::nvptx {

/// A stream as this CTA sees it.
struct KeyStream {
  RouteOp route;
  Tokens keys;
  Value head; ///< Key head, i32.
};

/// A query tile of the grid.
struct QueryTile {
  Value number; ///< Of its sequence, or packed its position; i32.
  Value head;   ///< The first, i32.
  Value batch;  ///< i32; batch is null where tokens are packed.
};

struct Cta {
  /// Makes what holds for all tiles.
  Cta(KernelBuilder &kb, KernelArguments &args, sched::ForwardOp op);
  /// Makes the coordinates of `tile`; the whole warp, for all of the role.
  void locate(const QueryTile &tile);

  int64_t headSize();  ///< D
  int64_t valueSize(); ///< Dv
  int64_t queriesPerTile() { return op.getQueriesPerTile(); }
  int64_t headTile() { return op.getHeadTile(); }
  int64_t keyTile() { return op.getKeyTile(); }
  Type element();
  /// Lengths are on the device: a query tile may be left without rows.
  bool mayBeEmpty() {
    return op.getLengths() || !op.getOperandLengths().empty();
  }

  KernelBuilder &kb;
  KernelArguments &args;
  sched::ForwardOp op;

  Value shared;          ///< Dynamic shared memory.
  bool isLean = false;   ///< The role at hand has few registers.
  Value thread;          ///< In the CTA, i32.
  Value warp, warpgroup; ///< Agreed on by the warp, i32.
  // Of the tile at hand.
  Value firstQuery; ///< In its sequence, i32.
  Value queriesEnd; ///< Behind the last that all operands have, i32.
  Value batch;      ///< i32.
  Value head;       ///< The first of the tile, i32.
  Tokens queries;
  llvm::SmallVector<KeyStream> streams; ///< In the order of the op.

  /// `shared`; lean roles make it again instead of keeping it.
  Value getShared();
  /// Row `row` of the tile, i32, as a query and a head of the tile.
  std::pair<Value, Value> splitRow(Value row);

private:
  void findRows();
};

/// A place in a ring.
struct Position {
  Value stage, phase; ///< i32; `stage` is null where there is one.
};

/// A tile of keys of one of the streams.
struct TilePoint {
  Value at;     ///< Position among the tiles of all streams, i32.
  Value isFull; ///< What `classify` says; null without it.
};

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_CTA_H
