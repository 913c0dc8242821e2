//===- SlotOrder.cpp - Layouts by enumeration -----------------------------===//
//
// Slots are walked in order, as the description of `attn.layout.grid` has it:
// no slot is ever taken apart.
//
//===----------------------------------------------------------------------===//

#include "SlotOrder.h"

#include "attn/dialect/Attn/Views.h"

using namespace mlir;

namespace attn::reference {
namespace {

using Point = llvm::SmallVector<int64_t, 3>;

/// Calls `visit` with the points of a box from 0 on, the last axis fastest.
void forEachPoint(const Point &extents,
                  llvm::function_ref<void(const Point &)> visit) {
  Point point(extents.size(), 0);
  while (true) {
    visit(point);
    size_t axis = extents.size();
    while (axis > 0 && ++point[axis - 1] == extents[axis - 1])
      point[--axis] = 0;
    if (axis == 0)
      return;
  }
}

/// Of every axis.
struct Extents {
  Point sizes, residues, tiles, places;
};

Extents getExtents(LayoutGridOp layout, llvm::ArrayRef<Tensor> arguments) {
  Extents all;
  auto &[sizes, residues, tiles, places] = all;
  ValueRange values = layout.getSizes();
  for (auto [axis, number] : llvm::enumerate(layout.getShape())) {
    int64_t size = number;
    if (ShapedType::isDynamic(number)) {
      IndexOrigin origin = getIndexOrigin(values.front());
      values = values.drop_front();
      size = origin.number
                 ? *origin.number
                 : arguments[origin.argument.getArgNumber()].sizes[origin.axis];
    }
    sizes.push_back(size);
    residues.push_back(layout.getAxisDilation(axis));
    places.push_back(layout.getAxisTile(axis));
    int64_t block = residues.back() * places.back();
    tiles.push_back((size + block - 1) / block);
  }
  return all;
}

} // namespace

int64_t countSlots(LayoutGridOp layout, llvm::ArrayRef<Tensor> arguments) {
  auto [sizes, residues, tiles, places] = getExtents(layout, arguments);
  int64_t slots = 1;
  for (size_t axis = 0; axis < sizes.size(); ++axis)
    slots *= residues[axis] * tiles[axis] * places[axis];
  return slots;
}

std::vector<int64_t> getSlotTokens(LayoutGridOp layout,
                                   llvm::ArrayRef<Tensor> arguments) {
  Extents extents = getExtents(layout, arguments);
  const Point &sizes = extents.sizes, &residues = extents.residues,
              &tiles = extents.tiles, &places = extents.places;
  std::vector<int64_t> tokens;
  if (llvm::is_contained(sizes, 0))
    return tokens;
  forEachPoint(residues, [&](const Point &residue) {
    forEachPoint(tiles, [&](const Point &tile) {
      forEachPoint(places, [&](const Point &place) {
        int64_t token = 0;
        for (size_t axis = 0; axis < sizes.size(); ++axis) {
          int64_t x =
              (tile[axis] * places[axis] + place[axis]) * residues[axis] +
              residue[axis];
          if (x >= sizes[axis]) {
            tokens.push_back(-1);
            return;
          }
          int64_t shift = layout.getAxisShift(axis);
          token = token * sizes[axis] + (x + shift) % sizes[axis];
        }
        tokens.push_back(token);
      });
    });
  });
  return tokens;
}

} // namespace attn::reference
