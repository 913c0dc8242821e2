//===- TileDialect.cpp - Registration of the attn_tile dialect ------------===//

#include "attn/dialect/Tile/Tile.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

#include "attn/dialect/Tile/TileDialect.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "attn/dialect/Tile/TileAttrs.cpp.inc"

void attn::tile::AttnTileDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "attn/dialect/Tile/TileAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "attn/dialect/Tile/TileOps.cpp.inc"
      >();
}
