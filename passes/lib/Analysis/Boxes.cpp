//===- Boxes.cpp - Runs taken apart into boxes of coordinates -------------===//

#include "Boxes.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace attn {
namespace {

constexpr unsigned kMostPieces = 1024, kMostChoices = 64;

template <typename F>
void forEachSum(const Condition &condition, F &&visit) {
  if (condition.kind == Condition::AtMostZero)
    visit(condition.sum);
  for (const Condition &operand : condition.operands)
    forEachSum(operand, visit);
}

/// Terms that are not uniform, from outside to inside; what is inside of a term
/// for which `isEnd` holds is left out.
template <typename End, typename F>
void forEachTerm(const Sum &sum, End &&isEnd, F &&visit) {
  for (auto [term, coefficient] : sum.terms) {
    if (term->on.isUniform())
      continue;
    visit(*term);
    if (isEnd(*term))
      continue;
    forEachTerm(term->a, isEnd, visit);
    forEachTerm(term->b, isEnd, visit);
  }
}

/// Quotients and remainders of `conjuncts`, each once, in order.
template <typename End>
SmallVector<const Term *> getDivisions(Boxes::Conditions conjuncts,
                                       End &&isEnd) {
  SmallVector<const Term *> divisions;
  auto visit = [&](const Term &term) {
    bool isDivision =
        term.kind == Term::Quotient || term.kind == Term::Remainder;
    if (isDivision && !term.on.isPair() && !isEnd(term) &&
        !llvm::is_contained(divisions, &term))
      divisions.push_back(&term);
  };
  for (const Condition *condition : conjuncts)
    forEachSum(*condition,
               [&](const Sum &sum) { forEachTerm(sum, isEnd, visit); });
  return divisions;
}

/// Is every multiple of `b` one of `a`?
bool divides(const Sum &a, const Sum &b) {
  if (a == b)
    return true;
  return a.terms.empty() && b.terms.empty() && b.constant % a.constant == 0;
}

/// The only term of `sum` that is not uniform, once; null where there is none.
const Term *getCoordinate(const Sum &sum) {
  const Term *coordinate = nullptr;
  for (auto [term, coefficient] : sum.terms) {
    if (term->on.isUniform())
      continue;
    if (coordinate || coefficient != 1)
      return nullptr;
    coordinate = term;
  }
  return coordinate;
}

/// Is there a remainder of a difference of query and key?
bool hasDifferenceOfClasses(Boxes::Conditions conjuncts) {
  bool hasDifference = false;
  for (const Condition *condition : conjuncts)
    forEachSum(*condition, [&](const Sum &sum) {
      for (auto [term, coefficient] : sum.terms)
        hasDifference |= term->kind == Term::Remainder && term->on.isPair();
    });
  return hasDifference;
}

bool isFalse(Value value) { return value && matchPattern(value, m_Zero()); }

} // namespace

//===----------------------------------------------------------------------===//
// Where to cut
//===----------------------------------------------------------------------===//

Boxes::TermSet Boxes::getDecided(Conditions conjuncts) {
  TermSet decided;
  auto divisions = getDivisions(conjuncts, [](const Term &) { return false; });
  for (const Term *quotient : divisions)
    for (const Term *remainder : divisions)
      if (quotient->kind == Term::Quotient &&
          remainder->kind == Term::Remainder && getCoordinate(quotient->a) &&
          quotient->a == remainder->a && quotient->b == remainder->b)
        decided.insert(remainder);
  return decided;
}

bool Boxes::areJoint(Conditions conjuncts) {
  return findCut(conjuncts) || haveChoice(conjuncts);
}

bool Boxes::haveChoice(Conditions conjuncts) {
  bool hasChoice = false, hasPair = false, hasOne = false;
  SmallVector<const Sum *> limits;
  for (const Condition *condition : conjuncts) {
    hasChoice |= condition->kind == Condition::Or;
    forEachSum(*condition, [&](const Sum &sum) {
      Dependence dependence = getDependence(sum);
      hasPair |= dependence.isPair();
      hasOne |= !dependence.isPair() && !dependence.isUniform();
      limits.push_back(&sum);
    });
  }
  auto contradicts = [&](const Sum *a) {
    return llvm::any_of(limits,
                        [&](const Sum *b) { return getContradiction(*a, *b); });
  };
  return hasChoice &&
         ((hasPair && hasOne) || llvm::any_of(limits, contradicts));
}

