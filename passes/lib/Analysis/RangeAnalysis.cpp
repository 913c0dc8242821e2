//===- RangeAnalysis.cpp - Bounds of the visible keys ---------------------===//
//
// Keys of a run of rows lie in the hull of all conditions that are limits of
// the key; where every condition of the conjunction is one, the keys that all
// rows share are a range too.
//
//===----------------------------------------------------------------------===//

#include "Boxes.h"
#include "Conditions.h"
#include "Intervals.h"
#include "Limits.h"

#include "attn/dialect/Attn/Attn.h"
#include "attn/passes/MaskAnalysis.h"

using namespace mlir;

namespace attn {
namespace {

/// A bound as IR and as text; null where there is none.
struct Bound {
  Value value;
  std::string text;
  StringRef word = ""; ///< The text is `word(...)`.
  /// Is the text all there is to know? That of a read is not: `t[constant()]`.
  bool isExact = true;
};

bool isExact(const Sum &sum) {
  return llvm::all_of(sum.terms, [](const auto &entry) {
    const Term &term = *entry.first;
    return !term.value && isExact(term.a) && isExact(term.b);
  });
}

/// [lower, upper)
struct KeyRange {
  Bound lower, upper;
};

/// Does `sum` read a table by query, or by key?
bool reads(const Sum &sum, bool Dependence::*side) {
  return llvm::any_of(sum.terms, [&](const auto &entry) {
    const Term &term = *entry.first;
    bool isRead = term.kind == Term::Run || term.kind == Term::Box;
    return (isRead && term.on.*side) || reads(term.a, side) ||
           reads(term.b, side);
  });
}

/// The limit of the key that `sum <= 0` is, but for numbers in a table by
/// query: bounds read none, so these are left to the classes of tiles.
std::optional<Limit> solveForRun(IntegerForms &forms, const Sum &sum) {
  std::optional<Limit> limit = solveForKey(forms, sum);
  if (limit && reads(limit->sum, &Dependence::query))
    return std::nullopt;
  return limit;
}

class BoundsBuilder {
public:
  BoundsBuilder(IntegerForms &forms, Intervals &intervals)
      : forms(forms), intervals(intervals) {}

  /// Keys some row may see.
  KeyRange getHull(const Condition &condition) {
    if (condition.kind == Condition::AtMostZero)
      return getLimit(condition.sum, /*isShared=*/false);
    KeyRange result;
    bool isAnd = condition.kind == Condition::And, isFirst = true;
    for (const Condition &operand : condition.operands) {
      KeyRange range = getHull(operand);
      if (isAnd) {
        intersect(result, range);
      } else if (isFirst) {
        result = range;
      } else {
        result.lower = unite<arith::MinSIOp>(result.lower, range.lower, "min");
        result.upper = unite<arith::MaxSIOp>(result.upper, range.upper, "max");
      }
      isFirst = false;
    }
    return result;
  }

  /// Narrows `a` to `b`.
  void intersect(KeyRange &a, const KeyRange &b) {
    a.lower = narrow<arith::MaxSIOp>(a.lower, b.lower, "max");
    a.upper = narrow<arith::MinSIOp>(a.upper, b.upper, "min");
  }

  /// The bound that `sum <= 0` is, of keys that some row sees or (`isShared`)
  /// that all do; nothing if it is none.
  KeyRange getLimit(const Sum &sum, bool isShared) {
    std::optional<Limit> limit = solveForRun(forms, sum);
    KeyRange range;
    if (!limit)
      return range;
    bool isGreatest = limit->isUpper != isShared;
    Intervals::End end = isGreatest ? Intervals::Greatest : Intervals::Least;
    (limit->isUpper ? range.upper : range.lower) = {
        intervals.emit(limit->sum, end), toText(limit->sum, end), "",
        isExact(limit->sum)};
    return range;
  }

private:
  template <typename Op>
  Bound narrow(const Bound &a, const Bound &b, const char *word) {
    if (!a.value || !b.value)
      return a.value ? a : b;
    return combine<Op>(a, b, word);
  }
  template <typename Op>
  Bound unite(const Bound &a, const Bound &b, const char *word) {
    return a.value && b.value ? combine<Op>(a, b, word) : Bound();
  }
  template <typename Op>
  Bound combine(const Bound &a, const Bound &b, const char *word) {
    if (a.text == b.text && a.isExact && b.isExact)
      return a;
    StringRef first = a.text;
    if (a.word == word)
      first = first.drop_front(StringRef(word).size() + 1).drop_back();
    return {intervals.make<Op>(a.value, b.value),
            (Twine(word) + "(" + first + ", " + b.text + ")").str(), word,
            a.isExact && b.isExact};
  }

