//===- Cta.h - What every part of a forward kernel knows --------*- C++ -*-===//
//
// The op, its tensors, and the coordinates of the CTA: the first query, batch
// and heads. Values are made once, where the kernel begins, and hold
// everywhere.
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

struct Cta {
  Cta(KernelBuilder &kb, KernelArguments &args, sched::ForwardOp op);

  int64_t headSize();  ///< D
  int64_t valueSize(); ///< Dv
  int64_t queriesPerTile() { return op.getQueriesPerTile(); }
  int64_t headTile() { return op.getHeadTile(); }
  int64_t keyTile() { return op.getKeyTile(); }
  Type element();
  /// Lengths are on the device: a CTA may be left without rows.
  bool mayBeEmpty() {
    return op.getLengths() || !op.getOperandLengths().empty();
  }

  KernelBuilder &kb;
  KernelArguments &args;
  sched::ForwardOp op;

  Value shared;          ///< Dynamic shared memory.
  Value thread;          ///< In the CTA, i32.
  Value warp, warpgroup; ///< Agreed on by the warp, i32.
  Value firstQuery;      ///< Of the CTA, in its sequence, i32.
  Value queriesEnd;      ///< Behind the last that all operands have, i32.
  Value batch;           ///< i32.
  Value head;            ///< The first of the CTA, i32.
  Tokens queries;
  llvm::SmallVector<KeyStream> streams; ///< In the order of the op.

  /// Row `row` of the tile, i32, as a query and a head of the tile.
  std::pair<Value, Value> splitRow(Value row);

private:
  void findRows();
};

/// A place in a ring.
struct Position {
  Value stage, phase; ///< i32.
};

/// A tile of keys of one of the streams.
struct TilePoint {
  Value at;     ///< Position among the tiles of all streams, i32.
  Value isFull; ///< What `classify` says; null without it.
};

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_CTA_H
