//===- MaskOps.cpp - Mask family: verifiers and predicates ----------------===//
//
// Each atom says one thing: the predicate of one pair. Tile classes and ranges
// follow from it (passes/lib/Analysis).
//
//===----------------------------------------------------------------------===//

#include "attn/dialect/Attn/Attn.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace attn {
namespace {

/// p + offset with p = i + Lk - Lq, the bottom-right aligned position.
Value buildPosition(OpBuilder &builder, Location loc, Value query,
                    int64_t offset) {
  Value lk = LengthOp::create(builder, loc, builder.getIndexType(), Side::keys);
  Value lq =
      LengthOp::create(builder, loc, builder.getIndexType(), Side::queries);
  Value shift = arith::SubIOp::create(builder, loc, lk, lq);
  Value position = arith::AddIOp::create(builder, loc, query, shift);
  if (offset == 0)
    return position;
  Value constant = arith::ConstantIndexOp::create(builder, loc, offset);
  return arith::AddIOp::create(builder, loc, position, constant);
}

Value buildCompare(OpBuilder &builder, Location loc,
                   arith::CmpIPredicate predicate, Value lhs, Value rhs) {
  return arith::CmpIOp::create(builder, loc, predicate, lhs, rhs);
}

} // namespace

//===----------------------------------------------------------------------===//
// MaskCausalOp
//===----------------------------------------------------------------------===//

LogicalResult MaskCausalOp::verify() {
  // mask.causal-C1
  int64_t offset = static_cast<int64_t>(getOffset());
  if (llvm::isInt<32>(offset))
    return success();
  return emitOpError() << "expects an 'offset' of 32 bits but got " << offset;
}

Value MaskCausalOp::buildVisible(OpBuilder &builder, Location loc,
                                 const PairCoordinates &at, ValueRange,
                                 ValueRange) {
  Value last =
      buildPosition(builder, loc, at.query, static_cast<int64_t>(getOffset()));
  return buildCompare(builder, loc, arith::CmpIPredicate::sle, at.key, last);
}

//===----------------------------------------------------------------------===//
// MaskWindowOp
//===----------------------------------------------------------------------===//

LogicalResult MaskWindowOp::verify() {
  // mask.window-C2
  if (!getLeft() && !getRight())
    return emitOpError() << "expects 'left', 'right' or both but got neither; "
                            "without a mask every key is visible";
  // mask.window-C1
  auto check = [&](StringRef side,
                   std::optional<uint64_t> keys) -> LogicalResult {
    if (!keys || llvm::isUInt<31>(*keys))
      return success();
    return emitOpError() << "expects '" << side
                         << "' of 0 keys or more, below 2^31, but got "
                         << static_cast<int64_t>(*keys)
                         << "; leave it out for an unbounded side";
  };
  if (failed(check("left", getLeft())) || failed(check("right", getRight())))
    return failure();
  return success();
}

Value MaskWindowOp::buildVisible(OpBuilder &builder, Location loc,
                                 const PairCoordinates &at, ValueRange,
                                 ValueRange) {
  SmallVector<Value> sides;
  if (getLeft()) {
    Value first = buildPosition(builder, loc, at.query,
                                -static_cast<int64_t>(*getLeft()));
    sides.push_back(
        buildCompare(builder, loc, arith::CmpIPredicate::sge, at.key, first));
  }
  if (getRight()) {
    Value last = buildPosition(builder, loc, at.query,
                               static_cast<int64_t>(*getRight()));
    sides.push_back(
        buildCompare(builder, loc, arith::CmpIPredicate::sle, at.key, last));
  }
  if (sides.size() == 1)
    return sides.front();
  return arith::AndIOp::create(builder, loc, sides[0], sides[1]);
}

//===----------------------------------------------------------------------===//
// MaskDocumentOp
//===----------------------------------------------------------------------===//

LogicalResult MaskDocumentOp::verify() {
  // mask.document-C1
  auto check = [&](StringRef name, StringRef shape,
                   Type type) -> LogicalResult {
    auto tensor = cast<RankedTensorType>(type);
    if (tensor.getRank() == 2 && tensor.getElementType().isInteger(32))
      return success();
    return emitOpError() << "expects '" << name << "' of shape " << shape
                         << " and element type i32 but got " << type;
  };
  if (failed(check("queryIds", "[B, Lq]", getQueryIds().getType())) ||
      failed(check("keyIds", "[B, Lk]", getKeyIds().getType())))
    return failure();
  return success();
}

Value MaskDocumentOp::buildVisible(OpBuilder &builder, Location loc,
                                   const PairCoordinates &at, ValueRange tables,
                                   ValueRange) {
  Type i32 = builder.getI32Type();
  Value query = ReadOp::create(builder, loc, i32, tables[0],
                               ValueRange{at.batch, at.query});
  Value key = ReadOp::create(builder, loc, i32, tables[1],
                             ValueRange{at.batch, at.key});
  return buildCompare(builder, loc, arith::CmpIPredicate::eq, query, key);
}

//===----------------------------------------------------------------------===//
// MaskAndOp, MaskOrOp, MaskNotOp
//===----------------------------------------------------------------------===//

namespace {
/// mask.and-C1, mask.or-C1
LogicalResult verifyConnective(Operation *op) {
  if (op->getNumOperands() >= 2)
    return success();
  return op->emitOpError() << "expects two masks or more but got "
                           << op->getNumOperands();
}

template <typename ConnectiveOp>
Value combine(OpBuilder &builder, Location loc, ValueRange masks) {
  Value result = masks.front();
  for (Value mask : masks.drop_front())
    result = ConnectiveOp::create(builder, loc, result, mask);
  return result;
}
} // namespace

LogicalResult MaskAndOp::verify() { return verifyConnective(*this); }
LogicalResult MaskOrOp::verify() { return verifyConnective(*this); }

Value MaskAndOp::buildVisible(OpBuilder &builder, Location loc,
                              const PairCoordinates &, ValueRange,
                              ValueRange masks) {
  return combine<arith::AndIOp>(builder, loc, masks);
}

Value MaskOrOp::buildVisible(OpBuilder &builder, Location loc,
                             const PairCoordinates &, ValueRange,
                             ValueRange masks) {
  return combine<arith::OrIOp>(builder, loc, masks);
}

Value MaskNotOp::buildVisible(OpBuilder &builder, Location loc,
                              const PairCoordinates &, ValueRange,
                              ValueRange masks) {
  Value one = arith::ConstantIntOp::create(builder, loc, 1, 1);
  return arith::XOrIOp::create(builder, loc, masks.front(), one);
}

} // namespace attn