  IntegerForms &forms;
  Intervals &intervals;
};

bool isRange(IntegerForms &forms, const Condition &condition) {
  return condition.kind == Condition::AtMostZero &&
         solveForRun(forms, condition.sum);
}

/// Is there a term whose extremes say nothing about its values?
const Term *findUndecided(const Sum &sum, const Boxes::TermSet &decided) {
  for (auto [term, coefficient] : sum.terms) {
    if (term->kind == Term::Unknown ||
        (term->kind == Term::Remainder && !term->on.isUniform() &&
         !decided.contains(term)))
      return term;
    for (const Sum *part : {&term->a, &term->b})
      if (const Term *inner = findUndecided(*part, decided))
        return inner;
  }
  return nullptr;
}

class MaskAnalyzer {
public:
  MaskAnalyzer(Region &visible, Region &bounds, Region &classify)
      : visible(visible), bounds(bounds), classify(classify), forms(visible) {
    Value predicate = visible.front().getTerminator()->getOperand(0);
    Condition all = ConditionBuilder(forms).get(predicate);
    if (all.kind == Condition::And)
      conjuncts = std::move(all.operands);
    else
      conjuncts.push_back(std::move(all));
  }

  MaskFacts run() {
    buildBounds();
    std::vector<const Condition *> residual;
    for (const Condition &conjunct : conjuncts)
      if (!isRange(forms, conjunct))
        residual.push_back(&conjunct);
    facts.residual = residual.size();
    if (!residual.empty())
      buildClassify(residual);
    return std::move(facts);
  }

private:
  void buildBounds() {
    Intervals intervals(visible, bounds, RegionKind::Bounds);
    BoundsBuilder builder(forms, intervals);
    KeyRange whole{{intervals.number(0), "0", ""},
                   {intervals.length(Term::Keys), "Lk", ""}};
    KeyRange hull = whole, shared = whole;
    bool hasLower = false;
    for (const Condition &conjunct : conjuncts) {
      KeyRange range = builder.getHull(conjunct);
      hasLower |= range.lower.value != nullptr;
      builder.intersect(hull, range);
      if (isRange(forms, conjunct))
        builder.intersect(shared,
                          builder.getLimit(conjunct.sum, /*isShared=*/true));
    }
    facts.lower = hull.lower.text;
    facts.upper = hull.upper.text;
    facts.fullLower = shared.lower.text;
    facts.fullUpper = shared.upper.text;
    if (hasLower)
      hull.upper.value = dropIfEmpty(intervals, hull);
    dropIfContradictory(intervals, hull);
    YieldOp::create(intervals.builder, intervals.loc,
                    ValueRange{hull.lower.value, hull.upper.value,
                               shared.lower.value, shared.upper.value});
  }

  /// Limits that contradict each other leave no key: then the upper one is 0.
  Value dropIfEmpty(Intervals &intervals, const KeyRange &hull) {
    Value holds = arith::CmpIOp::create(intervals.builder, intervals.loc,
                                        arith::CmpIPredicate::slt,
                                        hull.lower.value, hull.upper.value);
    return arith::SelectOp::create(intervals.builder, intervals.loc, holds,
                                   hull.upper.value, intervals.number(0));
  }

  /// Limits that leave no key to any row, wherever the run of rows is.
  void dropIfContradictory(Intervals &intervals, KeyRange &hull) {
    for (auto [n, a] : llvm::enumerate(conjuncts))
      for (const Condition &b : ArrayRef(conjuncts).drop_front(n + 1)) {
        if (a.kind != Condition::AtMostZero || b.kind != Condition::AtMostZero)
          continue;
        if (std::optional<Sum> sum = getContradiction(a.sum, b.sum))
          hull.upper.value = intervals.builder.createOrFold<arith::SelectOp>(
              intervals.loc, intervals.emitAtMostZero(*sum, /*forAll=*/false),
              hull.upper.value, intervals.number(0));
      }
  }

