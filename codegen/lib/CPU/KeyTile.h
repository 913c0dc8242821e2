//===- KeyTile.h - One tile of keys and values ------------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_KEYTILE_H
#define ATTN_CODEGEN_CPU_KEYTILE_H

#include "FoldTask.h"

namespace attn::cpu {

/// A tile of keys.
struct KeyTile {
  Value firstKey;
  Value left;     ///< Keys from it on.
  Value isRagged; ///< i1: some of its rows are beyond the last key.
};

KeyTile emitKeyTile(FoldTask &task, const KeyStream &stream, Value firstKey);

/// Where a product reads K or V: f32 rows, all of them readable.
struct TileRows {
  Value pointer, stride;
};

/// Rows of `view`, K or V, of `size` elements. Full tiles of f32 stay in place,
/// unless they are found through a layout. Others are widened into scratch,
/// where K lies until V does: two such tiles would leave no room for anything
/// else in a first-level cache of 32 KiB. Rows beyond the last key become zero,
/// whatever bits lie there in memory.
TileRows emitTileRows(FoldTask &task, const KeyTile &tile, const RowView &view,
                      int64_t size);

/// Rows `row` to `row + count - 1` of a product of `total` rows.
struct TileShare {
  Value row;
  int64_t count, total;
};

/// Fetches as large a share of the rows of `view`, K or V of `stream`, in the
/// tile of `firstKey`: beside arithmetic, what comes next arrives unnoticed.
void emitFetchShare(FoldTask &task, const KeyStream &stream,
                    const RowView &view, Value firstKey, int64_t size,
                    const TileShare &share);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_KEYTILE_H