std::optional<Boxes::Cut> Boxes::findCut(Conditions conjuncts) {
  if (made > kMostPieces)
    return std::nullopt;
  auto divisions = getDivisions(
      conjuncts, [&](const Term &term) { return intervals.isKnown(term); });
  std::optional<Cut> best;
  for (const Term *quotient : divisions) {
    const Term *coordinate = getCoordinate(quotient->a);
    if (quotient->kind != Term::Quotient || !coordinate)
      continue;
    auto isShared = [&](const Term *other) {
      return other->kind == Term::Remainder && other->a == quotient->a &&
             divides(other->b, quotient->b);
    };
    // Tokens first: their boxes hold every coordinate.
    bool isToken =
        coordinate->kind == Term::Query || coordinate->kind == Term::Key;
    if (llvm::none_of(divisions, isShared) || (best && !isToken))
      continue;
    best = Cut{coordinate, quotient->a, quotient->b, {quotient}, {}};
    for (const Term *other : divisions)
      if (isShared(other) && other->b == quotient->b)
        best->remainders.push_back(other);
    if (isToken)
      break;
  }
  return best;
}

SmallVector<Boxes::Piece, 3> Boxes::makePieces(const Cut &cut) {
  Value low = intervals.emit(cut.of, Intervals::Least),
        high = intervals.emit(cut.of, Intervals::Greatest),
        by = intervals.emit(cut.by, Intervals::Least),
        one = intervals.number(1), zero = intervals.number(0);
  auto add = [&](Value a, Value b) {
    return intervals.make<arith::AddIOp>(a, b);
  };
  auto sub = [&](Value a, Value b) {
    return intervals.make<arith::SubIOp>(a, b);
  };
  auto less = [&](Value a, Value b) {
    return intervals.builder.createOrFold<arith::CmpIOp>(
        intervals.loc, arith::CmpIPredicate::slt, a, b);
  };
  Value first = intervals.make<arith::FloorDivSIOp>(low, by),
        begin = intervals.make<arith::MulIOp>(first, by);
  if (low == high)
    return {
        {{}, {low, low}, {first, first}, {sub(low, begin), sub(low, begin)}}};
  Value last = intervals.make<arith::FloorDivSIOp>(high, by),
        lastBegin = intervals.make<arith::MulIOp>(last, by),
        next = add(begin, by), most = sub(by, one),
        end = intervals.make<arith::MinSIOp>(high, sub(next, one)),
        second = add(first, one);
  SmallVector<Piece, 3> pieces{
      {{}, {low, end}, {first, first}, {sub(low, begin), sub(end, begin)}},
      {less(second, last),
       {next, sub(lastBegin, one)},
       {second, sub(last, one)},
       {zero, most}},
      {less(first, last),
       {lastBegin, high},
       {last, last},
       {zero, sub(high, lastBegin)}}};
  llvm::erase_if(pieces,
                 [](const Piece &piece) { return isFalse(piece.isThere); });
  made += pieces.size();
  return pieces;
}

void Boxes::enter(const Cut &cut, const Piece &piece) {
  Sum coordinate{{{cut.coordinate, 1}}, 0};
  Sum rest = IntegerForms::add(cut.of, coordinate, -1);
  Intervals::Ends ends = piece.of;
  if (!rest.terms.empty() || rest.constant) {
    Value shift = intervals.emit(rest, Intervals::Least);
    ends = {intervals.make<arith::SubIOp>(ends.least, shift),
            intervals.make<arith::SubIOp>(ends.greatest, shift)};
  }
  intervals.assume(*cut.coordinate, ends);
  for (const Term *quotient : cut.quotients)
    intervals.assume(*quotient, piece.quotient);
  for (const Term *remainder : cut.remainders)
    intervals.assume(*remainder, piece.remainder);
}

//===----------------------------------------------------------------------===//
// Some pair
//===----------------------------------------------------------------------===//