  Truth evaluate(Intervals &intervals, const Condition &condition) {
    switch (condition.kind) {
    case Condition::AtMostZero:
      if (const Term *term = findUndecided(condition.sum, decided))
        note(condition.value, toText({{{term, 1}}, 0}, std::nullopt));
      return {intervals.emitAtMostZero(condition.sum, /*forAll=*/false),
              intervals.emitAtMostZero(condition.sum, /*forAll=*/true)};
    case Condition::Leaf:
      return evaluateLeaf(intervals, condition);
    default:
      break;
    }
    bool isAnd = condition.kind == Condition::And;
    Truth result{intervals.truth(isAnd), intervals.truth(isAnd)};
    auto join = [&](Value a, Value b) {
      return isAnd ? intervals.make<arith::AndIOp>(a, b)
                   : intervals.make<arith::OrIOp>(a, b);
    };
    for (const Condition &operand : condition.operands) {
      Truth truth = evaluate(intervals, operand);
      result = {join(result.first, truth.first),
                join(result.second, truth.second)};
    }
    return result;
  }

  Truth evaluateLeaf(Intervals &intervals, const Condition &leaf) {
    bool isUniform = forms.getDependence(leaf.value).isUniform();
    std::optional<Value> isOne;
    if (isUniform)
      isOne = intervals.truth(true);
    else
      isOne = intervals.emitIsOneBlock(leaf.value);
    if (!isOne) {
      note(leaf.value, leaf.value.getDefiningOp()->getName().getStringRef());
      return {intervals.truth(true), intervals.truth(false)};
    }
    Value value = isUniform ? intervals.clone(leaf.value)
                            : intervals.cloneAtFirst(leaf.value);
    if (leaf.isNegated)
      value = intervals.make<arith::XOrIOp>(value, intervals.truth(true));
    if (isUniform)
      return {value, value};
    Value isSplit =
        intervals.make<arith::XOrIOp>(*isOne, intervals.truth(true));
    return {intervals.make<arith::OrIOp>(isSplit, value),
            intervals.make<arith::AndIOp>(*isOne, value)};
  }

  void note(Value value, StringRef text) {
    for (const Undecided &known : facts.undecided)
      if (known.value == value)
        return;
    facts.undecided.push_back({value, text.str()});
  }

  void buildClassify(ArrayRef<const Condition *> residual) {
    Intervals intervals(visible, classify, RegionKind::Classify);
    clipKeys(intervals, residual);
    Boxes boxes(intervals, [&](const Condition &condition) {
      return evaluate(intervals, condition);
    });
    // Ranges are of the run; of its boxes they say more.
    std::vector<const Condition *> joint;
    for (const Condition &conjunct : conjuncts)
      joint.push_back(&conjunct);
    decided = Boxes::getDecided(joint);
    Value some = boxes.some(boxes.areJoint(joint) ? ArrayRef(joint) : residual);
    Value all = intervals.truth(true);
    for (const Condition *conjunct : residual)
      all = intervals.make<arith::AndIOp>(all, boxes.all(*conjunct));
    YieldOp::create(intervals.builder, intervals.loc, ValueRange{some, all});
  }

  /// Tables are looked at only as far as a limit that is the same for all rows
  /// lets keys be seen.
  void clipKeys(Intervals &intervals, ArrayRef<const Condition *> residual);

  Region &visible, &bounds, &classify;
  IntegerForms forms;
  std::vector<Condition> conjuncts;
  MaskFacts facts;
  Boxes::TermSet decided; ///< Remainders.
};

bool readsKeys(const Condition &condition) {
  return reads(condition.sum, &Dependence::key) ||
         llvm::any_of(condition.operands, [](const Condition &operand) {
           return readsKeys(operand);
         });
}

void MaskAnalyzer::clipKeys(Intervals &intervals,
                            ArrayRef<const Condition *> residual) {
  if (llvm::none_of(residual, [](const Condition *c) { return readsKeys(*c); }))
    return;
  for (const Condition &conjunct : conjuncts) {
    if (!isRange(forms, conjunct))
      continue;
    Limit limit = *solveForKey(forms, conjunct.sum);
    if (!limit.isUpper || !getDependence(limit.sum).isUniform())
      continue;
    Value last =
        intervals.emit(IntegerForms::add(limit.sum, -1), Intervals::Least);
    intervals.clipKeys(
        intervals.make<arith::MinSIOp>(intervals.getLastKey(), last));
  }
}

} // namespace

MaskFacts analyzeMask(Region &visible, Region &bounds, Region &classify) {
  return MaskAnalyzer(visible, bounds, classify).run();
}

} // namespace attn
