//===- LayoutBoxes.cpp - Runs of slots that are boxes of the grid ---------===//

#include "attn/dialect/Attn/LayoutBoxes.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace attn {
namespace {

/// Per axis, places that follow each other. Without tiles they are those of a
/// residue, whose slots are one tile where all sizes are numbers.
SmallVector<int64_t, 3> getTile(LayoutGridOp layout) {
  SmallVector<int64_t, 3> tile, members;
  for (auto [axis, size] : llvm::enumerate(layout.getShape())) {
    tile.push_back(layout.getAxisTile(axis));
    if (!ShapedType::isDynamic(size))
      members.push_back(llvm::divideCeil(size, layout.getAxisDilation(axis)));
  }
  bool hasTiles = llvm::any_of(tile, [](int64_t t) { return t != 1; });
  return hasTiles || members.size() != tile.size() ? tile : members;
}

std::string findFault(LayoutGridOp layout, const BoxLimits &limits) {
  int64_t axes = layout.getShape().size();
  if (axes > limits.axes)
    return "its grid has " + std::to_string(axes) +
           " axes, of which a box has at most " + std::to_string(limits.axes);
  for (int64_t axis = 0; axis < axes; ++axis)
    if (layout.getAxisShift(axis))
      return "it rolls axis " + std::to_string(axis) +
             ", so that tiles go around the edge";
  return "";
}

/// The box of `points` of `axis` and all places of those behind it.
SlotBox makeBox(LayoutGridOp layout, ArrayRef<int64_t> tile, unsigned axis,
                int64_t points) {
  SlotBox box;
  for (unsigned i = 0; i < tile.size(); ++i) {
    box.points.push_back(i < axis ? 1 : i == axis ? points : tile[i]);
    box.strides.push_back(box.points[i] == 1 ? 1 : layout.getAxisDilation(i));
    box.slots *= box.points[i];
  }
  return box;
}

bool fits(const SlotBox &box, int64_t rows, const BoxLimits &limits) {
  if (rows % box.slots || box.slots % limits.rows)
    return false;
  for (unsigned axis = 0; axis < box.points.size(); ++axis)
    if (box.strides[axis] > limits.stride ||
        box.getSpan(axis) > limits.elements)
      return false;
  return true;
}

} // namespace

std::optional<SlotBox> findSlotBox(LayoutGridOp layout, int64_t rows,
                                   const BoxLimits &limits,
                                   std::string *fault) {
  std::string found = findFault(layout, limits);
  std::optional<SlotBox> best;
  SmallVector<int64_t, 3> tile = getTile(layout);
  for (unsigned axis = tile.size(); found.empty() && axis-- > 0;)
    for (int64_t points = 1; points <= std::min(tile[axis], rows); ++points) {
      SlotBox box = makeBox(layout, tile, axis, points);
      if (tile[axis] % points == 0 && fits(box, rows, limits) &&
          (!best || box.slots > best->slots))
        best = box;
    }
  if (!best && fault)
    *fault = !found.empty()
                 ? found
                 : "no part of its tiles is a box of a multiple of " +
                       std::to_string(limits.rows) + " slots that divides " +
                       std::to_string(rows) + ", of at most " +
                       std::to_string(limits.elements) +
                       " points from end to end and every " +
                       std::to_string(limits.stride) + "th at most";
  return best;
}

} // namespace attn