/// Conditions that share no coordinate of the box are independent.
std::vector<std::vector<const Condition *>>
Boxes::getGroups(Conditions conjuncts) {
  struct Group {
    TermSet coordinates;
    std::vector<const Condition *> members;
  };
  std::vector<Group> groups;
  auto isEnd = [&](const Term &term) { return intervals.isKnown(term); };
  for (const Condition *condition : conjuncts) {
    Group group{{}, {condition}};
    forEachSum(*condition, [&](const Sum &sum) {
      forEachTerm(sum, isEnd, [&](const Term &term) {
        if (isEnd(term) || term.kind == Term::Query || term.kind == Term::Key)
          group.coordinates.insert(&term);
      });
    });
    std::vector<Group> apart;
    for (Group &other : groups) {
      bool isShared = llvm::any_of(other.coordinates, [&](const Term *term) {
        return group.coordinates.contains(term);
      });
      if (!isShared) {
        apart.push_back(std::move(other));
        continue;
      }
      group.coordinates.insert(other.coordinates.begin(),
                               other.coordinates.end());
      group.members.insert(group.members.begin(), other.members.begin(),
                           other.members.end());
    }
    apart.push_back(std::move(group));
    groups = std::move(apart);
  }
  std::vector<std::vector<const Condition *>> result;
  for (Group &group : groups)
    result.push_back(std::move(group.members));
  return result;
}

Value Boxes::some(Conditions conjuncts) {
  Value result = intervals.truth(true);
  for (const std::vector<const Condition *> &group : getGroups(conjuncts))
    result = both(result, someOfGroup(group));
  return result;
}

Value Boxes::someOfGroup(Conditions group) {
  const Condition &only = *group.front();
  if (group.size() == 1 && only.kind == Condition::Or) {
    Value result = intervals.truth(false);
    for (const Condition &operand : only.operands)
      result = either(result, some(&operand));
    return result;
  }
  if (group.size() == 1 && only.kind == Condition::And) {
    SmallVector<const Condition *> operands;
    for (const Condition &operand : only.operands)
      operands.push_back(&operand);
    return some(operands);
  }
  std::optional<Cut> cut = findCut(group);
  if (!cut) {
    const Condition *choice = haveChoice(group) ? findChoice(group) : nullptr;
    return choice ? someOfChoice(group, *choice) : someOfBox(group);
  }
  Value result = intervals.truth(false);
  for (const Piece &piece : makePieces(*cut)) {
    Intervals::Scope scope(intervals);
    enter(*cut, piece);
    Value holds = some(group);
    result = either(result, piece.isThere ? both(piece.isThere, holds) : holds);
  }
  return result;
}

const Condition *Boxes::findChoice(Conditions group) {
  for (const Condition *condition : group) {
    if (condition->kind != Condition::Or ||
        choices + condition->operands.size() > kMostChoices)
      continue;
    choices += condition->operands.size();
    return condition;
  }
  return nullptr;
}

Value Boxes::someOfChoice(Conditions group, const Condition &choice) {
  Value result = intervals.truth(false);
  for (const Condition &operand : choice.operands) {
    std::vector<const Condition *> chosen;
    for (const Condition *condition : group)
      if (condition != &choice)
        chosen.push_back(condition);
    if (operand.kind == Condition::And)
      for (const Condition &inner : operand.operands)
        chosen.push_back(&inner);
    else
      chosen.push_back(&operand);
    result = either(result, some(chosen));
  }
  return result;
}

Value Boxes::someOfBox(Conditions group) {
  Intervals::Scope scope(intervals);
  bool hasDifference = hasDifferenceOfClasses(group);
  Value result = both(agree(group), narrowEach(group));
  if (hasDifference)
    narrow(group);
  for (const Condition *condition : group) {
    // What a remainder that is no coordinate of the box says of a class, the
    // remainder of the difference says better.
    if (hasDifference && getDependence(condition->sum).isPair() &&
        llvm::any_of(condition->sum.terms, [&](const auto &entry) {
          return entry.first->kind == Term::Remainder &&
                 !entry.first->on.isPair() && !intervals.isKnown(*entry.first);
        }))
      continue;
    bool isJoined =
        condition->kind == Condition::Or || condition->kind == Condition::And;
    result =
        both(result, isJoined && group.size() > 1 ? some(condition)
                                                  : evaluate(*condition).first);
  }
  return result;
}

