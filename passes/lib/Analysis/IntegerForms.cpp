//===- IntegerForms.cpp - Integers of a region as sums of terms -----------===//

#include "IntegerForms.h"

#include "attn/dialect/Attn/Attn.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace attn {
namespace {

constexpr __int128 kLengthEnd = (__int128(1) << 31) - 1; ///< Largest length.
constexpr __int128 kLimit = __int128(1) << 62;

unsigned getWidth(Type type) {
  return type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
}

/// What a value of `type` may be without wrapping; a bit to spare in 64.
NumberRange getTypeRange(Type type) {
  unsigned bits = std::min(getWidth(type), 63u) - 1;
  return {-(__int128(1) << bits), (__int128(1) << bits) - 1};
}

bool fits(const NumberRange &range, Type type) {
  NumberRange limits = getTypeRange(type);
  return range.low >= limits.low && range.high <= limits.high;
}

NumberRange scale(const NumberRange &range, __int128 factor) {
  __int128 a = range.low * factor, b = range.high * factor;
  return {std::min(a, b), std::max(a, b)};
}

bool isConstant(const Sum &sum) { return sum.terms.empty(); }

int64_t coefficientOf(const Sum &sum, Term::Kind kind) {
  for (auto [term, coefficient] : sum.terms)
    if (term->kind == kind)
      return coefficient;
  return 0;
}

} // namespace

Dependence getDependence(const Sum &sum) {
  Dependence result;
  for (auto [term, coefficient] : sum.terms)
    result = result | term->on;
  return result;
}

