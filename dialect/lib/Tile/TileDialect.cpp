//===- TileDialect.cpp - Registration of the attn_tile dialect ------------===//

#include "attn/dialect/Tile/Tile.h"

#include "attn/dialect/Tile/TileDialect.cpp.inc"

void attn::tile::AttnTileDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "attn/dialect/Tile/TileOps.cpp.inc"
      >();
}