Value Boxes::agree(Conditions group) {
  Value result = intervals.truth(true);
  for (auto [n, a] : llvm::enumerate(group))
    for (const Condition *b : group.drop_front(n + 1)) {
      if (a->kind != Condition::AtMostZero || b->kind != Condition::AtMostZero)
        continue;
      if (std::optional<Sum> sum = getContradiction(a->sum, b->sum))
        result = both(result, intervals.emitAtMostZero(*sum, /*forAll=*/false));
    }
  return result;
}

Intervals::Ends Boxes::narrowTerm(const Term &term, int64_t factor,
                                  const Sum &rest) {
  Sum own{{{&term, 1}}, 0};
  Intervals::Ends ends{intervals.emit(own, Intervals::Least),
                       intervals.emit(own, Intervals::Greatest)};
  if (factor > 0)
    ends.greatest = intervals.make<arith::MinSIOp>(
        ends.greatest,
        intervals.emit(IntegerForms::add({}, rest, -1), Intervals::Greatest));
  else
    ends.least = intervals.make<arith::MaxSIOp>(
        ends.least, intervals.emit(rest, Intervals::Least));
  intervals.assume(term, ends);
  return ends;
}

/// Only where there are conditions on both coordinates, too.
Value Boxes::narrowEach(Conditions group) {
  Value result = intervals.truth(true);
  if (llvm::none_of(group, [](const Condition *condition) {
        return condition->kind != Condition::AtMostZero ||
               getDependence(condition->sum).isPair();
      }))
    return result;
  for (const Condition *condition : group) {
    if (condition->kind != Condition::AtMostZero ||
        getDependence(condition->sum).isPair())
      continue;
    auto isUniform = [](const auto &entry) {
      return entry.first->on.isUniform();
    };
    auto own = llvm::find_if_not(condition->sum.terms, isUniform);
    if (own == condition->sum.terms.end() || std::abs(own->second) != 1 ||
        !std::all_of(own + 1, condition->sum.terms.end(), isUniform))
      continue;
    auto [term, factor] = *own;
    Sum rest = IntegerForms::add(condition->sum, {{{term, 1}}, 0}, -factor);
    Intervals::Ends ends = narrowTerm(*term, factor, rest);
    result = both(result, intervals.builder.createOrFold<arith::CmpIOp>(
                              intervals.loc, arith::CmpIPredicate::sle,
                              ends.least, ends.greatest));
  }
  return result;
}

void Boxes::narrow(Conditions group) {
  for (const Condition *condition : group) {
    if (condition->kind != Condition::AtMostZero)
      continue;
    const Term *key = nullptr;
    int64_t factor = 0, terms = 0;
    for (auto [term, coefficient] : condition->sum.terms)
      if (term->on.key) {
        key = term;
        factor = coefficient;
        ++terms;
      }
    if (terms != 1 || key->on.query || std::abs(factor) != 1)
      continue;
    narrowTerm(*key, factor,
               IntegerForms::add(condition->sum, {{{key, 1}}, 0}, -factor));
  }
}

//===----------------------------------------------------------------------===//
// All pairs
//===----------------------------------------------------------------------===//

/// A sum is at its extremes where each term is; only terms of the same run may
/// be so at different tokens.
Value Boxes::all(const Condition &condition) {
  if (condition.kind == Condition::And) {
    Value result = intervals.truth(true);
    for (const Condition &operand : condition.operands)
      result = both(result, all(operand));
    return result;
  }
  unsigned queries = 0, keys = 0;
  for (auto [term, coefficient] : condition.sum.terms) {
    queries += term->on.query;
    keys += term->on.key;
  }
  std::optional<Cut> cut;
  if (queries > 1 || keys > 1)
    cut = findCut(&condition);
  if (!cut)
    return evaluate(condition).second;
  Value result = intervals.truth(true);
  for (const Piece &piece : makePieces(*cut)) {
    Intervals::Scope scope(intervals);
    enter(*cut, piece);
    Value holds = all(condition);
    if (piece.isThere)
      holds = either(holds, intervals.make<arith::XOrIOp>(
                                piece.isThere, intervals.truth(true)));
    result = both(result, holds);
  }
  return result;
}

} // namespace attn
