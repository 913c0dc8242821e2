//===- MaskPicture.h - What is drawn of one head ----------------*- C++ -*-===//
//
// Pairs by cells and tiles by class, gathered row by row. A cell divides a tile
// or, where a picture would have too many, holds whole ones, on each axis for
// itself; then tiles are gathered in blocks of a cell.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_ATTNVIEW_MASKPICTURE_H
#define ATTN_TOOLS_ATTNVIEW_MASKPICTURE_H

#include "attn/codegen/MaskTiles.h"

namespace attn::view {

using reference::TileShape;

/// A tile as scheduled, and what it is in truth where the two differ.
enum class TileKind {
  Skipped,
  Full,
  Partial,
  VisitedEmpty, ///< Scheduled as partial, but no pair is visible.
  PartialFull,  ///< Scheduled as partial, but all pairs are visible.
  Several       ///< Not a tile: a block of tiles that differ.
};

TileKind getKind(const reference::CountedTile &tile);

/// A tile, or a few that are drawn as one.
struct PicturedBlock {
  reference::Tile area;
  TileKind kind;
  int64_t tiles, visible; ///< Visible pairs.
};

/// What one head sees of `queries` x `keys` pairs. Cells do not cross blocks.
struct MaskPicture {
  int64_t firstQuery = 0, firstKey = 0; ///< Where the picture begins.
  int64_t queries = 0, keys = 0;
  TileShape tile = {1, 1}, cell = {1, 1}, block = {1, 1};
  std::vector<uint32_t> visible;     ///< Pairs, by cell.
  std::vector<PicturedBlock> blocks; ///< That it touches, whole, row by row.

  int64_t getRows() const {
    return (queries + cell.queries - 1) / cell.queries;
  }
  int64_t getColumns() const { return (keys + cell.keys - 1) / cell.keys; }
  bool isDownsampled() const { return cell.getPairs() > 1; }
  /// Whether a block is more than a tile.
  bool hasSeveralTiles() const { return !(block == tile); }
  /// The block of pair (`query`, `key`), counted from the picture's first.
  size_t getBlock(int64_t query, int64_t key) const;

  void addRow(int64_t i, llvm::ArrayRef<uint8_t> row);
  void addTile(const reference::CountedTile &tile);
};

/// All pairs, in cells where they are many.
MaskPicture makePicture(int64_t queries, int64_t keys, TileShape tile);

/// Pairs one by one around the middle of `whole`.
MaskPicture makeDetail(const MaskPicture &whole);

} // namespace attn::view

#endif // ATTN_TOOLS_ATTNVIEW_MASKPICTURE_H
