//===- IndexRange.cpp - Range of an index over all coordinates ------------===//

#include "IndexRange.h"

#include "attn/dialect/Attn/Attn.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/APInt.h"

using namespace mlir;
using attn::manifest::Expr;

namespace attn {
namespace {

using End = std::optional<Expr>;

template <typename Combine>
End both(const End &a, const End &b, Combine combine) {
  if (!a || !b)
    return std::nullopt;
  return combine(*a, *b);
}

Expr add(const Expr &a, const Expr &b) { return a + b; }
Expr subtract(const Expr &a, const Expr &b) { return a - b; }
Expr multiply(const Expr &a, const Expr &b) { return a * b; }
Expr least(const Expr &a, const Expr &b) { return minimum(a, b); }
Expr greatest(const Expr &a, const Expr &b) { return maximum(a, b); }

IndexRange point(int64_t value) {
  return {Expr::constant(value), Expr::constant(value)};
}

IndexRange coordinate(const Expr &size) {
  return {Expr::constant(0), size - Expr::constant(1)};
}

IndexRange product(const IndexRange &a, const IndexRange &b) {
  End p0 = both(a.low, b.low, multiply), p1 = both(a.low, b.high, multiply);
  End p2 = both(a.high, b.low, multiply), p3 = both(a.high, b.high, multiply);
  return {both(both(p0, p1, least), both(p2, p3, least), least),
          both(both(p0, p1, greatest), both(p2, p3, greatest), greatest)};
}

/// A clamp helps also where the other side is unknown.
IndexRange clampedBelow(const IndexRange &a, const IndexRange &b) {
  End low =
      a.low && b.low ? both(a.low, b.low, greatest) : (a.low ? a.low : b.low);
  return {low, both(a.high, b.high, greatest)};
}

IndexRange clampedAbove(const IndexRange &a, const IndexRange &b) {
  End high = a.high && b.high ? both(a.high, b.high, least)
                              : (a.high ? a.high : b.high);
  return {both(a.low, b.low, least), high};
}

std::optional<int64_t> getConstant(const End &end) {
  return end ? manifest::evaluate(*end, {}) : std::nullopt;
}

} // namespace

IndexRange IndexRangeAnalysis::get(Value value) {
  auto it = known.find(value);
  if (it != known.end())
    return it->second;
  IndexRange result = compute(value);
  known[value] = result;
  return result;
}

IndexRange IndexRangeAnalysis::compute(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument)
    return computeOp(value.getDefiningOp());
  if (argument.getArgNumber() < first)
    return {};
  switch (argument.getArgNumber() - first) {
  case 0:
  case 1:
    return coordinate(argument.getArgNumber() == first ? sizes.b : sizes.hq);
  case 2:
    return coordinate(sizes.lq);
  case 3:
    return coordinate(sizes.lk);
  default:
    break;
  }
  if (!isSize(argument))
    return {};
  Expr size = getIndexSize(captures[argument.getArgNumber() - first - 4]);
  return {size, size};
}

/// A captured index: 1 or more, unless there is no pair.
bool IndexRangeAnalysis::isSize(Value value) const {
  auto argument = dyn_cast<BlockArgument>(value);
  return argument && argument.getType().isIndex() &&
         argument.getArgNumber() >= first + 4;
}

namespace {
/// A value from 0 to `high` divided by `size`.
IndexRange divideBySize(Operation *op, const Expr &high, const Expr &size) {
  Expr divisor = maximum(size, Expr::constant(1));
  if (isa<arith::FloorDivSIOp, arith::DivSIOp, arith::DivUIOp>(op))
    return {Expr::constant(0), floorDiv(high, divisor)};
  if (isa<arith::RemSIOp, arith::RemUIOp>(op))
    return {Expr::constant(0), minimum(high, divisor - Expr::constant(1))};
  return {};
}
} // namespace

IndexRange IndexRangeAnalysis::computeOp(Operation *op) {
  APInt constant;
  if (matchPattern(op, m_ConstantInt(&constant)) &&
      constant.getSignificantBits() <= 32)
    return point(constant.getSExtValue());
  if (auto length = dyn_cast<LengthOp>(op)) {
    bool isQueries = length.getSide() == Side::queries;
    const Expr &size = isQueries ? sizes.lq : sizes.lk;
    bool isFixed = isQueries ? sizes.fixedQueries : sizes.fixedKeys;
    return {isFixed ? size : Expr::constant(0), size};
  }
  if (auto select = dyn_cast<arith::SelectOp>(op)) {
    IndexRange a = get(select.getTrueValue()), b = get(select.getFalseValue());
    return {both(a.low, b.low, least), both(a.high, b.high, greatest)};
  }
  if (isa<arith::MaxSIOp>(op))
    return clampedBelow(get(op->getOperand(0)), get(op->getOperand(1)));
  if (isa<arith::MinSIOp>(op))
    return clampedAbove(get(op->getOperand(0)), get(op->getOperand(1)));
  // A sign extension keeps the value; a truncation may not.
  if (isa<arith::ExtSIOp>(op))
    return get(op->getOperand(0));
  if (auto cast = dyn_cast<arith::IndexCastOp>(op))
    return cast.getType().isIndex() ? get(cast.getIn()) : IndexRange();
  if (op->getNumResults() == 1 && op->getResult(0).getType().isIndex() &&
      op->getNumOperands() == 2)
    return computeBinary(op);
  return {};
}

IndexRange IndexRangeAnalysis::computeBinary(Operation *op) {
  IndexRange a = get(op->getOperand(0)), b = get(op->getOperand(1));
  if (isa<arith::AddIOp>(op))
    return {both(a.low, b.low, add), both(a.high, b.high, add)};
  if (isa<arith::SubIOp>(op))
    return {both(a.low, b.high, subtract), both(a.high, b.low, subtract)};
  if (isa<arith::MulIOp>(op))
    return product(a, b);
  std::optional<int64_t> divisor = getConstant(b.low), low = getConstant(a.low);
  if (isSize(op->getOperand(1)) && low == 0 && a.high)
    return divideBySize(op, *a.high, *b.high);
  if (!divisor || divisor != getConstant(b.high) || *divisor < 1)
    return {};
  bool isPositive = low && *low >= 0;
  if (isa<arith::FloorDivSIOp>(op) ||
      (isPositive && isa<arith::DivSIOp, arith::DivUIOp>(op)))
    return {both(a.low, b.low,
                 [](const Expr &x, const Expr &y) { return floorDiv(x, y); }),
            both(a.high, b.low,
                 [](const Expr &x, const Expr &y) { return floorDiv(x, y); })};
  if (isPositive && isa<arith::RemSIOp, arith::RemUIOp>(op))
    return {Expr::constant(0), Expr::constant(*divisor - 1)};
  return {};
}

} // namespace attn
