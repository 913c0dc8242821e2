//===- LayoutBoxes.h - Runs of slots that are boxes of the grid -*- C++ -*-===//
//
// A copy of boxes brings rows of a tensor through a layout without a kernel of
// its own, where slots that follow each other are the points of a box.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_LAYOUTBOXES_H
#define ATTN_DIALECT_ATTN_LAYOUTBOXES_H

#include "attn/dialect/Attn/Layout.h"

#include <string>

namespace attn {

/// What copies of boxes can do.
struct BoxLimits {
  int64_t rows;     ///< A box has a multiple of them: where it may be put.
  int64_t axes;     ///< Of a grid.
  int64_t elements; ///< That a box spans per axis.
  int64_t stride;   ///< Of the points of a box per axis.
};

/// Slots that follow each other as a box.
struct SlotBox {
  int64_t slots = 1;
  /// Per axis of the grid: points, and how far apart they are.
  llvm::SmallVector<int64_t, 3> points, strides;

  /// Elements from the first point to behind the last one's stride.
  int64_t getSpan(unsigned axis) const { return points[axis] * strides[axis]; }
};

/// The largest box that divides `rows` such that slots from every multiple of
/// its own number on are one; without, `fault` says what keeps them from it.
std::optional<SlotBox> findSlotBox(LayoutGridOp layout, int64_t rows,
                                   const BoxLimits &limits,
                                   std::string *fault = nullptr);

} // namespace attn

#endif // ATTN_DIALECT_ATTN_LAYOUTBOXES_H
