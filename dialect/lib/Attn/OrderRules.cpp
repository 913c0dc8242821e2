//===- OrderRules.cpp - Where tokens may stand in the order of a layout ---===//
//
// Rules of `attn.reorder` about those who take its results, and results of
// folds over them.
//
//===----------------------------------------------------------------------===//

#include "attn/dialect/Attn/AttendRules.h"
#include "attn/dialect/Attn/Layout.h"

using namespace mlir;

namespace attn {
namespace {

InFlightDiagnostic refuse(Operation *op, Value layout) {
  InFlightDiagnostic diag = op->emitOpError();
  if (layout)
    diag.attachNote(layout.getLoc()) << "the layout is made here";
  return diag;
}

// reorder-C3
LogicalResult verifyTaker(OpOperand &use) {
  Operation *op = use.getOwner();
  Value layout = getLayoutOf(use.get());
  if (!layout || isa<RestoreOp, StateOp>(op))
    return success();
  // q of a fold; k and v of a stream.
  unsigned rows = isa<FoldOpInterface>(op)     ? 1
                  : isa<StreamOp, RouteOp>(op) ? 2
                                               : 0;
  if (use.getOperandNumber() < rows)
    return success();
  return refuse(op, layout) << "takes tokens in the order of a layout; "
                               "expected their own, by attn.restore";
}

/// Can a kernel read the rows of this operand through a layout?
bool readsRows(OpOperand &use) {
  Operation *op = use.getOwner();
  unsigned position = use.getOperandNumber();
  if (isa<RouteOp>(op))
    return position < 2; // k, v
  return isa<FoldOpInterface>(op) && !isa<AttendOp>(op) && position == 0;
}

// reorder-C7
LogicalResult verifyInPlace(ReorderOp op) {
  for (OpOperand &use : op->getUses()) {
    if (!op.getInPlace() || readsRows(use))
      continue;
    InFlightDiagnostic diag =
        op.emitOpError() << "is 'in_place', but '" << use.getOwner()->getName()
                         << "' takes the tensor; expected q of folds of stage "
                            "tiles, and k or v of routes";
    diag.attachNote(use.getOwner()->getLoc()) << "it is taken here";
    return diag;
  }
  return success();
}

// restore-C2
LogicalResult verifyInPlace(RestoreOp op) {
  Operation *maker = op.getTensor().getDefiningOp();
  if (!op.getInPlace() || (isa<FoldOpInterface>(maker) &&
                           !isa<AttendOp>(maker) && op.getTensor().hasOneUse()))
    return success();
  return op.emitOpError() << "is 'in_place'; expected the only op that takes "
                             "this result of a fold of stage tiles";
}

// reorder-C4
LogicalResult verifyKeys(Operation *op, const StreamOperands &keys) {
  Value layout = getLayoutOf(keys.k);
  if (getLayoutOf(keys.v) != layout)
    return op->emitOpError()
           << "expects 'k' and 'v' in one order; reorder both "
              "by one layout, or neither";
  if (layout && keys.lengths)
    return refuse(op, layout)
           << "has 'lengths' and keys in the order of a layout; expected one "
              "of the two";
  return success();
}

// reorder-C5
LogicalResult verifyParts(StateOp op) {
  Value layout = getLayoutOf(op.getValues());
  for (Value part : op.getParts())
    if (getLayoutOf(part) != layout)
      return op.emitOpError() << "expects parts in one order";
  return success();
}

/// States of a fold or merge are of its rows. reorder-C5
LogicalResult verifyStates(Operation *op, Value layout) {
  for (Value operand : op->getOperands())
    if (auto state = operand.getDefiningOp<StateOp>())
      if (getLayoutOf(state.getValues()) != layout)
        return op->emitOpError() << "expects states whose rows are in the "
                                    "order of its own";
  return success();
}

/// Masks and scores of a stream tell tokens from slots one way. reorder-C6
LogicalResult verifyFoldOrder(FoldOpInterface fold) {
  Value layout = getLayoutOf(fold.getQ()), keys;
  if (layout && fold.getLengths())
    return refuse(fold, layout)
           << "has 'lengths' and queries in the order of a layout; expected "
              "one of the two";
  for (auto [n, stream] : llvm::enumerate(fold.getStreams())) {
    Value own = getLayoutOf(getStreamOperands(stream)->k);
    if (n > 0 && own != keys && !fold.getScore().empty())
      return fold.emitOpError()
             << "has a score over streams of keys in different orders; "
                "expected one layout for all, or none";
    keys = own;
    for (Operation *user : stream.getUsers())
      if (auto other = dyn_cast<FoldOpInterface>(user);
          other && getLayoutOf(other.getQ()) != layout) {
        InFlightDiagnostic diag =
            fold.emitOpError()
            << "has queries in another order than another fold over the same "
               "stream; expected a stream for each";
        diag.attachNote(other.getLoc()) << "the other fold is here";
        return diag;
      }
  }
  return success();
}

} // namespace

Value getLayoutOf(Value tensor) {
  Operation *maker = tensor.getDefiningOp();
  if (!maker)
    return Value();
  if (auto op = dyn_cast<ReorderOp>(maker))
    return op.getLayout();
  if (auto fold = dyn_cast<FoldOpInterface>(maker))
    return getLayoutOf(fold.getQ());
  for (Value operand : maker->getOperands())
    if (auto state = operand.getDefiningOp<StateOp>()) // A merge.
      return getLayoutOf(state.getValues());
  return Value();
}

Value getStored(Value tensor) {
  if (auto reorder = tensor.getDefiningOp<ReorderOp>())
    return reorder.getInPlace() ? reorder.getTensor() : tensor;
  for (Operation *user : tensor.getUsers())
    if (auto restore = dyn_cast<RestoreOp>(user);
        restore && restore.getInPlace())
      return restore.getResult();
  return tensor;
}

LayoutGridOp getStoredLayout(Value tensor) {
  if (getStored(tensor) == tensor)
    return {};
  return getLayoutOf(tensor).getDefiningOp<LayoutGridOp>();
}

LogicalResult verifyOrder(Operation *op) {
  for (OpOperand &operand : op->getOpOperands())
    if (isa<RankedTensorType>(operand.get().getType()) &&
        failed(verifyTaker(operand)))
      return failure();
  if (auto reorder = dyn_cast<ReorderOp>(op))
    return verifyInPlace(reorder);
  if (auto restore = dyn_cast<RestoreOp>(op))
    return verifyInPlace(restore);
  if (isa<StreamOp, RouteOp>(op))
    return verifyKeys(op, *getStreamOperands(op->getResult(0)));
  if (auto state = dyn_cast<StateOp>(op))
    return verifyParts(state);
  if (auto fold = dyn_cast<FoldOpInterface>(op);
      fold && failed(verifyFoldOrder(fold)))
    return failure();
  return op->getNumResults() ? verifyStates(op, getLayoutOf(op->getResult(0)))
                             : success();
}

} // namespace attn
