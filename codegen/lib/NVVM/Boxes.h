//===- Boxes.h - Rows of a tile as boxes of a tensor ------------*- C++ -*-===//
//
// What TMA moves at once: rows that stand one after the other, or, through a
// layout, a run of slots that is a box of its grid. Padding is what of a box
// lies outside of the grid: 0 in loads, nothing in stores.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_NVVM_BOXES_H
#define ATTN_CODEGEN_LIB_NVVM_BOXES_H

#include "Cta.h"

#include "attn/dialect/Attn/LayoutBoxes.h"

namespace attn::nvptx {

/// The layout through which rows of `tensor` are found, and its boxes in tiles
/// of `rows` rows.
struct GridBoxes {
  LayoutGridOp layout;
  SlotBox box;
};

/// Null where rows of `tensor` lie as its type says. Legality has seen to it
/// that there are boxes within `limits`, those of loads or of stores.
std::optional<GridBoxes> findGridBoxes(Value tensor, int64_t rows,
                                       const BoxLimits &limits);

BoxLimits getLoadBoxes(sched::ForwardOp op);
BoxLimits getStoreBoxes(sched::ForwardOp op);

class RowBoxes {
public:
  /// \param grid what `findGridBoxes` says of the tensor; without, boxes are of
  /// `rows` rows of `heads` heads each.
  RowBoxes(Cta &cta, Value tensor, const Tokens &tokens,
           std::optional<GridBoxes> grid, int64_t rows, int64_t heads,
           bool ifAligned);

  /// Of one head, in a box.
  int64_t countRows() const { return rows; }
  int64_t countHeads() const { return heads; }
  Value getMap() const { return map; }

  /// Coordinates of the box that begins with `row` of `head`, i32; the first
  /// is the column, 0.
  llvm::SmallVector<Value> locate(Value row, Value head);
  /// Says on which axes the box of `copy` may end outside of the tensor. \param
  /// mayEnd rows may.
  void declare(mlir::Operation *copy, bool mayEnd);

private:
  llvm::SmallVector<Value> locateInGrid(Value row);

  Cta &cta;
  KernelBuilder &kb;
  Value tensor;
  const Tokens &tokens;
  std::optional<GridBoxes> grid;
  int64_t rows, heads;
  Value map;
};

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_BOXES_H
