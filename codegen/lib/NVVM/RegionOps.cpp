//===- RegionOps.cpp - One operation of a region --------------------------===//
//
// Most operations are cloned as they are, on held types. Integer division gets
// a divisor that can not trap, shifts an amount in range, conversions to
// integers saturate: what a program may not rely on must still not stop it.
//
//===----------------------------------------------------------------------===//

#include "RegionOps.h"

#include "attn/dialect/Attn/Attn.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;

namespace {

constexpr StringLiteral kArithOps[] = {
    "addf",    "addi",   "andi",       "ceildivsi",    "ceildivui",
    "cmpf",    "cmpi",   "constant",   "divf",         "divsi",
    "divui",   "extf",   "extsi",      "extui",        "floordivsi",
    "fptosi",  "fptoui", "index_cast", "index_castui", "maximumf",
    "maxnumf", "maxsi",  "maxui",      "minimumf",     "minnumf",
    "minsi",   "minui",  "mulf",       "muli",         "negf",
    "ori",     "remsi",  "remui",      "select",       "shli",
    "shrsi",   "shrui",  "sitofp",     "subf",         "subi",
    "truncf",  "trunci", "uitofp",     "xori"};
constexpr StringLiteral kMathOps[] = {
    "absf",  "absi",      "atan",  "atan2", "ceil", "copysign", "cos",   "erf",
    "exp",   "exp2",      "expm1", "floor", "fma",  "log",      "log1p", "log2",
    "round", "roundeven", "rsqrt", "sin",   "sqrt", "tanh",     "trunc"};

unsigned getWidth(Value value) {
  return value.getType().getIntOrFloatBitWidth();
}

Value resize(KernelBuilder &kb, Value value, unsigned width, bool isSigned) {
  Type type = kb.b.getIntegerType(width);
  if (getWidth(value) == width)
    return value;
  if (getWidth(value) > width)
    return arith::TruncIOp::create(kb.b, kb.loc, type, value);
  return isSigned ? Value(arith::ExtSIOp::create(kb.b, kb.loc, type, value))
                  : Value(arith::ExtUIOp::create(kb.b, kb.loc, type, value));
}

/// A divisor that never traps: 1 where it is 0, or -1 and signed.
Value guardDivisor(KernelBuilder &kb, Value divisor, Value dividend,
                   bool isSigned) {
  Type type = divisor.getType();
  Value traps = kb.eq(divisor, kb.cst(type, 0));
  if (isSigned) {
    int64_t least = APInt::getSignedMinValue(getWidth(divisor)).getSExtValue();
    Value overflows = kb.bitAnd(kb.eq(divisor, kb.cst(type, -1)),
                                kb.eq(dividend, kb.cst(type, least)));
    traps = kb.bitOr(traps, overflows);
  }
  return kb.select(traps, kb.cst(type, 1), divisor);
}

Value clone(KernelBuilder &kb, Operation *op, ValueRange operands, Type type) {
  OperationState state(kb.loc, op->getName(), operands, type, op->getAttrs());
  return kb.b.create(state)->getResult(0);
}

Value emitConstant(KernelBuilder &kb, arith::ConstantOp op, Type held) {
  if (auto value = dyn_cast<FloatAttr>(op.getValue())) {
    APFloat wide = value.getValue();
    bool isExact;
    wide.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven, &isExact);
    return kb.cf(wide.convertToFloat());
  }
  return kb.cst(held,
                cast<IntegerAttr>(op.getValue()).getValue().getSExtValue());
}

Value toFloat(KernelBuilder &kb, Value value, bool isSigned) {
  if (isSigned)
    return arith::SIToFPOp::create(kb.b, kb.loc, kb.f32(), value);
  return arith::UIToFPOp::create(kb.b, kb.loc, kb.f32(), value);
}

