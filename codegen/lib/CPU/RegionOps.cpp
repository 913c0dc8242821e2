//===- RegionOps.cpp - One operation of a region --------------------------===//
//
// Most operations are emitted as they are, on held types. Integer division by a
// value gets a divisor that can not trap, shifts an amount in range,
// conversions to integers saturate: what a program may not rely on must still
// not stop it.
//
//===----------------------------------------------------------------------===//

#include "RegionOps.h"
#include "Elements.h"
#include "Exp2.h"

#include "attn/dialect/Attn/Attn.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"

#include <limits>

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

namespace {

constexpr StringLiteral kPlainOps[] = {
    "addi",     "subi",     "muli",    "andi",   "ori",  "xori",
    "maxsi",    "maxui",    "minsi",   "minui",  "cmpi", "cmpf",
    "select",   "addf",     "subf",    "mulf",   "divf", "negf",
    "maximumf", "minimumf", "maxnumf", "minnumf"};
constexpr StringLiteral kSpecialOps[] = {
    "constant",   "divsi",       "divui",     "remsi",  "remui",
    "floordivsi", "ceildivsi",   "ceildivui", "shli",   "shrsi",
    "shrui",      "extf",        "truncf",    "extsi",  "extui",
    "trunci",     "sitofp",      "uitofp",    "fptosi", "fptoui",
    "index_cast", "index_castui"};
constexpr StringLiteral kMathOps[] = {
    "absf",     "absi", "acos",  "asin",  "atan", "atan2", "ceil",
    "copysign", "cos",  "erf",   "exp",   "exp2", "expm1", "floor",
    "fma",      "log",  "log10", "log1p", "log2", "round", "roundeven",
    "rsqrt",    "sin",  "sqrt",  "tanh",  "trunc"};

Type likeOf(Value like, Type element) {
  if (auto vector = dyn_cast<VectorType>(like.getType()))
    return vector.clone(element);
  return element;
}

Type elementOf(Value value) { return getElementTypeOrSelf(value.getType()); }

Value integer(KernelBuilder &kb, Value like, int64_t constant) {
  Value scalar =
      arith::ConstantIntOp::create(kb.b, kb.loc, elementOf(like), constant);
  return isa<VectorType>(like.getType()) ? kb.splat(scalar) : scalar;
}

Value compare(KernelBuilder &kb, arith::CmpIPredicate predicate, Value x,
              Value y) {
  return arith::CmpIOp::create(kb.b, kb.loc, predicate, x, y);
}

/// `value` as integers of `width`.
Value resize(KernelBuilder &kb, Value value, unsigned width, bool isSigned) {
  OpBuilder &b = kb.b;
  unsigned from = elementOf(value).getIntOrFloatBitWidth();
  Type type = likeOf(value, b.getIntegerType(width));
  if (from == width)
    return value;
  if (from > width)
    return b.createOrFold<arith::TruncIOp>(kb.loc, type, value);
  return isSigned ? b.createOrFold<arith::ExtSIOp>(kb.loc, type, value)
                  : b.createOrFold<arith::ExtUIOp>(kb.loc, type, value);
}

/// A divisor that never traps: 1 where it is 0, or -1 and signed.
Value guardDivisor(KernelBuilder &kb, Value divisor, Value dividend,
                   bool isSigned) {
  using P = arith::CmpIPredicate;
  Value one = integer(kb, divisor, 1);
  Value traps = compare(kb, P::eq, divisor, integer(kb, divisor, 0));
  if (isSigned) {
    unsigned width = elementOf(divisor).getIntOrFloatBitWidth();
    Value least =
        integer(kb, divisor, APInt::getSignedMinValue(width).getSExtValue());
    Value overflows =
        kb.both(compare(kb, P::eq, divisor, integer(kb, divisor, -1)),
                compare(kb, P::eq, dividend, least));
    traps = kb.either(traps, overflows);
  }
  return kb.select(traps, one, divisor);
}

Value clone(KernelBuilder &kb, Operation *op, ValueRange operands, Type type) {
  OperationState state(kb.loc, op->getName(), operands, type, op->getAttrs());
  return kb.b.create(state)->getResult(0);
}

Value emitConstant(KernelBuilder &kb, arith::ConstantOp op) {
  if (auto value = dyn_cast<FloatAttr>(op.getValue())) {
    APFloat wide = value.getValue();
    bool isExact;
    wide.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven, &isExact);
    return kb.f32(wide.convertToFloat());
  }
  auto value = cast<IntegerAttr>(op.getValue());
  Type type = getHeldType(op.getType(), /*isNarrow=*/false);
  return arith::ConstantOp::create(
      kb.b, kb.loc,
      IntegerAttr::get(
          type, value.getValue().sextOrTrunc(type.getIntOrFloatBitWidth())));
}

/// Float to integer, saturating; NaN gives 0.
Value toInteger(KernelBuilder &kb, Value value, Type result, bool isSigned) {
  Type type = likeOf(value, result);
  StringRef name = isSigned ? "llvm.fptosi.sat" : "llvm.fptoui.sat";
  return LLVM::CallIntrinsicOp::create(kb.b, kb.loc, type,
                                       kb.b.getStringAttr(name), value)
      .getResult(0);
}

Value toFloat(KernelBuilder &kb, Value value, bool isSigned) {
  Type type = likeOf(value, kb.f32Type());
  // Narrower than 32 bits: conversions of i32 are the fast ones.
  if (elementOf(value).getIntOrFloatBitWidth() < 32) {
    value = resize(kb, value, 32, isSigned);
    isSigned = true;
  }
  if (isSigned)
    return arith::SIToFPOp::create(kb.b, kb.loc, type, value);
  return arith::UIToFPOp::create(kb.b, kb.loc, type, value);
}

