//===- TileClassifier.cpp - A predicate evaluated on intervals ------------===//
//
// Every value of the region gets an interval [low, high], as IR. For an i1, low
// is "true for all pairs" and high "true for some pair": interval arithmetic on
// {false < true}.
//
//===----------------------------------------------------------------------===//

#include "attn/dialect/Attn/Attn.h"
#include "attn/dialect/Attn/Regions.h"
#include "attn/passes/Dependence.h"
#include "attn/passes/MaskAnalysis.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace attn {
namespace {

/// Ends of an interval; null if nothing is known.
struct Interval {
  Value low, high;
  explicit operator bool() const { return low && high; }
};

class IntervalBuilder {
public:
  IntervalBuilder(Region &visible, Region &classify)
      : visible(visible.front()), dependence(visible, RegionKind::Visible),
        builder(classify.getContext()), block(builder.createBlock(&classify)) {
    unsigned numCaptures = this->visible.getNumArguments() - 4;
    Type index = builder.getIndexType();
    for (unsigned i = 0; i < 6; ++i)
      block->addArgument(index, classify.getLoc());
    map(this->visible.getArgument(0), block->getArgument(0));
    map(this->visible.getArgument(1), block->getArgument(1));
    intervals[this->visible.getArgument(2)] = {block->getArgument(2),
                                               block->getArgument(3)};
    intervals[this->visible.getArgument(3)] = {block->getArgument(4),
                                               block->getArgument(5)};
    for (unsigned i = 0; i < numCaptures; ++i) {
      BlockArgument capture = this->visible.getArgument(4 + i);
      map(capture, block->addArgument(capture.getType(), capture.getLoc()));
    }
  }

  SmallVector<Value> build(ArrayRef<Value> residual) {
    Location loc = visible.getParentOp()->getLoc();
    Value some = constant(loc, true), all = constant(loc, true);
    for (Value conjunct : residual) {
      Interval truth = getTruth(conjunct);
      some = builder.createOrFold<arith::AndIOp>(loc, some, truth.high);
      all = builder.createOrFold<arith::AndIOp>(loc, all, truth.low);
    }
    YieldOp::create(builder, loc, ValueRange{some, all});
    return std::move(undecided);
  }

private:
  void map(Value from, Value to) {
    clones.map(from, to);
    intervals[from] = {to, to};
  }

  Value constant(Location loc, bool value) {
    return arith::ConstantIntOp::create(builder, loc, value, 1);
  }

  /// The interval of an i1; unknown becomes [false, true].
  Interval getTruth(Value value) {
    if (Interval known = get(value))
      return known;
    undecided.push_back(value);
    return {constant(value.getLoc(), false), constant(value.getLoc(), true)};
  }

  Interval get(Value value) {
    auto it = intervals.find(value);
    if (it != intervals.end())
      return it->second;
    Operation *op = value.getDefiningOp();
    Interval result =
        dependence.get(value).isUniform() ? cloneUniform(op) : evaluate(op);
    intervals[value] = result;
    return result;
  }

  Interval cloneUniform(Operation *op) {
    for (Value operand : op->getOperands())
      if (!get(operand))
        return {};
    Operation *copy = builder.clone(*op, clones);
    for (auto [from, to] : llvm::zip(op->getResults(), copy->getResults()))
      map(from, to);
    return intervals[op->getResult(0)];
  }

  Interval evaluate(Operation *op) {
    return TypeSwitch<Operation *, Interval>(op)
        .Case([&](arith::AddIOp add) { return evaluateSum(add); })
        .Case([&](arith::SubIOp sub) { return evaluateDifference(sub); })
        .Case([&](arith::MulIOp mul) { return evaluateProduct(mul); })
        .Case<arith::MaxSIOp, arith::MinSIOp>(
            [&](auto extreme) { return evaluateMonotone(extreme); })
        .Case<arith::AndIOp, arith::OrIOp>(
            [&](auto connective) { return evaluateConnective(connective); })
        .Case([&](arith::XOrIOp op) { return evaluateXor(op); })
        .Case([&](arith::CmpIOp compare) { return evaluateCompare(compare); })
        .Case<arith::IndexCastOp, arith::ExtSIOp>(
            [&](auto cast) { return evaluateWidening(cast); })
        .Case([&](ReadOp read) { return evaluateRead(read); })
        .Default([](Operation *) { return Interval(); });
  }

  template <typename Op>
  Value make(Location loc, Value lhs, Value rhs) {
    return builder.createOrFold<Op>(loc, lhs, rhs);
  }

  Value compare(Location loc, arith::CmpIPredicate predicate, Value lhs,
                Value rhs) {
    return builder.createOrFold<arith::CmpIOp>(loc, predicate, lhs, rhs);
  }

  // Sums and products count on index only: coordinates and 32-bit constants
  // stay far below 2^63, while narrower integers may wrap.
  Interval evaluateSum(arith::AddIOp op) {
    Interval a = get(op.getLhs()), b = get(op.getRhs());
    if (!a || !b || !op.getType().isIndex())
      return {};
    return {make<arith::AddIOp>(op.getLoc(), a.low, b.low),
            make<arith::AddIOp>(op.getLoc(), a.high, b.high)};
  }

  Interval evaluateDifference(arith::SubIOp op) {
    Interval a = get(op.getLhs()), b = get(op.getRhs());
    if (!a || !b || !op.getType().isIndex())
      return {};
    return {make<arith::SubIOp>(op.getLoc(), a.low, b.high),
            make<arith::SubIOp>(op.getLoc(), a.high, b.low)};
  }

