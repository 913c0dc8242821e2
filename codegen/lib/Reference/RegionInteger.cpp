//===- RegionInteger.cpp - Integer ops of a score region ------------------===//
//
// Operands arrive sign-extended to 64 bits; results are wrapped to their width
// by integerUnary and checkedBinary.
//
//===----------------------------------------------------------------------===//

#include "RegionCompiler.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/bit.h"

#include <algorithm>
#include <limits>

using namespace mlir;

namespace attn::reference {
namespace {

uint64_t unsignedOf(int64_t value) { return static_cast<uint64_t>(value); }

int64_t floorDivide(int64_t a, int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

int64_t ceilDivide(int64_t a, int64_t b) {
  return a / b + (a % b != 0 && (a < 0) == (b < 0));
}

int64_t power(int64_t base, int64_t exponent) {
  if (exponent < 0)
    return base == 1 ? 1 : base == -1 ? (exponent % 2 ? -1 : 1) : 0;
  uint64_t result = 1, factor = unsignedOf(base);
  for (; exponent; exponent >>= 1, factor *= factor)
    if (exponent & 1)
      result *= factor;
  return static_cast<int64_t>(result);
}

} // namespace

template <typename T>
std::optional<Step<T>> RegionCompiler<T>::compileInteger(Op *op) {
  if (op->getNumResults() != 1 || !op->getResult(0).getType().isIntOrIndex() ||
      !llvm::all_of(op->getOperandTypes(),
                    [](Type type) { return type.isIntOrIndex(); }))
    return std::nullopt;
  unsigned width = getWidth(op->getResult(0).getType());
  auto zero = [width](int64_t value) { return zeroExtend(value, width); };
  auto badShift = [zero, width](int64_t, int64_t b) -> const char * {
    return zero(b) < width ? nullptr : "shifts by its width or more";
  };
  using I = int64_t;
  // Sums and products wrap: computed unsigned.
  if (isa<arith::AddIOp>(op))
    return integerBinary(
        op, [](I a, I b) { return I(unsignedOf(a) + unsignedOf(b)); });
  if (isa<arith::SubIOp>(op))
    return integerBinary(
        op, [](I a, I b) { return I(unsignedOf(a) - unsignedOf(b)); });
  if (isa<arith::MulIOp>(op))
    return integerBinary(
        op, [](I a, I b) { return I(unsignedOf(a) * unsignedOf(b)); });
  if (isa<arith::AndIOp>(op))
    return integerBinary(op, [](I a, I b) { return a & b; });
  if (isa<arith::OrIOp>(op))
    return integerBinary(op, [](I a, I b) { return a | b; });
  if (isa<arith::XOrIOp>(op))
    return integerBinary(op, [](I a, I b) { return a ^ b; });
  if (isa<arith::MaxSIOp>(op))
    return integerBinary(op, [](I a, I b) { return std::max(a, b); });
  if (isa<arith::MinSIOp>(op))
    return integerBinary(op, [](I a, I b) { return std::min(a, b); });
  if (isa<arith::MaxUIOp>(op))
    return integerBinary(
        op, [=](I a, I b) { return I(std::max(zero(a), zero(b))); });
  if (isa<arith::MinUIOp>(op))
    return integerBinary(
        op, [=](I a, I b) { return I(std::min(zero(a), zero(b))); });
  if (isa<arith::ShLIOp>(op))
    return checkedBinary(op, badShift,
                         [](I a, I b) { return I(unsignedOf(a) << b); });
  if (isa<arith::ShRSIOp>(op))
    return checkedBinary(op, badShift, [](I a, I b) { return a >> b; });
  if (isa<arith::ShRUIOp>(op))
    return checkedBinary(op, badShift,
                         [=](I a, I b) { return I(zero(a) >> b); });
  if (isa<math::IPowIOp>(op))
    return integerBinary(op, power);
  if (isa<math::AbsIOp>(op))
    return integerUnary(op,
                        [](I a) { return a < 0 ? I(0 - unsignedOf(a)) : a; });
  if (isa<math::CtPopOp>(op))
    return integerUnary(op, [=](I a) { return I(llvm::popcount(zero(a))); });
  if (isa<math::CountLeadingZerosOp>(op))
    return integerUnary(op, [=](I a) {
      return I(llvm::countl_zero(zero(a))) - (64 - I(width));
    });
  if (isa<math::CountTrailingZerosOp>(op))
    return integerUnary(op, [=](I a) {
      return std::min(I(llvm::countr_zero(zero(a))), I(width));
    });
  return std::nullopt;
}

template <typename T>
std::optional<Step<T>> RegionCompiler<T>::compileDivision(Op *op) {
  if (op->getNumResults() != 1 || !op->getResult(0).getType().isIntOrIndex())
    return std::nullopt;
  unsigned width = getWidth(op->getResult(0).getType());
  int64_t least = signExtend(int64_t(uint64_t(1) << (width - 1)), width);
  auto zero = [width](int64_t value) { return zeroExtend(value, width); };
  auto byZero = [](int64_t, int64_t b) -> const char * {
    return b ? nullptr : "divides by zero";
  };
  auto overflow = [least](int64_t a, int64_t b) -> const char * {
    if (b == 0)
      return "divides by zero";
    return a == least && b == -1 ? "overflows: the least value by -1" : nullptr;
  };
  using I = int64_t;
  if (isa<arith::DivSIOp>(op))
    return checkedBinary(op, overflow, [](I a, I b) { return a / b; });
  if (isa<arith::FloorDivSIOp>(op))
    return checkedBinary(op, overflow, floorDivide);
  if (isa<arith::CeilDivSIOp>(op))
    return checkedBinary(op, overflow, ceilDivide);
  if (isa<arith::RemSIOp>(op))
    return checkedBinary(op, overflow, [](I a, I b) { return a % b; });
  if (isa<arith::DivUIOp>(op))
    return checkedBinary(op, byZero,
                         [=](I a, I b) { return I(zero(a) / zero(b)); });
  if (isa<arith::RemUIOp>(op))
    return checkedBinary(op, byZero,
                         [=](I a, I b) { return I(zero(a) % zero(b)); });
  if (isa<arith::CeilDivUIOp>(op))
    return checkedBinary(op, byZero, [=](I a, I b) {
      return I(zero(a) / zero(b) + (zero(a) % zero(b) != 0));
    });
  return std::nullopt;
}

/// Ops with two results: a sum with its carry, a product with its high half.
template <typename T>
std::optional<Step<T>> RegionCompiler<T>::compileIntegerPair(Op *op) {
  if (op->getNumResults() != 2)
    return std::nullopt;
  bool isSum = isa<arith::AddUIExtendedOp>(op);
  bool isSigned = isa<arith::MulSIExtendedOp>(op);
  if (!isSum && !isSigned && !isa<arith::MulUIExtendedOp>(op))
    return std::nullopt;
  unsigned a = slotOf(op->getOperand(0)), b = slotOf(op->getOperand(1));
  unsigned low = slotOf(op->getResult(0)), high = slotOf(op->getResult(1));
  unsigned width = getWidth(op->getResult(0).getType());
  return [=](Frame<T> &frame) {
    using Wide = unsigned __int128;
    int64_t lhs = frame.slots[a].integer, rhs = frame.slots[b].integer;
    Wide x = isSigned ? Wide(__int128(lhs)) : Wide(zeroExtend(lhs, width));
    Wide y = isSigned ? Wide(__int128(rhs)) : Wide(zeroExtend(rhs, width));
    Wide both = isSum ? x + y : x * y;
    frame.slots[low].integer = signExtend(int64_t(uint64_t(both)), width);
    auto rest = int64_t(uint64_t(both >> width));
    frame.slots[high].integer = signExtend(rest, isSum ? 1 : width);
  };
}

template <typename T>
std::optional<Step<T>> RegionCompiler<T>::compileComparison(Op *op) {
  if (auto select = dyn_cast<arith::SelectOp>(op)) {
    unsigned condition = slotOf(select.getCondition());
    unsigned yes = slotOf(select.getTrueValue());
    unsigned no = slotOf(select.getFalseValue());
    unsigned out = slotOf(select.getResult());
    return [=](Frame<T> &frame) {
      frame.slots[out] = frame.slots[frame.slots[condition].integer ? yes : no];
    };
  }
  if (auto compare = dyn_cast<arith::CmpIOp>(op)) {
    unsigned a = slotOf(compare.getLhs()), b = slotOf(compare.getRhs());
    unsigned out = slotOf(compare.getResult());
    unsigned width = getWidth(compare.getLhs().getType());
    arith::CmpIPredicate predicate = compare.getPredicate();
    return [=](Frame<T> &frame) {
      bool holds = arith::applyCmpPredicate(
          predicate,
          llvm::APInt(width, zeroExtend(frame.slots[a].integer, width)),
          llvm::APInt(width, zeroExtend(frame.slots[b].integer, width)));
      frame.slots[out].integer = holds ? -1 : 0;
    };
  }
  if (auto compare = dyn_cast<arith::CmpFOp>(op)) {
    unsigned a = slotOf(compare.getLhs()), b = slotOf(compare.getRhs());
    unsigned out = slotOf(compare.getResult());
    arith::CmpFPredicate predicate = compare.getPredicate();
    return [=](Frame<T> &frame) {
      bool holds = arith::applyCmpPredicate(
          predicate, llvm::APFloat(double(frame.slots[a].real)),
          llvm::APFloat(double(frame.slots[b].real)));
      frame.slots[out].integer = holds ? -1 : 0;
    };
  }
  return std::nullopt;
}

#define INSTANTIATE(T)                                                         \
  template std::optional<Step<T>> RegionCompiler<T>::compileInteger(Op *);     \
  template std::optional<Step<T>> RegionCompiler<T>::compileDivision(Op *);    \
  template std::optional<Step<T>> RegionCompiler<T>::compileIntegerPair(Op *); \
  template std::optional<Step<T>> RegionCompiler<T>::compileComparison(Op *);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

} // namespace attn::reference