/// Saturating; NaN gives 0.
Value toInteger(KernelBuilder &kb, Value value, Type type, bool isSigned) {
  unsigned width = type.getIntOrFloatBitWidth();
  auto compare = [&](LLVM::FCmpPredicate predicate, float bound) {
    return LLVM::FCmpOp::create(kb.b, kb.loc, predicate, value, kb.cf(bound));
  };
  APInt least = isSigned ? APInt::getSignedMinValue(width) : APInt(width, 0);
  APInt most =
      isSigned ? APInt::getSignedMaxValue(width) : APInt::getMaxValue(width);
  float low = isSigned ? -std::ldexp(1.0f, width - 1) : 0.0f;
  float high = std::ldexp(1.0f, isSigned ? width - 1 : width);
  Value isLow = compare(LLVM::FCmpPredicate::olt, low);
  Value isHigh = compare(LLVM::FCmpPredicate::oge, high);
  Value isInside = kb.bitAnd(compare(LLVM::FCmpPredicate::oge, low),
                             compare(LLVM::FCmpPredicate::olt, high));
  Value safe = kb.select(isInside, value, kb.cf(0));
  Value result = isSigned
                     ? Value(LLVM::FPToSIOp::create(kb.b, kb.loc, type, safe))
                     : Value(LLVM::FPToUIOp::create(kb.b, kb.loc, type, safe));
  result = kb.select(isLow, kb.cst(type, least.getSExtValue()), result);
  return kb.select(isHigh, kb.cst(type, most.getSExtValue()), result);
}

} // namespace

Value attn::nvptx::resizeWide(KernelBuilder &kb, Value value, bool isNarrow,
                              bool saturate) {
  if (isNarrow && saturate && getWidth(value) != 32) {
    using Limits = std::numeric_limits<int32_t>;
    value =
        kb.smax(kb.smin(value, kb.c64(Limits::max())), kb.c64(Limits::min()));
  }
  return resize(kb, value, isNarrow ? 32 : 64, /*isSigned=*/true);
}

Value attn::nvptx::roundTo(KernelBuilder &kb, Value value, Type type) {
  if (type.isF32())
    return value;
  Value bits = kb.packPair(type, value, kb.cf(0));
  if (type.isBF16())
    return LLVM::BitcastOp::create(kb.b, kb.loc, kb.f32(), kb.shl(bits, 16));
  Value half = LLVM::BitcastOp::create(
      kb.b, kb.loc, type,
      Value(LLVM::TruncOp::create(kb.b, kb.loc, kb.b.getI16Type(), bits)));
  return LLVM::FPExtOp::create(kb.b, kb.loc, kb.f32(), half);
}

Value attn::nvptx::emitRegionOp(KernelBuilder &kb, Operation *op,
                                ValueRange operands, bool isNarrow) {
  Type result = op->getResult(0).getType();
  Type held = getHeldType(result, isNarrow);
  auto emitPlain = [&](ValueRange values) {
    Value value = clone(kb, op, values, held);
    return isa<FloatType>(result) ? roundTo(kb, value, result) : value;
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
        return emitConstant(kb, constant, held);
      })
      .Case<arith::DivSIOp, arith::RemSIOp, arith::FloorDivSIOp,
            arith::CeilDivSIOp>([&](auto) { return emitDivision(true); })
      .Case<arith::DivUIOp, arith::RemUIOp, arith::CeilDivUIOp>(
          [&](auto) { return emitDivision(false); })
      .Case<arith::ShLIOp, arith::ShRSIOp, arith::ShRUIOp>([&](auto) {
        return emitPlain(
            {operands[0], kb.bitAnd(operands[1], getWidth(operands[1]) - 1)});
      })
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
      .Default([&](Operation *) { return emitPlain(operands); });
}

LogicalResult attn::nvptx::checkRegionOp(Operation *op) {
  if (isa<ReadOp, LengthOp, YieldOp>(op))
    return success();
  StringRef dialect = op->getName().getDialectNamespace();
  StringRef name = op->getName().stripDialect();
  if ((dialect == "arith" && llvm::is_contained(kArithOps, name)) ||
      (dialect == "math" && llvm::is_contained(kMathOps, name)))
    return success();
  InFlightDiagnostic diag = op->emitOpError()
                            << "is not supported in regions by target sm_90a; "
                               "supported are arith.{";
  llvm::interleaveComma(kArithOps, diag);
  diag << "} and math.{";
  llvm::interleaveComma(kMathOps, diag);
  return diag << "}";
}
