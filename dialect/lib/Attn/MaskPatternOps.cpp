//===- MaskPatternOps.cpp - Patterns and tables: verifiers, predicates ----===//
//
// Predicates are written so that mask analysis sees limits of the key or
// remainders of numbers that are not negative.
//
//===----------------------------------------------------------------------===//

#include "MaskRules.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace attn {
namespace {

using Predicate = arith::CmpIPredicate;

/// Short names for what predicates are built of.
struct Terms {
  OpBuilder &builder;
  Location loc;

  Value number(int64_t value) const {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }
  template <typename Op>
  Value make(Value lhs, Value rhs) const {
    return Op::create(builder, loc, lhs, rhs);
  }
  Value compare(Predicate predicate, Value lhs, Value rhs) const {
    return buildCompare(builder, loc, predicate, lhs, rhs);
  }
  /// floor(value / size)
  Value block(Value value, int64_t size) const {
    return size == 1 ? value : make<arith::FloorDivSIOp>(value, number(size));
  }
  Value blockOfQuery(const PairCoordinates &at, int64_t size) const {
    return block(buildPosition(builder, loc, at.query), size);
  }
  Value both(Value lhs, Value rhs) const {
    return make<arith::AndIOp>(lhs, rhs);
  }
  Value either(Value lhs, Value rhs) const {
    return make<arith::OrIOp>(lhs, rhs);
  }
};

} // namespace

//===----------------------------------------------------------------------===//
// MaskBlockCausalOp
//===----------------------------------------------------------------------===//

SmallVector<TableRule> MaskBlockCausalOp::getTableRules() {
  return makeHeadRules({{getOffsets(), "offsets"}});
}

LogicalResult MaskBlockCausalOp::verify() {
  // mask.block_causal-C1
  if (failed(verifyCount(*this, "size", getSize(), 1)) ||
      failed(verifyOffset(*this, getOffset())))
    return failure();
  // mask.block_causal-C2
  if (failed(verifyGivenOnce(*this, "offset", getOffset(), getOffsets())))
    return failure();
  return verifyTables(*this);
}

Value MaskBlockCausalOp::buildVisible(OpBuilder &builder, Location loc,
                                      const PairCoordinates &at,
                                      ValueRange tables, ValueRange) {
  Terms terms{builder, loc};
  Value last = terms.blockOfQuery(at, getSize());
  if (!tables.empty() || getOffset().value_or(0) != 0)
    last = terms.make<arith::AddIOp>(
        last, buildParameter(builder, loc, at, getOffset(),
                             tables.empty() ? Value() : tables.front()));
  return terms.compare(Predicate::sle, terms.block(at.key, getSize()), last);
}

//===----------------------------------------------------------------------===//
// MaskStrideOp
//===----------------------------------------------------------------------===//

SmallVector<TableRule> MaskStrideOp::getTableRules() {
  return makeHeadRules({{getOffsets(), "offsets"}});
}

LogicalResult MaskStrideOp::verify() {
  // mask.stride-C1
  if (failed(verifyCount(*this, "every", getEvery(), 1)) ||
      failed(verifyCount(*this, "size", getSize(), 1)) ||
      failed(verifyCount(*this, "step", getStep(), 0)) ||
      failed(verifyOffset(*this, getOffset())))
    return failure();
  // mask.stride-C2
  if (failed(verifyGivenOnce(*this, "offset", getOffset(), getOffsets())))
    return failure();
  return verifyTables(*this);
}

/// x + offset + step h is above -2^33: a multiple of `every` makes it positive.
Value MaskStrideOp::buildVisible(OpBuilder &builder, Location loc,
                                 const PairCoordinates &at, ValueRange tables,
                                 ValueRange) {
  Terms terms{builder, loc};
  int64_t every = getEvery(), size = getSize().value_or(1);
  Value key = terms.block(at.key, size);
  Value shifted = getRelative() ? terms.blockOfQuery(at, size) : key;
  int64_t up = llvm::divideCeil(int64_t(1) << 33, every) * every;
  shifted = terms.make<arith::AddIOp>(
      shifted, terms.number(up + getOffset().value_or(0)));
  if (!tables.empty())
    shifted = terms.make<arith::AddIOp>(
        shifted,
        buildParameter(builder, loc, at, std::nullopt, tables.front()));
  if (getStep().value_or(0) != 0)
    shifted = terms.make<arith::AddIOp>(
        shifted, terms.make<arith::MulIOp>(at.head, terms.number(*getStep())));
  Value rest = terms.make<arith::RemSIOp>(shifted, terms.number(every));
  Value other = getRelative()
                    ? terms.make<arith::RemSIOp>(key, terms.number(every))
                    : terms.number(0);
  return terms.compare(Predicate::eq, rest, other);
}

//===----------------------------------------------------------------------===//
// MaskPowerOfTwoOp
//===----------------------------------------------------------------------===//

SmallVector<TableRule> MaskPowerOfTwoOp::getTableRules() { return {}; }

// mask.power_of_two-C1
LogicalResult MaskPowerOfTwoOp::verify() {
  return verifyCount(*this, "size", getSize(), 1);
}

