//===- RowMask.cpp - A predicate for one row ------------------------------===//
//
// The predicate as and, or and negation over comparisons. A comparison that is
// a limit of the key, or a few of them, becomes limits; any other stays what it
// is. Of one row a limit is a number, whatever it is made of.
//
//===----------------------------------------------------------------------===//

#include "Conditions.h"
#include "Intervals.h"
#include "Limits.h"

#include "attn/dialect/Attn/Attn.h"
#include "attn/passes/MaskAnalysis.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace attn {
namespace {

/// Parts beyond this number stay predicates.
constexpr unsigned kMostParts = 64;

class RowAnalyzer {
public:
  RowAnalyzer(Region &visible, Region &limits)
      : forms(visible), intervals(visible, limits, RegionKind::Bounds) {
    intervals.setOneRow();
  }

  RowMask split(Value value, bool isNegated);
  void finish() { YieldOp::create(intervals.builder, intervals.loc, limits); }

private:
  RowMask join(bool isAll, RowMask a, RowMask b) {
    RowMask result{isAll ? RowMask::All : RowMask::Any, {}};
    result.operands = {std::move(a), std::move(b)};
    return result;
  }
  RowMask makePredicate(Value value, bool isNegated) {
    return {RowMask::Predicate, {}, 0, value, isNegated};
  }
  RowMask splitCompare(arith::CmpIOp op, bool isNegated);
  bool isOfLimits(const Condition &condition);
  RowMask toLimits(const Condition &condition);

  IntegerForms forms;
  Intervals intervals;
  SmallVector<Value> limits;
  unsigned parts = 0;
};

bool RowAnalyzer::isOfLimits(const Condition &condition) {
  if (condition.kind == Condition::AtMostZero)
    return solveForKey(forms, condition.sum).has_value();
  return condition.kind != Condition::Leaf &&
         llvm::all_of(condition.operands, [&](const Condition &operand) {
           return isOfLimits(operand);
         });
}

RowMask RowAnalyzer::toLimits(const Condition &condition) {
  if (condition.kind == Condition::AtMostZero) {
    Limit limit = *solveForKey(forms, condition.sum);
    limits.push_back(intervals.emit(limit.sum, Intervals::Least));
    return {limit.isUpper ? RowMask::Below : RowMask::NotBelow,
            {},
            unsigned(limits.size()) - 1};
  }
  RowMask result{condition.kind == Condition::And ? RowMask::All : RowMask::Any,
                 {}};
  for (const Condition &operand : condition.operands)
    result.operands.push_back(toLimits(operand));
  return result;
}

RowMask RowAnalyzer::splitCompare(arith::CmpIOp op, bool isNegated) {
  Condition condition = ConditionBuilder(forms).get(op, isNegated);
  return isOfLimits(condition) ? toLimits(condition)
                               : makePredicate(op, isNegated);
}

RowMask RowAnalyzer::split(Value value, bool isNegated) {
  Operation *op = value.getDefiningOp();
  APInt constant;
  if (op && matchPattern(op, m_ConstantInt(&constant)))
    return {constant.isZero() == isNegated ? RowMask::All : RowMask::Any, {}};
  if (!op || ++parts > kMostParts)
    return makePredicate(value, isNegated);
  if (isa<arith::AndIOp, arith::OrIOp>(op))
    return join(isa<arith::AndIOp>(op) != isNegated,
                split(op->getOperand(0), isNegated),
                split(op->getOperand(1), isNegated));
  if (isa<arith::XOrIOp>(op) &&
      matchPattern(op->getOperand(1), m_ConstantInt(&constant)))
    return split(op->getOperand(0), isNegated != constant.isOne());
  if (auto select = dyn_cast<arith::SelectOp>(op)) {
    Value c = select.getCondition();
    return join(
        /*isAll=*/false,
        join(true, split(c, false), split(select.getTrueValue(), isNegated)),
        join(true, split(c, true), split(select.getFalseValue(), isNegated)));
  }
  auto compare = dyn_cast<arith::CmpIOp>(op);
  if (compare && !compare.getLhs().getType().isInteger(1))
    return splitCompare(compare, isNegated);
  return makePredicate(value, isNegated);
}

} // namespace

RowMask analyzeRow(Region &visible, Region &limits) {
  RowAnalyzer analyzer(visible, limits);
  RowMask mask = analyzer.split(visible.front().getTerminator()->getOperand(0),
                                /*isNegated=*/false);
  analyzer.finish();
  return mask;
}

} // namespace attn
