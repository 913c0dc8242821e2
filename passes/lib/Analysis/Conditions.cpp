//===- Conditions.cpp - A predicate as conjunctions of comparisons --------===//

#include "Conditions.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace attn {
namespace {

constexpr unsigned kMostConditions = 512;

Condition join(Condition::Kind kind, Value value,
               std::vector<Condition> operands) {
  std::vector<Condition> flat;
  for (Condition &operand : operands) {
    if (operand.kind != kind) {
      flat.push_back(std::move(operand));
      continue;
    }
    for (Condition &inner : operand.operands)
      flat.push_back(std::move(inner));
  }
  return {kind, std::move(flat), {}, value, false};
}

/// The predicate that holds where `predicate` does not is its inverse; unsigned
/// comparisons of numbers that are 0 or more are signed ones.
std::optional<arith::CmpIPredicate> toSigned(arith::CmpIPredicate predicate,
                                             bool isPositive) {
  using P = arith::CmpIPredicate;
  switch (predicate) {
  case P::ult:
    return isPositive ? std::optional(P::slt) : std::nullopt;
  case P::ule:
    return isPositive ? std::optional(P::sle) : std::nullopt;
  case P::ugt:
    return isPositive ? std::optional(P::sgt) : std::nullopt;
  case P::uge:
    return isPositive ? std::optional(P::sge) : std::nullopt;
  default:
    return predicate;
  }
}

/// The remainder that `sum` is, or null.
const Term *getRemainder(const Sum &sum) {
  if (sum.terms.size() != 1 || sum.constant || sum.terms[0].second != 1 ||
      sum.terms[0].first->kind != Term::Remainder)
    return nullptr;
  return sum.terms[0].first;
}

} // namespace

Condition ConditionBuilder::get(Value value, bool isNegated) {
  if (++made > kMostConditions)
    return {Condition::Leaf, {}, {}, value, isNegated};
  return compute(value, isNegated);
}

/// |x| + r <= 0 is a range of x; r - |x| <= 0 is what lies outside of one.
Condition ConditionBuilder::atMostZero(Value value, const Sum &sum) {
  for (auto [term, coefficient] : sum.terms) {
    if (term->kind != Term::Absolute || (coefficient != 1 && coefficient != -1))
      continue;
    Sum rest = IntegerForms::add(sum, {{{term, 1}}, 0}, -coefficient);
    return join(coefficient == 1 ? Condition::And : Condition::Or, value,
                {atMostZero(value, IntegerForms::add(rest, term->a)),
                 atMostZero(value, IntegerForms::add(rest, term->a, -1))});
  }
  return {Condition::AtMostZero, {}, sum, value, false};
}

Condition ConditionBuilder::compare(arith::CmpIOp op, bool isNegated) {
  using P = arith::CmpIPredicate;
  Condition leaf{Condition::Leaf, {}, {}, op, isNegated};
  P predicate = op.getPredicate();
  if (op.getLhs().getType().isInteger(1)) {
    if (predicate != P::eq && predicate != P::ne)
      return leaf;
    bool differ = (predicate == P::ne) != isNegated;
    auto both = [&](bool a, bool b) {
      return join(Condition::And, op,
                  {get(op.getLhs(), a), get(op.getRhs(), b)});
    };
    return join(Condition::Or, op, {both(false, differ), both(true, !differ)});
  }
  std::optional<Sum> lhs = forms.get(op.getLhs()), rhs = forms.get(op.getRhs());
  if (!lhs || !rhs)
    return leaf;
  bool isPositive = getRange(*lhs).low >= 0 && getRange(*rhs).low >= 0;
  std::optional<P> known = toSigned(predicate, isPositive);
  if (!known)
    return leaf;
  predicate = isNegated ? arith::invertPredicate(*known) : *known;
  Sum up = IntegerForms::add(*lhs, *rhs, -1);
  Sum down = IntegerForms::add(*rhs, *lhs, -1);
  auto at = [&](const Sum &sum, int64_t more) {
    return atMostZero(op, IntegerForms::add(sum, more));
  };
  switch (predicate) {
  case P::sle:
    return at(up, 0);
  case P::slt:
    return at(up, 1);
  case P::sge:
    return at(down, 0);
  case P::sgt:
    return at(down, 1);
  case P::eq: {
    std::vector<Condition> parts{at(up, 0), at(down, 0)};
    // Equal remainders: the difference has none, of which intervals know more.
    const Term *a = getRemainder(*lhs), *b = getRemainder(*rhs);
    if (a && b && a->b == b->b)
      parts.push_back(
          at(forms.getRemainder(IntegerForms::add(a->a, b->a, -1), a->b), 0));
    return join(Condition::And, op, std::move(parts));
  }
  case P::ne:
    return join(Condition::Or, op, {at(up, 1), at(down, 1)});
  default:
    return leaf;
  }
}

Condition ConditionBuilder::compute(Value value, bool isNegated) {
  Operation *op = value.getDefiningOp();
  APInt constant;
  if (op && matchPattern(op, m_ConstantInt(&constant)))
    return {constant.isZero() == isNegated ? Condition::And : Condition::Or,
            {},
            {},
            value,
            false};
  if (auto compareOp = dyn_cast_or_null<arith::CmpIOp>(op))
    return compare(compareOp, isNegated);
  if (isa_and_nonnull<arith::AndIOp, arith::OrIOp>(op))
    return join(
        isa<arith::AndIOp>(op) != isNegated ? Condition::And : Condition::Or,
        value,
        {get(op->getOperand(0), isNegated), get(op->getOperand(1), isNegated)});
  auto both = [&](Value a, bool notA, Value b, bool notB) {
    return join(Condition::And, value, {get(a, notA), get(b, notB)});
  };
  if (auto xorOp = dyn_cast_or_null<arith::XOrIOp>(op)) {
    Value a = xorOp.getLhs(), b = xorOp.getRhs();
    if (matchPattern(b, m_ConstantInt(&constant)))
      return get(a, isNegated != constant.isOne());
    return join(Condition::Or, value,
                {both(a, false, b, !isNegated), both(a, true, b, isNegated)});
  }
  if (auto select = dyn_cast_or_null<arith::SelectOp>(op)) {
    Value c = select.getCondition(), a = select.getTrueValue(),
          b = select.getFalseValue();
    return join(Condition::Or, value,
                {both(c, false, a, isNegated), both(c, true, b, isNegated),
                 both(a, isNegated, b, isNegated)});
  }
  if (std::optional<Sum> flag = forms.getFlag(value))
    return atMostZero(value, isNegated ? *flag
                                       : IntegerForms::add({{}, 1}, *flag, -1));
  return {Condition::Leaf, {}, {}, value, isNegated};
}

} // namespace attn