/// An equation per power that the distance of two blocks can be: each is a
/// range of keys.
Value MaskPowerOfTwoOp::buildVisible(OpBuilder &builder, Location loc,
                                     const PairCoordinates &at, ValueRange,
                                     ValueRange) {
  Terms terms{builder, loc};
  int64_t size = getSize();
  Value own = terms.blockOfQuery(at, size), block = terms.block(at.key, size);
  Value visible;
  for (int64_t power = 1; power * size < int64_t(1) << 31; power *= 2) {
    Value there = terms.make<arith::SubIOp>(own, terms.number(power));
    Value isThere = terms.compare(Predicate::eq, block, there);
    visible = visible ? terms.either(visible, isThere) : isThere;
  }
  return visible ? visible : arith::ConstantIntOp::create(builder, loc, 0, 1);
}

//===----------------------------------------------------------------------===//
// MaskStaircaseOp
//===----------------------------------------------------------------------===//

SmallVector<TableRule> MaskStaircaseOp::getTableRules() {
  return makeHeadRules({{getOffsets(), "offsets"}});
}

LogicalResult MaskStaircaseOp::verify() {
  // mask.staircase-C1
  if (failed(verifyCount(*this, "step", getStep(), 1)) ||
      failed(verifyOffset(*this, getOffset())))
    return failure();
  // mask.staircase-C2
  if (failed(verifyGivenOnce(*this, "offset", getOffset(), getOffsets())))
    return failure();
  return verifyTables(*this);
}

/// j <= floor((i - offset) / step)
Value MaskStaircaseOp::buildVisible(OpBuilder &builder, Location loc,
                                    const PairCoordinates &at,
                                    ValueRange tables, ValueRange) {
  Terms terms{builder, loc};
  Value offset =
      buildParameter(builder, loc, at, getOffset().value_or(0), Value());
  if (!tables.empty())
    offset = buildParameter(builder, loc, at, std::nullopt, tables.front());
  Value over = terms.make<arith::SubIOp>(at.query, offset);
  return terms.compare(Predicate::sle, at.key, terms.block(over, getStep()));
}

//===----------------------------------------------------------------------===//
// MaskTwoStreamOp
//===----------------------------------------------------------------------===//

SmallVector<TableRule> MaskTwoStreamOp::getTableRules() { return {}; }

// mask.two_stream-C1
LogicalResult MaskTwoStreamOp::verify() {
  return verifyCount(*this, "size", getSize(), 1);
}

Value MaskTwoStreamOp::buildVisible(OpBuilder &builder, Location loc,
                                    const PairCoordinates &at, ValueRange,
                                    ValueRange) {
  Terms terms{builder, loc};
  int64_t size = getSize();
  auto half = [&](Side side) {
    Value length = LengthOp::create(builder, loc, builder.getIndexType(), side);
    return terms.block(length, 2);
  };
  Value queries = half(Side::queries), keys = half(Side::keys);
  Value isNoised = terms.compare(Predicate::slt, at.query, queries);
  Value isClean = terms.compare(Predicate::sge, at.query, queries);
  Value ofNoised = terms.compare(Predicate::slt, at.key, keys);
  Value ofClean = terms.compare(Predicate::sge, at.key, keys);
  Value x = terms.make<arith::SubIOp>(at.query, queries);
  Value y = terms.make<arith::SubIOp>(at.key, keys);
  Value own = terms.block(at.query, size), clean = terms.block(y, size);
  Value isOwn = terms.compare(Predicate::eq, terms.block(at.key, size), own);
  Value isBefore = terms.compare(Predicate::slt, clean, own);
  Value noised =
      terms.either(terms.both(ofNoised, isOwn), terms.both(ofClean, isBefore));
  Value upTo = getBlocks()
                   ? terms.compare(Predicate::sle, clean, terms.block(x, size))
                   : terms.compare(Predicate::sle, y, x);
  return terms.either(terms.both(isNoised, noised),
                      terms.both(isClean, terms.both(ofClean, upTo)));
}

//===----------------------------------------------------------------------===//
// MaskSlicesOp
//===----------------------------------------------------------------------===//

namespace {
constexpr int64_t kMostSlices = 24, kSliceWords = 5;
}

SmallVector<TableRule> MaskSlicesOp::getTableRules() { return {}; }

LogicalResult MaskSlicesOp::verify() {
  auto type = cast<RankedTensorType>(getSlices().getType());
  // mask.slices-C1
  if (type.hasStaticShape() && type.getRank() == 2 && type.getDimSize(0) >= 1 &&
      type.getDimSize(0) <= kMostSlices && type.getDimSize(1) == kSliceWords &&
      type.getElementType().isInteger(32))
    return success();
  return emitOpError() << "expects 'slices' of shape [S, 5], S from 1 to "
                       << kMostSlices << ", and element type i32 but got "
                       << type;
}

