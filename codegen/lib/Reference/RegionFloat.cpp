//===- RegionFloat.cpp - Float ops and conversions of a score region ------===//

#include "RegionCompiler.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace attn::reference {
namespace {

/// arith.maximumf and arith.minimumf: NaN wins; -0 is less than +0.
template <typename T>
T maximum(T a, T b) {
  if (std::isnan(a) || std::isnan(b))
    return std::numeric_limits<T>::quiet_NaN();
  return a == b ? (std::signbit(a) ? b : a) : std::max(a, b);
}

template <typename T>
T minimum(T a, T b) {
  return -maximum(-a, -b);
}

/// arith.maxnumf and arith.minnumf: NaN loses.
template <typename T>
T maximumNumber(T a, T b) {
  return std::isnan(a) ? b : std::isnan(b) ? a : maximum(a, b);
}

template <typename T>
T minimumNumber(T a, T b) {
  return std::isnan(a) ? b : std::isnan(b) ? a : minimum(a, b);
}

bool isFloatOp(Operation *op) {
  auto isFloat = [](Type type) { return isa<FloatType>(type); };
  return op->getNumResults() == 1 && isFloat(op->getResult(0).getType()) &&
         llvm::all_of(op->getOperandTypes(), isFloat);
}

} // namespace

template <typename T>
std::optional<Step<T>> RegionCompiler<T>::compileFloat(Op *op) {
  if (!isFloatOp(op))
    return std::nullopt;
  if (isa<arith::AddFOp>(op))
    return floatBinary(op, [](T a, T b) { return a + b; });
  if (isa<arith::SubFOp>(op))
    return floatBinary(op, [](T a, T b) { return a - b; });
  if (isa<arith::MulFOp>(op))
    return floatBinary(op, [](T a, T b) { return a * b; });
  if (isa<arith::DivFOp>(op))
    return floatBinary(op, [](T a, T b) { return a / b; });
  if (isa<arith::RemFOp>(op))
    return floatBinary(op, [](T a, T b) { return std::fmod(a, b); });
  if (isa<arith::MaximumFOp>(op))
    return floatBinary(op, maximum<T>);
  if (isa<arith::MinimumFOp>(op))
    return floatBinary(op, minimum<T>);
  if (isa<arith::MaxNumFOp>(op))
    return floatBinary(op, maximumNumber<T>);
  if (isa<arith::MinNumFOp>(op))
    return floatBinary(op, minimumNumber<T>);
  if (isa<arith::NegFOp>(op))
    return floatUnary(op, [](T a) { return -a; });
  if (isa<arith::ExtFOp, arith::TruncFOp>(op))
    return floatUnary(op, [](T a) { return a; });
  if (isa<math::FmaOp>(op))
    return floatTernary(op, [](T a, T b, T c) { return std::fma(a, b, c); });
  if (isa<math::ClampFOp>(op))
    return floatTernary(
        op, [](T a, T low, T high) { return minimum(maximum(a, low), high); });
  return std::nullopt;
}

