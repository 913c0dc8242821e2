//===- RegionOps.cpp - One operation of a region --------------------------===//
//
// Most operations are emitted as they are, on held types. Integer division by a
// value gets a divisor that can not trap, shifts an amount in range,
// conversions to integers saturate: what a program may not rely on must still
// not stop it.
//
//===----------------------------------------------------------------------===//

#include "attn/codegen/Kernel/RegionOps.h"
#include "attn/codegen/Kernel/RegionTypes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

#include <limits>

using namespace mlir;
using namespace attn;

namespace {

Type likeOf(Value like, Type element) {
  if (auto vector = dyn_cast<VectorType>(like.getType()))
    return vector.clone(element);
  return element;
}

unsigned getWidth(Value value) {
  return getElementTypeOrSelf(value.getType()).getIntOrFloatBitWidth();
}

/// `value` as integers of `width`.
Value resize(OpBuilder &b, Location loc, Value value, unsigned width,
             bool isSigned) {
  unsigned from = getWidth(value);
  Type type = likeOf(value, b.getIntegerType(width));
  if (from == width)
    return value;
  if (from > width)
    return b.createOrFold<arith::TruncIOp>(loc, type, value);
  return isSigned ? b.createOrFold<arith::ExtSIOp>(loc, type, value)
                  : b.createOrFold<arith::ExtUIOp>(loc, type, value);
}

class OpEmitter {
public:
  OpEmitter(RegionTarget &target, Operation *op, ValueRange operands,
            bool isNarrow)
      : target(target), b(target.b), loc(target.loc), op(op),
        operands(operands), result(op->getResult(0).getType()),
        held(getHeldType(result, isNarrow)) {}

  Value emit();

private:
  /// The operation as it is.
  Value emitPlain(ValueRange values) {
    OperationState state(loc, op->getName(), values,
                         likeOf(values.back(), held), op->getAttrs());
    return round(b.create(state)->getResult(0));
  }
  Value round(Value value) {
    return isa<FloatType>(result) ? target.roundTo(value, result) : value;
  }
  Value integer(Value like, int64_t constant) {
    return integerLike(b, loc, like, constant);
  }
  Value compare(Value x, int64_t y) {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, x,
                                 integer(x, y));
  }

  Value emitConstant(arith::ConstantOp constant);
  std::optional<int64_t> getSafeDivisor();
  Value emitDivision(bool isSigned);
  Value emitShift();
  Value emitResize(bool isSigned) {
    return resize(b, loc, operands[0], held.getIntOrFloatBitWidth(), isSigned);
  }
  Value toFloat(bool isSigned);
  Value emitLog10();
  Value emitRsqrt();

  RegionTarget &target;
  OpBuilder &b;
  Location loc;
  Operation *op;
  ValueRange operands;
  Type result; ///< In the region.
  Type held;   ///< Element type that holds the result.
};

Value floatLike(OpBuilder &b, Location loc, Value like, float constant) {
  return splatLike(
      b, loc, like,
      arith::ConstantOp::create(b, loc, b.getF32FloatAttr(constant)));
}

/// Constants are uniform: always scalars.
Value OpEmitter::emitConstant(arith::ConstantOp constant) {
  if (auto value = dyn_cast<FloatAttr>(constant.getValue())) {
    APFloat wide = value.getValue();
    bool isExact;
    wide.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven, &isExact);
    return arith::ConstantOp::create(b, loc,
                                     b.getF32FloatAttr(wide.convertToFloat()));
  }
  APInt value = cast<IntegerAttr>(constant.getValue()).getValue();
  return arith::ConstantOp::create(
      b, loc,
      IntegerAttr::get(held, value.sextOrTrunc(held.getIntOrFloatBitWidth())));
}

/// The divisor, if it is a constant that never traps in the held type.
std::optional<int64_t> OpEmitter::getSafeDivisor() {
  APInt value;
  if (!matchPattern(op->getOperand(1), m_ConstantInt(&value)))
    return std::nullopt;
  int64_t divisor = value.sextOrTrunc(getWidth(operands[1])).getSExtValue();
  return divisor == 0 || divisor == -1 ? std::nullopt : std::optional(divisor);
}

/// By a divisor that never traps: 1 where it is 0, or -1 and signed. Constants
/// say so themselves; rounding down by a power of two is a shift.
Value OpEmitter::emitDivision(bool isSigned) {
  Value dividend = operands[0], divisor = operands[1];
  if (std::optional<int64_t> safe = getSafeDivisor()) {
    if (!isa<arith::FloorDivSIOp>(op) || *safe < 0 ||
        !llvm::isPowerOf2_64(*safe))
      return emitPlain(operands);
    return arith::ShRSIOp::create(b, loc, dividend,
                                  integer(dividend, llvm::Log2_64(*safe)));
  }
  Value traps = compare(divisor, 0);
  if (isSigned) {
    int64_t least = APInt::getSignedMinValue(getWidth(divisor)).getSExtValue();
    Value overflows = b.createOrFold<arith::AndIOp>(loc, compare(divisor, -1),
                                                    compare(dividend, least));
    traps = b.createOrFold<arith::OrIOp>(loc, traps, overflows);
  }
  return emitPlain({dividend, b.createOrFold<arith::SelectOp>(
                                  loc, traps, integer(divisor, 1), divisor)});
}

