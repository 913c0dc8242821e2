//===- HeadTile.h - Query heads that share a tile ---------------*- C++ -*-===//
//
// Neighbouring query heads that read one key head may lie in one query tile
// (packed GQA): a short sequence then fills the tile, and K and V are loaded
// once for all of them.
//
// Source: FlashAttention-3, hopper/pack_gqa.h; Ainslie et al. 2023, GQA
// (arXiv:2305.13245).
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_SCHED_HEADTILE_H
#define ATTN_DIALECT_SCHED_HEADTILE_H

#include "attn/dialect/Attn/Attn.h"

#include <string>

namespace attn {

/// Rows of one wgmma fragment that lie in one warp.
constexpr int64_t kWarpRows = 16;

/// What keeps runs of `heads` query heads of `fold` from sharing tiles of
/// `rows` rows; std::nullopt if nothing does.
std::optional<std::string> findHeadTileFault(FoldOpInterface fold, int64_t rows,
                                             int64_t heads);

/// How many query heads share a tile of `rows` rows: as many as can, not only
/// for short sequences; the tiles are never more, and their masks are finer.
int64_t getHeadTile(FoldOpInterface fold, int64_t rows);

} // namespace attn

#endif // ATTN_DIALECT_SCHED_HEADTILE_H