Value MaskSlicesOp::buildVisible(OpBuilder &builder, Location loc,
                                 const PairCoordinates &at, ValueRange tables,
                                 ValueRange) {
  Terms terms{builder, loc};
  Type i32 = builder.getI32Type();
  Value zero = arith::ConstantIntOp::create(builder, loc, 0, 32);
  auto addSlice = [&](int64_t row) {
    auto word = [&](int64_t column) -> Value {
      return ReadOp::create(
          builder, loc, i32, tables[0],
          ValueRange{terms.number(row), terms.number(column)});
    };
    auto place = [&](int64_t column) -> Value {
      return arith::IndexCastOp::create(builder, loc, builder.getIndexType(),
                                        word(column));
    };
    Value q0 = place(0), q1 = place(1), k0 = place(2), k1 = place(3);
    Value inside =
        terms.both(terms.both(terms.compare(Predicate::sge, at.query, q0),
                              terms.compare(Predicate::slt, at.query, q1)),
                   terms.both(terms.compare(Predicate::sge, at.key, k0),
                              terms.compare(Predicate::slt, at.key, k1)));
    auto unlessBit = [&](int64_t bit, Value condition) {
      Value mask = arith::ConstantIntOp::create(builder, loc, bit, 32);
      Value isOff = terms.compare(
          Predicate::eq, terms.make<arith::AndIOp>(word(4), mask), zero);
      return terms.either(isOff, condition);
    };
    auto from = [&](Value value, Value origin) {
      return terms.make<arith::SubIOp>(value, origin);
    };
    Value causal =
        terms.compare(Predicate::sle, from(at.key, k1), from(at.query, q1));
    Value inverse =
        terms.compare(Predicate::sge, from(at.key, k0), from(at.query, q0));
    return terms.both(inside,
                      terms.both(unlessBit(1, causal), unlessBit(2, inverse)));
  };
  Value visible;
  for (int64_t row = 0;
       row < cast<RankedTensorType>(getSlices().getType()).getDimSize(0); ++row)
    visible = visible ? terms.either(visible, addSlice(row)) : addSlice(row);
  return visible;
}

//===----------------------------------------------------------------------===//
// MaskRowsOp, MaskColumnsOp
//===----------------------------------------------------------------------===//

namespace {
/// Is `marks[at]` not 0?
Value buildMarked(OpBuilder &builder, Location loc, Value marks,
                  ArrayRef<Value> at) {
  Type type = cast<RankedTensorType>(marks.getType()).getElementType();
  Value mark = ReadOp::create(builder, loc, type, marks, at);
  if (type.isInteger(1))
    return mark;
  Value zero = arith::ConstantIntOp::create(builder, loc, type, 0);
  return buildCompare(builder, loc, Predicate::ne, mark, zero);
}
} // namespace

SmallVector<TableRule> MaskRowsOp::getTableRules() {
  return {{getMarks(), "marks", {TableAxis::Batch, TableAxis::Query}}};
}

// mask.rows-C1
LogicalResult MaskRowsOp::verify() { return verifyTables(*this); }

Value MaskRowsOp::buildVisible(OpBuilder &builder, Location loc,
                               const PairCoordinates &at, ValueRange tables,
                               ValueRange) {
  return buildMarked(builder, loc, tables[0], {at.batch, at.query});
}

SmallVector<TableRule> MaskColumnsOp::getTableRules() {
  return {{getMarks(), "marks", {TableAxis::Batch, TableAxis::Key}}};
}

// mask.columns-C1
LogicalResult MaskColumnsOp::verify() { return verifyTables(*this); }

Value MaskColumnsOp::buildVisible(OpBuilder &builder, Location loc,
                                  const PairCoordinates &at, ValueRange tables,
                                  ValueRange) {
  return buildMarked(builder, loc, tables[0], {at.batch, at.key});
}

//===----------------------------------------------------------------------===//
// MaskBlockBitmapOp
//===----------------------------------------------------------------------===//

SmallVector<TableRule> MaskBlockBitmapOp::getTableRules() {
  TableRule rule{getBits(), "bits", {}};
  auto add = [&](TableAxis axis, int64_t block) {
    rule.axes.push_back(axis);
    rule.blocks.push_back(block);
  };
  if (getPerBatch())
    add(TableAxis::Batch, 0);
  if (getPerHead())
    add(TableAxis::QueryHead, 0);
  add(TableAxis::Query, getQuerySize());
  add(TableAxis::Key, getKeySize());
  return {rule};
}

LogicalResult MaskBlockBitmapOp::verify() {
  // mask.block_bitmap-C2
  if (failed(verifyCount(*this, "size", getQuerySize(), 1)) ||
      failed(verifyCount(*this, "size", getKeySize(), 1)))
    return failure();
  // mask.block_bitmap-C1
  return verifyTables(*this, {1, 8, 32});
}

Value MaskBlockBitmapOp::buildVisible(OpBuilder &builder, Location loc,
                                      const PairCoordinates &at,
                                      ValueRange tables, ValueRange) {
  Terms terms{builder, loc};
  SmallVector<Value> indices;
  if (getPerBatch())
    indices.push_back(at.batch);
  if (getPerHead())
    indices.push_back(at.head);
  indices.push_back(terms.block(at.query, getQuerySize()));
  indices.push_back(terms.block(at.key, getKeySize()));
  return buildMarked(builder, loc, tables[0], indices);
}

} // namespace attn
