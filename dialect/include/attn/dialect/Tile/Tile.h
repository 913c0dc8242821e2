//===- Tile.h - The attn_tile dialect ---------------------------*- C++ -*-===//

#ifndef ATTN_DIALECT_TILE_TILE_H
#define ATTN_DIALECT_TILE_TILE_H

#include "attn/dialect/Attn/Attn.h"

#include "attn/dialect/Tile/TileDialect.h.inc"

#define GET_OP_CLASSES
#include "attn/dialect/Tile/TileOps.h.inc"

#endif // ATTN_DIALECT_TILE_TILE_H