NumberRange getRange(const Sum &sum) {
  NumberRange range{sum.constant, sum.constant};
  auto add = [&](const NumberRange &part) {
    range = {range.low + part.low, range.high + part.high};
  };
  for (auto [term, coefficient] : sum.terms)
    add(scale(term->range, coefficient));
  // i - Lq and j - Lk are below 0: the part that both have counts as one.
  for (auto [index, length] : {std::pair(Term::Query, Term::Queries),
                               std::pair(Term::Key, Term::Keys)}) {
    int64_t a = coefficientOf(sum, index), b = coefficientOf(sum, length);
    if ((a > 0) == (b > 0) || a == 0 || b == 0)
      continue;
    int64_t shared = a > 0 ? std::min(a, -b) : std::max(a, -b);
    NumberRange apart = scale({-kLengthEnd, kLengthEnd - 1}, shared);
    NumberRange together = scale({-kLengthEnd, -1}, shared);
    range.low += together.low - apart.low;
    range.high += together.high - apart.high;
  }
  return range;
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

Sum IntegerForms::add(const Sum &a, const Sum &b, int64_t factor) {
  Sum sum = a;
  sum.constant += factor * b.constant;
  for (const auto &added : b.terms) {
    auto *it = llvm::find_if(sum.terms, [&](const auto &entry) {
      return entry.first == added.first;
    });
    if (it == sum.terms.end())
      sum.terms.push_back({added.first, factor * added.second});
    else if ((it->second += factor * added.second) == 0)
      sum.terms.erase(it);
  }
  llvm::sort(sum.terms, [](auto &x, auto &y) {
    return std::pair(x.first->kind, x.first->order) <
           std::pair(y.first->kind, y.first->order);
  });
  return sum;
}

Sum IntegerForms::makeTerm(Term term) {
  for (const Term &other : terms)
    if (other.kind == term.kind && other.value == term.value &&
        other.a == term.a && other.b == term.b)
      return {{{&other, 1}}, 0};
  term.order = terms.size();
  terms.push_back(std::move(term));
  return {{{&terms.back(), 1}}, 0};
}

Sum IntegerForms::divide(const Sum &a, const Sum &divisor) {
  NumberRange range = attn::getRange(a), by = attn::getRange(divisor);
  auto floorDiv = [](__int128 x, __int128 y) { return x / y - (x % y < 0); };
  if (isConstant(a) && isConstant(divisor))
    return {{}, int64_t(floorDiv(range.low, by.low))};
  if (isConstant(divisor) && divisor.constant == 1)
    return a;
  range = {floorDiv(range.low, range.low < 0 ? by.low : by.high),
           floorDiv(range.high, range.high < 0 ? by.high : by.low)};
  return makeTerm(
      {Term::Quotient, {}, a, divisor, range, attn::getDependence(a)});
}

Sum IntegerForms::getRemainder(const Sum &given, const Sum &divisor) {
  Sum a = given;
  if (isConstant(divisor))
    llvm::erase_if(a.terms, [&](const auto &entry) {
      return entry.second % divisor.constant == 0;
    });
  return makeTerm({Term::Remainder,
                   {},
                   a,
                   divisor,
                   {0, attn::getRange(divisor).high - 1},
                   attn::getDependence(a)});
}

std::optional<Sum> IntegerForms::multiply(const Sum &a, const Sum &factor) {
  Sum result;
  if (isConstant(factor)) {
    result = add(result, a, factor.constant);
  } else {
    if (a.constant)
      result = add(result, factor, a.constant);
    NumberRange by = attn::getRange(factor);
    for (auto [term, coefficient] : a.terms) {
      NumberRange x = scale(term->range, by.low),
                  y = scale(term->range, by.high);
      NumberRange range{std::min(x.low, y.low), std::max(x.high, y.high)};
      // floor(x / n) * n lies in (x - n, x].
      if (term->kind == Term::Quotient && term->b == factor) {
        range = attn::getRange(term->a);
        range.low -= by.high;
      }
      result = add(
          result,
          makeTerm(
              {Term::Product, {}, {{{term, 1}}, 0}, factor, range, term->on}),
          coefficient);
    }
  }
  NumberRange range = attn::getRange(result);
  if (range.low < -kLimit || range.high > kLimit)
    return std::nullopt;
  return result;
}

std::optional<Sum> getContradiction(const Sum &a, const Sum &b) {
  if (getDependence(a).isUniform() || getDependence(b).isUniform())
    return std::nullopt;
  Sum sum = IntegerForms::add(a, b);
  if (!getDependence(sum).isUniform() || getRange(sum).high <= 0)
    return std::nullopt;
  return sum;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

std::optional<Sum> IntegerForms::get(Value value) {
  auto it = known.find(value);
  if (it != known.end())
    return it->second;
  std::optional<Sum> result;
  if (value.getType().isIntOrIndex() && !value.getType().isInteger(1)) {
    result = compute(value);
    if (!result || !fits(attn::getRange(*result), value.getType()))
      result = makeOpaque(value);
  }
  known[value] = result;
  return result;
}

std::optional<Sum> IntegerForms::compute(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument)
    return computeOp(value.getDefiningOp());
  constexpr Term::Kind kinds[] = {Term::Uniform, Term::Uniform, Term::Query,
                                  Term::Key};
  // A captured size: without elements along it there is no pair, or the launch
  // refuses it.
  if (argument.getArgNumber() >= 4)
    return makeTerm(
        {Term::Uniform, value, {}, {}, {1, kLengthEnd}, dependence.get(value)});
  Term::Kind kind = kinds[argument.getArgNumber()];
  return makeTerm({kind,
                   kind == Term::Uniform ? value : Value(),
                   {},
                   {},
                   {0, kLengthEnd - 1},
                   dependence.get(value)});
}

bool IntegerForms::isRun(Operation *op) const {
  auto read = dyn_cast<ReadOp>(op);
  if (!read || !read.getType().isInteger(32) || read.getIndices().size() != 2 ||
      !dependence.get(read.getIndices().front()).isUniform())
    return false;
  Value last = read.getIndices().back();
  Block &block = visible.front();
  return last == block.getArgument(2) || last == block.getArgument(3);
}

std::optional<Sum> IntegerForms::makeOpaque(Value value) {
  Dependence on = dependence.get(value);
  if (getWidth(value.getType()) > 32)
    return std::nullopt;
  Operation *op = value.getDefiningOp();
  Term term{Term::Unknown, value, {}, {}, getTypeRange(value.getType()), on};
  if (on.isUniform())
    term.kind = Term::Uniform;
  else if (op && isRun(op))
    term.kind = Term::Run;
  else if (std::optional<std::vector<Sum>> box = getBox(op))
    term = {Term::Box, value, {}, {}, term.range, on, 0, std::move(*box)};
  return makeTerm(std::move(term));
}

std::optional<Sum> IntegerForms::computeOp(Operation *op) {
  APInt constant;
  if (matchPattern(op, m_ConstantInt(&constant))) {
    if (constant.getSignificantBits() > 40)
      return std::nullopt;
    return Sum{{}, constant.getSExtValue()};
  }
  if (auto length = dyn_cast<LengthOp>(op))
    return makeTerm(
        {length.getSide() == Side::queries ? Term::Queries : Term::Keys,
         {},
         {},
         {},
         {0, kLengthEnd},
         {}});
  if (isa<arith::IndexCastOp, arith::ExtSIOp, arith::TruncIOp>(op)) {
    Type from = op->getOperand(0).getType();
    return from.isInteger(1) ? std::nullopt : get(op->getOperand(0));
  }
  if (isa<arith::IndexCastUIOp, arith::ExtUIOp>(op)) {
    std::optional<Sum> sum = get(op->getOperand(0));
    bool isPositive = sum && attn::getRange(*sum).low >= 0;
    return isPositive ? sum : std::nullopt;
  }
  if (isa<math::AbsIOp>(op)) {
    std::optional<Sum> a = get(op->getOperand(0));
    if (!a)
      return std::nullopt;
    NumberRange range = attn::getRange(*a);
    __int128 most = std::max(-range.low, range.high);
    return makeTerm(
        {Term::Absolute, {}, *a, {}, {0, most}, attn::getDependence(*a)});
  }
  return op->getNumOperands() == 2 ? computeBinary(op) : std::nullopt;
}

std::optional<Sum> IntegerForms::computeBinary(Operation *op) {
  if (!isa<arith::AddIOp, arith::SubIOp, arith::MulIOp, arith::MaxSIOp,
           arith::MinSIOp, arith::FloorDivSIOp, arith::DivSIOp, arith::DivUIOp,
           arith::RemSIOp, arith::RemUIOp, arith::ShRSIOp>(op))
    return std::nullopt;
  std::optional<Sum> a = get(op->getOperand(0)), b = get(op->getOperand(1));
  if (!a || !b)
    return std::nullopt;
  if (isa<arith::AddIOp, arith::SubIOp>(op))
    return add(*a, *b, isa<arith::AddIOp>(op) ? 1 : -1);
  NumberRange x = attn::getRange(*a), y = attn::getRange(*b);
  Dependence on = attn::getDependence(*a) | attn::getDependence(*b);
  if (isa<arith::MaxSIOp>(op))
    return makeTerm({Term::Maximum,
                     {},
                     *a,
                     *b,
                     {std::max(x.low, y.low), std::max(x.high, y.high)},
                     on});
  if (isa<arith::MinSIOp>(op))
    return makeTerm({Term::Minimum,
                     {},
                     *a,
                     *b,
                     {std::min(x.low, y.low), std::min(x.high, y.high)},
                     on});
  if (!isa<arith::MulIOp>(op))
    return computeDivision(op, *a, *b);
  if (*a == *b && !on.isUniform()) {
    __int128 most = std::max(-x.low, x.high);
    return makeTerm({Term::Square, {}, *a, {}, {0, most * most}, on});
  }
  bool isFirst =
      isConstant(*a) || (attn::getDependence(*a).isUniform() && x.low >= 0);
  if (isFirst)
    std::swap(a, b);
  if (isConstant(*b)) {
    if (!llvm::isInt<20>(b->constant))
      return std::nullopt;
    return add({}, *a, b->constant);
  }
  bool isFactor =
      attn::getDependence(*b).isUniform() && attn::getRange(*b).low >= 0;
  return isFactor ? multiply(*a, *b) : std::nullopt;
}

std::optional<Sum> IntegerForms::computeDivision(Operation *op, const Sum &a,
                                                 const Sum &b) {
  bool isPositive = attn::getRange(a).low >= 0;
  if (isa<arith::ShRSIOp>(op)) {
    if (!isConstant(b) || b.constant < 0 || b.constant > 31)
      return std::nullopt;
    return divide(a, {{}, int64_t(1) << b.constant});
  }
  if (!attn::getDependence(b).isUniform() || attn::getRange(b).low < 1 ||
      (!isPositive && !isa<arith::FloorDivSIOp>(op)))
    return std::nullopt;
  return isa<arith::RemSIOp, arith::RemUIOp>(op) ? getRemainder(a, b)
                                                 : divide(a, b);
}

} // namespace attn
