//===- TileOrder.h - Which CTA computes which query tiles -------*- C++ -*-===//
//
// Persistent kernels: as many CTAs as run at once (one per SM) share all query
// tiles. Tiles have numbers, and CTA c of G computes number k G + c in round k,
// or k G + G - 1 - c where k is odd: no counter in memory, and who had the
// longest tile of a round has the shortest of the next.
//
// Numbers go through sections of S heads (of all batches, batch b and head h
// being number b Hq + h): S whole groups of query heads whose K and V fit in
// the L2 cache. Inside of a section, query tiles from the last to the first
// (under a causal mask the longest first), and of each all heads of the
// section.
//
// Other kernels: a CTA for each query tile, in a grid of query tiles, from the
// last to the first too, heads and batches.
//
// Sources: FlashAttention-3, hopper/tile_scheduler.hpp (sections by the size of
// L2, last tile first); FlashInfer PR #2890 (pairing).
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_NVVM_TILEORDER_H
#define ATTN_CODEGEN_LIB_NVVM_TILEORDER_H

#include "Cta.h"

namespace attn::nvptx {

class TileOrder {
public:
  explicit TileOrder(Cta &cta);

  /// The tile of a CTA that has one.
  QueryTile getOwn();

  /// Number of the tile of round `round`, i32, and whether there is one; where
  /// not, no later round has any.
  std::pair<Value, Value> getNumber(Value round);
  QueryTile getTile(Value number);

  /// CTAs, from the sizes of a launch.
  std::array<manifest::Expr, 3> getGrid();

private:
  manifest::Expr countTiles();      ///< Of a head.
  manifest::Expr countBatchHeads(); ///< Of a batch.
  manifest::Expr countHeads();      ///< Of all batches.
  manifest::Expr countBatches();
  manifest::Expr getSection();

  Cta &cta;
  KernelBuilder &kb;
};

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_TILEORDER_H
