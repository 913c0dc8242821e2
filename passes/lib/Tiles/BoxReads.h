//===- BoxReads.h - Boxes of tables as reads of their elements --*- C++ -*-===//

#ifndef ATTN_LIB_TILES_BOXREADS_H
#define ATTN_LIB_TILES_BOXREADS_H

#include "TileChoice.h"

namespace attn {

/// Turns every `attn.read_box` in the classify region of `route` into a read of
/// each element that a tile of these sizes can touch.
void expandBoxReads(RouteOp route, TileSizes tiles);

} // namespace attn

#endif // ATTN_LIB_TILES_BOXREADS_H
