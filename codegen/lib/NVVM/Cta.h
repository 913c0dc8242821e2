//===- Cta.h - What every part of a forward kernel knows --------*- C++ -*-===//
//
// The op, its tensors, and the coordinates of the CTA: the first query, batch
// and heads. Values are made once, where the kernel begins, and hold
// everywhere.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_NVVM_CTA_H
#define ATTN_CODEGEN_LIB_NVVM_CTA_H

#include "KernelArguments.h"

#include "attn/dialect/Sched/Sched.h"

namespace attn::nvptx {

struct Cta {
  Cta(KernelBuilder &kb, KernelArguments &args, sched::ForwardOp op);

  int64_t headSize() { return sizeOf(route.getK(), 3); }  ///< D
  int64_t valueSize() { return sizeOf(route.getV(), 3); } ///< Dv
  int64_t queryTile() { return op.getQueryTile(); }
  int64_t keyTile() { return op.getKeyTile(); }
  Type element();

  static int64_t sizeOf(Value tensor, unsigned axis);

  KernelBuilder &kb;
  KernelArguments &args;
  sched::ForwardOp op;
  RouteOp route;

  Value shared;               ///< Dynamic shared memory.
  Value thread;               ///< In the CTA, i32.
  Value warp, warpgroup;      ///< Agreed on by the warp, i32.
  Value firstQuery;           ///< Of the CTA, i32.
  Value batch, head, keyHead; ///< i32.
  Value queries, keys;        ///< Lq and Lk, i32.
};

/// A place in a ring.
struct Position {
  Value stage, phase; ///< i32.
};

/// A tile of keys.
struct TilePoint {
  Value tile;   ///< Number of the tile, i32.
  Value isFull; ///< What `classify` says; null without it.
};

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_CTA_H
