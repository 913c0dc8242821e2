//===- LayoutsInPlace.cpp - Kernels read and write through layouts --------===//

#include "attn/dialect/Attn/Layout.h"
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
    TargetAttr target = getTarget(getOperation());
    auto allows = [&](StringRef limit) {
      return target && getLimit(target, limit).value_or(0) != 0;
    };
    if (allows("reads_in_place"))
      getOperation()->walk([&](ReorderOp op) { readInPlace(op); });
    if (allows("writes_in_place"))
      getOperation()->walk([&](RestoreOp op) { writeInPlace(op); });
  }

private:
  void readInPlace(ReorderOp op) {
    for (OpOperand &use : op->getUses())
      if (!isRowsOfFold(use) && !isKeysOrValues(use))
        return;
    op.setInPlace(true);
  }

  void writeInPlace(RestoreOp op) {
    if (!op.getTensor().getDefiningOp<tile::FoldOp>() ||
        !op.getTensor().hasOneUse())
      return;
    op.setInPlace(true);
  }
};

} // namespace
} // namespace attn