/// 2^x for any x, where upstream has no approximation.
Value emitExp2OfAny(KernelBuilder &kb, Value x) {
  bool isScalar = !isa<VectorType>(x.getType());
  Value lanes = isScalar ? kb.splat(x) : x;
  Value largest = kb.splat(128.0f);
  Value exceeds = arith::CmpFOp::create(kb.b, kb.loc, arith::CmpFPredicate::OGT,
                                        lanes, largest);
  Value result = emitExp2(kb, kb.select(exceeds, largest, lanes));
  return isScalar
             ? vector::ExtractOp::create(kb.b, kb.loc, result, 0).getResult()
             : result;
}

/// log10 as a multiple of the natural logarithm.
Value emitLog10(KernelBuilder &kb, Value x) {
  constexpr float kLog10E = 0.434294481903251827651f;
  Value factor =
      isa<VectorType>(x.getType()) ? kb.splat(kLog10E) : kb.f32(kLog10E);
  return kb.mulf(math::LogOp::create(kb.b, kb.loc, x), factor);
}

/// Exact to rounding, unlike the instruction.
Value emitRsqrt(KernelBuilder &kb, Value x) {
  Value one = isa<VectorType>(x.getType()) ? kb.splat(1.0f) : kb.f32(1.0f);
  Value root = math::SqrtOp::create(kb.b, kb.loc, x);
  return arith::DivFOp::create(kb.b, kb.loc, one, root);
}

} // namespace

Value attn::cpu::resizeWide(KernelBuilder &kb, Value value, bool isNarrow,
                            bool saturate) {
  if (isNarrow && saturate && !elementOf(value).isInteger(32)) {
    using Limits = std::numeric_limits<int32_t>;
    value = kb.max(kb.min(value, integer(kb, value, Limits::max())),
                   integer(kb, value, Limits::min()));
  }
  return resize(kb, value, isNarrow ? 32 : 64, /*isSigned=*/true);
}

Value attn::cpu::emitRegionOp(KernelBuilder &kb, Operation *op,
                              ValueRange operands, bool isNarrow) {
  Type result = op->getResult(0).getType();
  Type held = getHeldType(result, isNarrow);
  auto emitPlain = [&](ValueRange values) {
    Value value = clone(kb, op, values, likeOf(operands.back(), held));
    return isa<FloatType>(result) ? roundTo(kb, value, result) : value;
  };
  auto emitShift = [&] {
    unsigned width = elementOf(operands[1]).getIntOrFloatBitWidth();
    Value amount = kb.both(operands[1], integer(kb, operands[1], width - 1));
    return emitPlain({operands[0], amount});
  };
  auto emitDivision = [&](bool isSigned) {
    return emitPlain(
        {operands[0], guardDivisor(kb, operands[1], operands[0], isSigned)});
  };
  auto emitResize = [&](bool isSigned) {
    return resize(kb, operands[0], held.getIntOrFloatBitWidth(), isSigned);
  };
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](arith::ConstantOp constant) {
        return emitConstant(kb, constant);
      })
      .Case<arith::DivSIOp, arith::RemSIOp, arith::FloorDivSIOp,
            arith::CeilDivSIOp>([&](auto) { return emitDivision(true); })
      .Case<arith::DivUIOp, arith::RemUIOp, arith::CeilDivUIOp>(
          [&](auto) { return emitDivision(false); })
      .Case<arith::ShLIOp, arith::ShRSIOp, arith::ShRUIOp>(
          [&](auto) { return emitShift(); })
      .Case([&](arith::ExtFOp) { return operands[0]; })
      .Case([&](arith::TruncFOp) { return roundTo(kb, operands[0], result); })
      .Case<arith::ExtSIOp, arith::TruncIOp, arith::IndexCastOp>(
          [&](auto) { return emitResize(true); })
      .Case<arith::ExtUIOp, arith::IndexCastUIOp>(
          [&](auto) { return emitResize(false); })
      .Case([&](arith::SIToFPOp) {
        return roundTo(kb, toFloat(kb, operands[0], true), result);
      })
      .Case([&](arith::UIToFPOp) {
        return roundTo(kb, toFloat(kb, operands[0], false), result);
      })
      .Case([&](arith::FPToSIOp) {
        return toInteger(kb, operands[0], held, true);
      })
      .Case([&](arith::FPToUIOp) {
        return toInteger(kb, operands[0], held, false);
      })
      .Case([&](math::Exp2Op) {
        return roundTo(kb, emitExp2OfAny(kb, operands[0]), result);
      })
      .Case([&](math::RsqrtOp) {
        return roundTo(kb, emitRsqrt(kb, operands[0]), result);
      })
      .Case([&](math::Log10Op) {
        return roundTo(kb, emitLog10(kb, operands[0]), result);
      })
      .Default([&](Operation *) { return emitPlain(operands); });
}

LogicalResult attn::cpu::checkRegionOp(Operation *op) {
  if (isa<ReadOp, LengthOp, YieldOp>(op))
    return success();
  StringRef dialect = op->getName().getDialectNamespace();
  StringRef name = op->getName().stripDialect();
  bool isArith = dialect == "arith" && (llvm::is_contained(kPlainOps, name) ||
                                        llvm::is_contained(kSpecialOps, name));
  bool isMath = dialect == "math" && llvm::is_contained(kMathOps, name);
  if (isArith || isMath)
    return success();
  InFlightDiagnostic diag = op->emitOpError()
                            << "is not supported in regions by target cpu; "
                               "supported are arith.{";
  llvm::interleaveComma(kPlainOps, diag);
  diag << ", ";
  llvm::interleaveComma(kSpecialOps, diag);
  diag << "} and math.{";
  llvm::interleaveComma(kMathOps, diag);
  return diag << "}";
}
