//===- Tile.h - The attn_tile dialect ---------------------------*- C++ -*-===//

#ifndef ATTN_DIALECT_TILE_TILE_H
#define ATTN_DIALECT_TILE_TILE_H

#include "attn/dialect/Attn/Attn.h"

#include "attn/dialect/Tile/TileDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "attn/dialect/Tile/TileAttrs.h.inc"

#define GET_OP_CLASSES
#include "attn/dialect/Tile/TileOps.h.inc"

namespace attn::tile {

/// Values of a row of a part are padded to a multiple of this.
inline constexpr int64_t kPartAlignment = 16;

/// Numbers of one part of a tile of rows, the last axis of `parts`: maxima of
/// all rows, sums (for every stream where mass is a result), then the padded
/// values of one row after the other.
int64_t getPartNumbers(FoldOp fold);

} // namespace attn::tile

#endif // ATTN_DIALECT_TILE_TILE_H