Value OpEmitter::emitShift() {
  Value mask = integer(operands[1], getWidth(operands[1]) - 1);
  return emitPlain(
      {operands[0], b.createOrFold<arith::AndIOp>(loc, operands[1], mask)});
}

Value OpEmitter::toFloat(bool isSigned) {
  Value value = operands[0];
  Type type = likeOf(value, b.getF32Type());
  // Narrower than 32 bits: conversions of i32 are the fast ones.
  if (getWidth(value) < 32) {
    value = resize(b, loc, value, 32, isSigned);
    isSigned = true;
  }
  return round(isSigned ? Value(arith::SIToFPOp::create(b, loc, type, value))
                        : Value(arith::UIToFPOp::create(b, loc, type, value)));
}

/// As a multiple of the natural logarithm.
Value OpEmitter::emitLog10() {
  constexpr float kLog10E = 0.434294481903251827651f;
  Value log = math::LogOp::create(b, loc, operands[0]);
  return round(
      arith::MulFOp::create(b, loc, log, floatLike(b, loc, log, kLog10E)));
}

/// Exact to rounding, unlike the instructions of targets.
Value OpEmitter::emitRsqrt() {
  Value root = math::SqrtOp::create(b, loc, operands[0]);
  return round(
      arith::DivFOp::create(b, loc, floatLike(b, loc, root, 1.0f), root));
}

Value OpEmitter::emit() {
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](arith::ConstantOp constant) { return emitConstant(constant); })
      .Case<arith::DivSIOp, arith::RemSIOp, arith::FloorDivSIOp,
            arith::CeilDivSIOp>([&](auto) { return emitDivision(true); })
      .Case<arith::DivUIOp, arith::RemUIOp, arith::CeilDivUIOp>(
          [&](auto) { return emitDivision(false); })
      .Case<arith::ShLIOp, arith::ShRSIOp, arith::ShRUIOp>(
          [&](auto) { return emitShift(); })
      .Case([&](arith::ExtFOp) { return operands[0]; })
      .Case([&](arith::TruncFOp) { return round(operands[0]); })
      .Case<arith::ExtSIOp, arith::TruncIOp, arith::IndexCastOp>(
          [&](auto) { return emitResize(true); })
      .Case<arith::ExtUIOp, arith::IndexCastUIOp>(
          [&](auto) { return emitResize(false); })
      .Case([&](arith::SIToFPOp) { return toFloat(true); })
      .Case([&](arith::UIToFPOp) { return toFloat(false); })
      .Case([&](arith::FPToSIOp) {
        return target.toInteger(operands[0], held, true);
      })
      .Case([&](arith::FPToUIOp) {
        return target.toInteger(operands[0], held, false);
      })
      .Case([&](math::Exp2Op) { return round(target.exp2(operands[0])); })
      .Case([&](math::RsqrtOp) { return emitRsqrt(); })
      .Case([&](math::Log10Op) { return emitLog10(); })
      .Default([&](Operation *) { return emitPlain(operands); });
}

} // namespace

Value attn::splatLike(OpBuilder &b, Location loc, Value like, Value scalar) {
  Type type = likeOf(like, scalar.getType());
  if (type == scalar.getType())
    return scalar;
  return b.createOrFold<vector::BroadcastOp>(loc, type, scalar);
}

Value attn::integerLike(OpBuilder &b, Location loc, Value like,
                        int64_t constant) {
  Type element = getElementTypeOrSelf(like.getType());
  return splatLike(b, loc, like,
                   arith::ConstantIntOp::create(b, loc, element, constant));
}

Value attn::resizeWide(OpBuilder &b, Location loc, Value value, bool isNarrow,
                       bool saturate) {
  if (isNarrow && saturate && getWidth(value) != 32) {
    using Limits = std::numeric_limits<int32_t>;
    value = b.createOrFold<arith::MinSIOp>(
        loc, value, integerLike(b, loc, value, Limits::max()));
    value = b.createOrFold<arith::MaxSIOp>(
        loc, value, integerLike(b, loc, value, Limits::min()));
  }
  return resize(b, loc, value, isNarrow ? 32 : 64, /*isSigned=*/true);
}

Value attn::emitRegionOp(RegionTarget &target, Operation *op,
                         ValueRange operands, bool isNarrow) {
  return OpEmitter(target, op, operands, isNarrow).emit();
}
