//===- Boxes.cpp - Rows of a tile as boxes of a tensor --------------------===//

#include "Boxes.h"

#include "attn/dialect/Nvvm/Nvvm.h"
#include "attn/passes/Target.h"

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;

std::optional<GridBoxes> attn::nvptx::findGridBoxes(Value tensor, int64_t rows,
                                                    const BoxLimits &limits) {
  LayoutGridOp layout = getStoredLayout(tensor);
  if (!layout)
    return std::nullopt;
  return GridBoxes{layout, *findSlotBox(layout, rows, limits)};
}

static BoxLimits getBoxes(sched::ForwardOp op, bool isStore) {
  return *getBoxLimits(getTarget(op.getContext(), "sm_90a"), isStore);
}

BoxLimits attn::nvptx::getLoadBoxes(sched::ForwardOp op) {
  return getBoxes(op, false);
}

BoxLimits attn::nvptx::getStoreBoxes(sched::ForwardOp op) {
  return getBoxes(op, true);
}

RowBoxes::RowBoxes(Cta &cta, Value tensor, const Tokens &tokens,
                   std::optional<GridBoxes> grid, int64_t rows, int64_t heads,
                   bool ifAligned)
    : cta(cta), kb(cta.kb), tensor(tensor), tokens(tokens), grid(grid),
      rows(grid ? grid->box.slots : rows), heads(grid ? 1 : heads) {
  map = grid
            ? cta.args.tensorMap(kb, tensor, grid->layout, grid->box, ifAligned)
            : cta.args.tensorMap(kb, tensor, rows, heads, ifAligned);
}

SmallVector<Value> RowBoxes::locate(Value row, Value head) {
  SmallVector<Value> box{kb.c32(0)};
  if (grid)
    llvm::append_range(box, locateInGrid(row));
  else
    box.push_back(tokens.first ? kb.add(tokens.first, row) : row);
  box.push_back(head);
  if (!tokens.first)
    box.push_back(tokens.batch);
  return box;
}

/// Slots behind the last are outside of the grid. Their tiles are; their
/// residues, which come before tiles, would be those of other points.
SmallVector<Value> RowBoxes::locateInGrid(Value row) {
  LayoutGridOp layout = grid->layout;
  SmallVector<Value> sizes;
  for (Value size : cta.args.gridSizes(kb, layout))
    sizes.push_back(kb.trunc(size));
  SmallVector<Value> point =
      buildSlotToken(kb.b, kb.loc, layout, row, sizes, Padding::Nothing)
          .coordinates;
  auto dilation = layout.getDilation();
  if (dilation && llvm::any_of(*dilation, [](int64_t d) { return d != 1; })) {
    Value slots = kb.trunc(cta.args.size(kb, tensor, tokens.axes.length()));
    point[0] = kb.select(kb.slt(row, slots), point[0], sizes[0]);
  }
  std::reverse(point.begin(), point.end());
  return point;
}

void RowBoxes::declare(Operation *copy, bool mayEnd) {
  SmallVector<int32_t> leave, begin;
  // The last box ends behind the last column of a head that is no multiple of
  // 64.
  if (cast<RankedTensorType>(tensor.getType()).getShape().back() % 64)
    leave.push_back(0);
  if (grid)
    for (int32_t axis = 1, e = grid->box.points.size(); axis <= e; ++axis)
      begin.push_back(axis);
  else if (mayEnd)
    leave.push_back(1);
  llvm::append_range(leave, begin);
  copy->setAttr(attn::nvvm::kMayLeaveAttr, kb.b.getDenseI32ArrayAttr(leave));
  if (!begin.empty())
    copy->setAttr(attn::nvvm::kMayBeginAttr, kb.b.getDenseI32ArrayAttr(begin));
}
