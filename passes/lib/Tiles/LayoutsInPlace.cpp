//===- LayoutsInPlace.cpp - Kernels read and write through layouts --------===//

#include "attn/dialect/Attn/AttendRules.h"
#include "attn/dialect/Attn/LayoutBoxes.h"
#include "attn/dialect/Sched/HeadTile.h"
#include "attn/dialect/Tile/Tile.h"
#include "attn/passes/Passes.h"
#include "attn/passes/Target.h"

namespace attn {
#define GEN_PASS_DEF_LAYOUTSINPLACE
#include "attn/passes/Passes.h.inc"
} // namespace attn

using namespace mlir;

namespace attn {
namespace {

bool isRowsOfFold(OpOperand &use) {
  return isa<tile::FoldOp>(use.getOwner()) && use.getOperandNumber() == 0;
}

bool isKeysOrValues(OpOperand &use) {
  return isa<RouteOp>(use.getOwner()) && use.getOperandNumber() < 2;
}

class LayoutsInPlace : public impl::LayoutsInPlaceBase<LayoutsInPlace> {
public:
  void runOnOperation() override {
    target = getTarget(getOperation());
    if (!target)
      return;
    boxes = getBoxLimits(target, /*isStore=*/false);
    if (allows("reads_in_place") || boxes)
      getOperation()->walk([&](ReorderOp op) { readInPlace(op); });
    if (allows("writes_in_place"))
      getOperation()->walk([&](RestoreOp op) { writeInPlace(op); });
  }

private:
  bool allows(StringRef limit) {
    return getLimit(target, limit).value_or(0) != 0;
  }

  void readInPlace(ReorderOp op) {
    for (OpOperand &use : op->getUses()) {
      if (!isRowsOfFold(use) && !isKeysOrValues(use))
        return;
      if (!allows("reads_in_place") && !areBoxes(op, use))
        return;
    }
    op.setInPlace(true);
  }

  /// Tiles of the folds that take this operand are boxes of the grid.
  bool areBoxes(ReorderOp op, OpOperand &use) {
    if (auto fold = dyn_cast<tile::FoldOp>(use.getOwner()))
      return areBoxes(op, fold,
                      fold.getQueryTile() /
                          getHeadTile(fold, fold.getQueryTile()));
    return llvm::all_of(use.getOwner()->getUsers(), [&](Operation *user) {
      auto fold = cast<tile::FoldOp>(user);
      return areBoxes(op, fold, fold.getKeyTile());
    });
  }

  bool areBoxes(ReorderOp op, tile::FoldOp fold, int64_t rows) {
    auto layout = op.getLayout().getDefiningOp<LayoutGridOp>();
    StreamOperands keys = *getStreamOperands(fold.getStreams().front());
    return loadsByTma(target, keys.k.getType().getShape().back(),
                      keys.v.getType().getShape().back()) &&
           findSlotBox(layout, rows, *boxes);
  }

  void writeInPlace(RestoreOp op) {
    if (!op.getTensor().getDefiningOp<tile::FoldOp>() ||
        !op.getTensor().hasOneUse())
      return;
    op.setInPlace(true);
  }

  TargetAttr target;
  std::optional<BoxLimits> boxes; ///< Of TMA; without, rows are found one by
                                  ///< one.
};

} // namespace
} // namespace attn