template <typename T>
std::optional<Step<T>> RegionCompiler<T>::compileMath(Op *op) {
  if (!isFloatOp(op))
    return std::nullopt;
#define UNARY(OP, EXPRESSION)                                                  \
  if (isa<math::OP>(op))                                                       \
    return floatUnary(op, [](T a) { return EXPRESSION; });
  UNARY(AbsFOp, std::fabs(a))
  UNARY(AcosOp, std::acos(a))
  UNARY(AcoshOp, std::acosh(a))
  UNARY(AsinOp, std::asin(a))
  UNARY(AsinhOp, std::asinh(a))
  UNARY(AtanOp, std::atan(a))
  UNARY(AtanhOp, std::atanh(a))
  UNARY(CbrtOp, std::cbrt(a))
  UNARY(CeilOp, std::ceil(a))
  UNARY(CosOp, std::cos(a))
  UNARY(CoshOp, std::cosh(a))
  UNARY(ErfOp, std::erf(a))
  UNARY(ErfcOp, std::erfc(a))
  UNARY(Exp2Op, std::exp2(a))
  UNARY(ExpM1Op, std::expm1(a))
  UNARY(ExpOp, std::exp(a))
  UNARY(FloorOp, std::floor(a))
  UNARY(Log10Op, std::log10(a))
  UNARY(Log1pOp, std::log1p(a))
  UNARY(Log2Op, std::log2(a))
  UNARY(LogOp, std::log(a))
  UNARY(RoundEvenOp, std::nearbyint(a))
  UNARY(RoundOp, std::round(a))
  UNARY(RsqrtOp, T(1) / std::sqrt(a))
  UNARY(SinOp, std::sin(a))
  UNARY(SinhOp, std::sinh(a))
  UNARY(SqrtOp, std::sqrt(a))
  UNARY(TanOp, std::tan(a))
  UNARY(TanhOp, std::tanh(a))
  UNARY(TruncOp, std::trunc(a))
#undef UNARY
  if (isa<math::PowFOp>(op))
    return floatBinary(op, [](T a, T b) { return std::pow(a, b); });
  if (isa<math::Atan2Op>(op))
    return floatBinary(op, [](T a, T b) { return std::atan2(a, b); });
  if (isa<math::CopySignOp>(op))
    return floatBinary(op, [](T a, T b) { return std::copysign(a, b); });
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Between floats and integers
//===----------------------------------------------------------------------===//

namespace {

/// The float-to-integer conversion of one type, checked.
struct ToInteger {
  unsigned width;
  bool isSigned;

  bool holds(double value) const {
    double least = isSigned ? -std::ldexp(1.0, width - 1) : 0;
    double beyond = std::ldexp(1.0, isSigned ? width - 1 : width);
    return std::trunc(value) >= least && std::trunc(value) < beyond;
  }
  int64_t convert(double value) const {
    if (isSigned)
      return static_cast<int64_t>(value);
    return signExtend(static_cast<int64_t>(static_cast<uint64_t>(value)),
                      width);
  }
};

template <typename T>
Step<T> makeToInteger(Operation *op, unsigned from, unsigned to) {
  ToInteger conversion{getWidth(op->getResult(0).getType()),
                       isa<arith::FPToSIOp>(op)};
  std::string where = describe(op->getLoc());
  std::string name = op->getName().getStringRef().str();
  return [=](Frame<T> &frame) {
    double value = frame.slots[from].real;
    frame.slots[to].integer = 0;
    if (!conversion.holds(value))
      return fail(frame, where,
                  "'" + name + "' op converts " + std::to_string(value) +
                      ", which its result type can not hold");
    frame.slots[to].integer = conversion.convert(value);
  };
}

template <typename T>
Step<T> makeBitcast(Type fromType, Type toType, unsigned from, unsigned to) {
  bool fromFloat = isa<FloatType>(fromType), toFloat = isa<FloatType>(toType);
  unsigned width = fromType.getIntOrFloatBitWidth();
  auto typeOf = [](Type type) {
    return isa<FloatType>(type) ? *getDtype(type) : Dtype::F64;
  };
  Dtype source = typeOf(fromType), target = typeOf(toType);
  return [=](Frame<T> &frame) {
    uint64_t bits = fromFloat ? encodeFloat(source, frame.slots[from].real)
                              : zeroExtend(frame.slots[from].integer, width);
    if (toFloat)
      frame.slots[to].real = static_cast<T>(decodeFloat(target, bits));
    else
      frame.slots[to].integer = signExtend(int64_t(bits), width);
  };
}

} // namespace

template <typename T>
std::optional<Step<T>> RegionCompiler<T>::compileConversion(Op *op) {
  if (op->getNumResults() != 1 || op->getNumOperands() == 0)
    return std::nullopt;
  Type fromType = op->getOperand(0).getType();
  Type toType = op->getResult(0).getType();
  unsigned from = slotOf(op->getOperand(0)), to = slotOf(op->getResult(0));
  if (isa<arith::BitcastOp>(op))
    return makeBitcast<T>(fromType, toType, from, to);
  if (isa<arith::FPToSIOp, arith::FPToUIOp>(op))
    return makeToInteger<T>(op, from, to);
  if (isa<arith::SIToFPOp, arith::UIToFPOp>(op)) {
    Dtype type = *getDtype(toType);
    bool isSigned = isa<arith::SIToFPOp>(op);
    unsigned width = getWidth(fromType);
    return [=](Frame<T> &frame) {
      int64_t value = frame.slots[from].integer;
      T real = isSigned ? T(value) : T(zeroExtend(value, width));
      frame.slots[to].real = roundResult(type, real);
    };
  }
  if (isa<arith::ExtSIOp, arith::TruncIOp, arith::IndexCastOp>(op))
    return integerUnary(op, [](int64_t a) { return a; });
  if (isa<arith::ExtUIOp, arith::IndexCastUIOp>(op)) {
    unsigned width = getWidth(fromType);
    return integerUnary(
        op, [=](int64_t a) { return int64_t(zeroExtend(a, width)); });
  }
  if (isa<math::IsNaNOp, math::IsInfOp, math::IsFiniteOp>(op)) {
    bool nan = isa<math::IsNaNOp>(op), inf = isa<math::IsInfOp>(op);
    return [=](Frame<T> &frame) {
      T value = frame.slots[from].real;
      bool holds = nan   ? std::isnan(value)
                   : inf ? std::isinf(value)
                         : std::isfinite(value);
      frame.slots[to].integer = holds ? -1 : 0;
    };
  }
  if (isa<math::FPowIOp>(op)) {
    unsigned exponent = slotOf(op->getOperand(1));
    Dtype type = *getDtype(toType);
    return [=](Frame<T> &frame) {
      frame.slots[to].real =
          roundResult(type, T(std::pow(frame.slots[from].real,
                                       T(frame.slots[exponent].integer))));
    };
  }
  return std::nullopt;
}

#define INSTANTIATE(T)                                                         \
  template std::optional<Step<T>> RegionCompiler<T>::compileFloat(Op *);       \
  template std::optional<Step<T>> RegionCompiler<T>::compileMath(Op *);        \
  template std::optional<Step<T>> RegionCompiler<T>::compileConversion(Op *);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

} // namespace attn::reference