  Interval evaluateProduct(arith::MulIOp op) {
    Interval a = get(op.getLhs()), b = get(op.getRhs());
    if (!a || !b || !op.getType().isIndex())
      return {};
    Location loc = op.getLoc();
    Value p0 = make<arith::MulIOp>(loc, a.low, b.low);
    Value p1 = make<arith::MulIOp>(loc, a.low, b.high);
    Value p2 = make<arith::MulIOp>(loc, a.high, b.low);
    Value p3 = make<arith::MulIOp>(loc, a.high, b.high);
    return {make<arith::MinSIOp>(loc, make<arith::MinSIOp>(loc, p0, p1),
                                 make<arith::MinSIOp>(loc, p2, p3)),
            make<arith::MaxSIOp>(loc, make<arith::MaxSIOp>(loc, p0, p1),
                                 make<arith::MaxSIOp>(loc, p2, p3))};
  }

  template <typename Op>
  Interval evaluateMonotone(Op op) {
    Interval a = get(op.getLhs()), b = get(op.getRhs());
    if (!a || !b)
      return {};
    return {make<Op>(op.getLoc(), a.low, b.low),
            make<Op>(op.getLoc(), a.high, b.high)};
  }

  /// Casts that keep the value; narrowing ones may wrap.
  template <typename Op>
  Interval evaluateWidening(Op cast) {
    auto bits = [](Type type) {
      return type.isIndex() ? 64u : type.getIntOrFloatBitWidth();
    };
    Interval in = get(cast.getIn());
    if (!in || bits(cast.getType()) < bits(cast.getIn().getType()))
      return {};
    Type type = cast.getType();
    return {builder.createOrFold<Op>(cast.getLoc(), type, in.low),
            builder.createOrFold<Op>(cast.getLoc(), type, in.high)};
  }

  template <typename Op>
  Interval evaluateConnective(Op op) {
    if (!op.getType().isInteger(1))
      return {};
    Interval a = getTruth(op.getLhs()), b = getTruth(op.getRhs());
    return {make<Op>(op.getLoc(), a.low, b.low),
            make<Op>(op.getLoc(), a.high, b.high)};
  }

  /// Exact where one side is uniform (a negation is an xor with true).
  Interval evaluateXor(arith::XOrIOp op) {
    if (!op.getType().isInteger(1))
      return {};
    Interval a = getTruth(op.getLhs()), b = getTruth(op.getRhs());
    Location loc = op.getLoc();
    Value p0 = make<arith::XOrIOp>(loc, a.low, b.low);
    Value p1 = make<arith::XOrIOp>(loc, a.low, b.high);
    Value p2 = make<arith::XOrIOp>(loc, a.high, b.low);
    Value p3 = make<arith::XOrIOp>(loc, a.high, b.high);
    return {make<arith::AndIOp>(loc, make<arith::AndIOp>(loc, p0, p1),
                                make<arith::AndIOp>(loc, p2, p3)),
            make<arith::OrIOp>(loc, make<arith::OrIOp>(loc, p0, p1),
                               make<arith::OrIOp>(loc, p2, p3))};
  }

  Interval evaluateEqual(Location loc, Interval a, Interval b) {
    using P = arith::CmpIPredicate;
    Value meetsLow = compare(loc, P::sle, a.low, b.high);
    Value meetsHigh = compare(loc, P::sle, b.low, a.high);
    Value sameLow = compare(loc, P::eq, a.low, b.high);
    Value sameHigh = compare(loc, P::eq, a.high, b.low);
    return {make<arith::AndIOp>(loc, sameLow, sameHigh),
            make<arith::AndIOp>(loc, meetsLow, meetsHigh)};
  }

  Interval negate(Location loc, Interval truth) {
    Value one = constant(loc, true);
    return {make<arith::XOrIOp>(loc, truth.high, one),
            make<arith::XOrIOp>(loc, truth.low, one)};
  }

  Interval evaluateCompare(arith::CmpIOp op) {
    using P = arith::CmpIPredicate;
    Interval a = get(op.getLhs()), b = get(op.getRhs());
    if (!a || !b || op.getLhs().getType().isInteger(1)) // i1 orders as 0, -1
      return {};
    Location loc = op.getLoc();
    P predicate = op.getPredicate();
    switch (predicate) {
    case P::sle:
    case P::slt:
      return {compare(loc, predicate, a.high, b.low),
              compare(loc, predicate, a.low, b.high)};
    case P::sge:
    case P::sgt:
      return {compare(loc, predicate, a.low, b.high),
              compare(loc, predicate, a.high, b.low)};
    case P::eq:
      return evaluateEqual(loc, a, b);
    case P::ne:
      return negate(loc, evaluateEqual(loc, a, b));
    default:
      return {};
    }
  }

  /// A read along the last axis at exactly i or j: the extremes of the run.
  Interval evaluateRead(ReadOp read) {
    if (!isa<IntegerType>(read.getType()) || read.getIndices().empty())
      return {};
    Value last = read.getIndices().back();
    if (last != visible.getArgument(2) && last != visible.getArgument(3))
      return {};
    SmallVector<Value> leading;
    for (Value index : read.getIndices().drop_back()) {
      if (!dependence.get(index).isUniform() || !get(index))
        return {};
      leading.push_back(get(index).low);
    }
    Interval run = get(last);
    auto range = ReadRangeOp::create(
        builder, read.getLoc(), read.getType(), read.getType(),
        clones.lookup(read.getTable()), leading, run.low, run.high);
    return {range.getMin(), range.getMax()};
  }

  Block &visible;
  DependenceAnalysis dependence;
  OpBuilder builder;
  Block *block;
  IRMapping clones;
  DenseMap<Value, Interval> intervals;
  SmallVector<Value> undecided;
};

} // namespace

SmallVector<Value> buildClassify(Region &visible, ArrayRef<Value> residual,
                                 Region &classify) {
  return IntervalBuilder(visible, classify).build(residual);
}

} // namespace attn
