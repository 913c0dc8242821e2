//===- FlattenIf.cpp - scf.if inside regions becomes selects --------------===//

#include "attn/passes/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"

namespace attn {
#define GEN_PASS_DEF_FLATTENIF
#include "attn/passes/Passes.h.inc"
} // namespace attn

using namespace mlir;

namespace attn {
namespace {

/// Makes a division safe where its branch is not taken: the divisor is 1 there.
void guardDivisor(Operation *op, Value taken) {
  if (!isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp,
           arith::CeilDivSIOp, arith::CeilDivUIOp, arith::FloorDivSIOp>(op))
    return;
  OpBuilder builder(op);
  Value divisor = op->getOperand(1);
  Value one = arith::ConstantOp::create(
      builder, op->getLoc(), builder.getIntegerAttr(divisor.getType(), 1));
  op->setOperand(
      1, arith::SelectOp::create(builder, op->getLoc(), taken, divisor, one));
}

/// Moves the ops of `body` in front of `op`; returns what the body yielded.
SmallVector<Value> hoist(Region &body, scf::IfOp op, Value taken) {
  if (body.empty())
    return {};
  Operation *yield = body.front().getTerminator();
  SmallVector<Value> results(yield->getOperands());
  for (Operation &inner :
       llvm::make_early_inc_range(body.front().without_terminator())) {
    inner.moveBefore(op);
    guardDivisor(&inner, taken);
  }
  return results;
}

void flatten(scf::IfOp op) {
  OpBuilder builder(op);
  Value condition = op.getCondition(), otherwise = condition;
  if (!op.getElseRegion().empty()) {
    Value one = arith::ConstantIntOp::create(builder, op.getLoc(), 1, 1);
    otherwise = arith::XOrIOp::create(builder, op.getLoc(), condition, one);
  }
  SmallVector<Value> thenValues = hoist(op.getThenRegion(), op, condition);
  SmallVector<Value> elseValues = hoist(op.getElseRegion(), op, otherwise);
  for (auto [result, onTrue, onFalse] :
       llvm::zip(op.getResults(), thenValues, elseValues))
    result.replaceAllUsesWith(arith::SelectOp::create(
        builder, op.getLoc(), condition, onTrue, onFalse));
  if (otherwise != condition && otherwise.use_empty()) {
    Operation *negation = otherwise.getDefiningOp();
    Operation *one = negation->getOperand(1).getDefiningOp();
    negation->erase();
    one->erase();
  }
  op.erase();
}

class FlattenIf : public impl::FlattenIfBase<FlattenIf> {
public:
  void runOnOperation() override {
    // Post-order: the branches of an outer `if` are flat when it is reached.
    SmallVector<scf::IfOp> branches;
    getOperation()->walk([&](scf::IfOp op) {
      if (isa<AttendOp, MaskFreeOp>(op->getParentRegion()->getParentOp()) ||
          isa<scf::IfOp>(op->getParentOp()))
        branches.push_back(op);
    });
    for (scf::IfOp op : branches)
      flatten(op);
  }
};

} // namespace
} // namespace attn
