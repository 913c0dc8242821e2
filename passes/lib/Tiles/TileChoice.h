//===- TileChoice.h - Which tiles a fold is cut into ------------*- C++ -*-===//
//
// Large tiles make products fast, small ones follow narrow masks, a short
// sequence may be one tile, and so may a block of an order of tokens. They are
// counted on a few queries of each stream, at typical lengths, by evaluating
// what the analysis proved of the mask; the cheapest wins. Where a mask reads
// tables nothing is known, and tiles are large.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_TILES_TILECHOICE_H
#define ATTN_LIB_TILES_TILECHOICE_H

#include "attn/dialect/Attn/Attn.h"

namespace attn {

struct TileSizes {
  int64_t query, key;
};

/// Tiles that `attend` takes the least time in: `large`, `small`, if short
/// sequences have constant lengths, one that holds them, or a block of the
/// orders of queries and keys, of any size, that sees itself alone.
TileSizes chooseTiles(AttendOp attend, TileSizes large, TileSizes small);

} // namespace attn

#endif // ATTN_LIB_TILES_TILECHOICE_H
