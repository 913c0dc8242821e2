//===- MaskPicture.cpp - What is drawn of one head ------------------------===//

#include "MaskPicture.h"

#include <algorithm>

using attn::reference::CountedTile;
using attn::reference::Tile;
using attn::reference::TileClass;

namespace attn::view {
namespace {

constexpr int64_t kMostCells = 512; ///< Of the longer side of a picture.
constexpr int64_t kDetail = 96;     ///< Queries and keys of a detail.

/// Of a cell, for `longer` pairs and tiles of `tile`.
int64_t getCell(int64_t longer, int64_t tile) {
  int64_t cell = 1;
  while (cell * kMostCells < longer)
    cell = cell < tile && tile % (2 * cell) != 0 ? tile : 2 * cell;
  return cell;
}

/// Blocks from the first that the picture touches to that of `index`.
int64_t countBlocks(int64_t first, int64_t index, int64_t block) {
  return (first + index) / block - first / block;
}

void allocate(MaskPicture &picture) {
  picture.visible.resize(picture.getRows() * picture.getColumns());
  if (picture.queries > 0 && picture.keys > 0)
    picture.blocks.resize(
        picture.getBlock(picture.queries - 1, picture.keys - 1) + 1,
        {{}, TileKind::Skipped, 0, 0});
}

} // namespace

TileKind getKind(const CountedTile &tile) {
  if (tile.scheduled == TileClass::Empty)
    return TileKind::Skipped;
  if (tile.scheduled == TileClass::Full)
    return TileKind::Full;
  if (tile.visible == 0)
    return TileKind::VisitedEmpty;
  return tile.visible == tile.getPairs() ? TileKind::PartialFull
                                         : TileKind::Partial;
}

size_t MaskPicture::getBlock(int64_t query, int64_t key) const {
  int64_t columns = countBlocks(firstKey, keys - 1, block.keys) + 1;
  return countBlocks(firstQuery, query, block.queries) * columns +
         countBlocks(firstKey, key, block.keys);
}

void MaskPicture::addRow(int64_t i, llvm::ArrayRef<uint8_t> row) {
  int64_t query = i - firstQuery, columns = getColumns();
  if (query < 0 || query >= queries)
    return;
  uint32_t *cells = &visible[query / cell.queries * columns];
  for (int64_t column = 0; column < columns; ++column) {
    int64_t first = column * cell.keys;
    int64_t last = std::min(first + cell.keys, keys);
    for (int64_t j = first; j < last; ++j)
      cells[column] += row[firstKey + j];
  }
}

void MaskPicture::addTile(const CountedTile &counted) {
  const Tile &area = counted.tile;
  if (area.q0 >= firstQuery + queries || area.q1 < firstQuery ||
      area.k0 >= firstKey + keys || area.k1 < firstKey)
    return;
  PicturedBlock &block =
      blocks[getBlock(std::max<int64_t>(area.q0 - firstQuery, 0),
                      std::max<int64_t>(area.k0 - firstKey, 0))];
  TileKind kind = getKind(counted);
  if (block.tiles == 0)
    block = {area, kind, 0, 0};
  else if (block.kind != kind)
    block.kind = TileKind::Several;
  block.area.q1 = std::max(block.area.q1, area.q1);
  block.area.k1 = std::max(block.area.k1, area.k1);
  block.visible += counted.visible;
  ++block.tiles;
}

MaskPicture makePicture(int64_t queries, int64_t keys, TileShape tile) {
  MaskPicture picture;
  picture.queries = queries;
  picture.keys = keys;
  picture.tile = tile;
  int64_t longer = std::max(queries, keys);
  picture.cell = {getCell(longer, tile.queries), getCell(longer, tile.keys)};
  picture.block = {std::max(tile.queries, picture.cell.queries),
                   std::max(tile.keys, picture.cell.keys)};
  allocate(picture);
  return picture;
}

/// A window on the diagonal, if it can, across the corner of a tile.
MaskPicture makeDetail(const MaskPicture &whole) {
  MaskPicture detail;
  detail.tile = detail.block = whole.tile;
  detail.queries = std::min(kDetail, whole.queries);
  detail.keys = std::min(kDetail, whole.keys);
  int64_t side = whole.tile.queries;
  int64_t middle = whole.queries / 2 / side * side;
  auto clip = [](int64_t first, int64_t size, int64_t all) {
    return std::clamp<int64_t>(first, 0, all - size);
  };
  detail.firstQuery = clip(middle - kDetail / 2, detail.queries, whole.queries);
  detail.firstKey = clip(detail.firstQuery + whole.keys - whole.queries,
                         detail.keys, whole.keys);
  allocate(detail);
  return detail;
}

} // namespace attn::view
