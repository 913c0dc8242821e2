//===- RangeAnalysis.cpp - Affine bounds of the visible keys --------------===//

#include "attn/dialect/Attn/Attn.h"
#include "attn/passes/MaskAnalysis.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace attn {
namespace {

/// query * i + key * j + lq * Lq + lk * Lk + constant
struct Linear {
  int64_t query = 0, key = 0, lq = 0, lk = 0, constant = 0;

  bool isConstant() const { return !query && !key && !lq && !lk; }
};

// Coefficients stay below 2^40, so that the sums and products of a chain of ops
// can not overflow; larger ones are no masks anybody writes.
bool isSmall(const Linear &value) {
  for (int64_t c : {value.query, value.key, value.lq, value.lk, value.constant})
    if (!llvm::isInt<41>(c))
      return false;
  return true;
}

Linear combine(const Linear &a, const Linear &b, int64_t sign) {
  return {a.query + sign * b.query, a.key + sign * b.key, a.lq + sign * b.lq,
          a.lk + sign * b.lk, a.constant + sign * b.constant};
}

std::optional<Linear> scale(const Linear &a, int64_t factor) {
  if (!llvm::isInt<20>(factor))
    return std::nullopt;
  return Linear{a.query * factor, a.key * factor, a.lq * factor, a.lk * factor,
                a.constant * factor};
}

std::optional<Linear> toLinear(Value value);

std::optional<Linear> opToLinear(Operation *op) {
  APInt constant;
  if (matchPattern(op, m_ConstantInt(&constant))) {
    Linear result;
    result.constant = constant.getSExtValue();
    return result;
  }
  if (auto length = dyn_cast<LengthOp>(op)) {
    Linear result;
    (length.getSide() == Side::queries ? result.lq : result.lk) = 1;
    return result;
  }
  if (isa<arith::AddIOp, arith::SubIOp, arith::MulIOp>(op)) {
    std::optional<Linear> a = toLinear(op->getOperand(0));
    std::optional<Linear> b = toLinear(op->getOperand(1));
    if (!a || !b)
      return std::nullopt;
    if (!isa<arith::MulIOp>(op))
      return combine(*a, *b, isa<arith::AddIOp>(op) ? 1 : -1);
    if (b->isConstant())
      return scale(*a, b->constant);
    return a->isConstant() ? scale(*b, a->constant) : std::nullopt;
  }
  return std::nullopt;
}

/// `value` as a linear form of the coordinates and lengths, if it is one. Only
/// index arithmetic counts: narrower integers may wrap.
std::optional<Linear> toLinear(Value value) {
  if (!value.getType().isIndex())
    return std::nullopt;
  std::optional<Linear> result;
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    if (argument.getArgNumber() == 2)
      result = Linear{1, 0, 0, 0, 0};
    else if (argument.getArgNumber() == 3)
      result = Linear{0, 1, 0, 0, 0};
  } else {
    result = opToLinear(value.getDefiningOp());
  }
  return result && isSmall(*result) ? result : std::nullopt;
}

/// Forms g with the meaning g <= 0, whose conjunction is the comparison.
SmallVector<Linear> toInequalities(arith::CmpIOp compare) {
  std::optional<Linear> lhs = toLinear(compare.getLhs());
  std::optional<Linear> rhs = toLinear(compare.getRhs());
  if (!lhs || !rhs)
    return {};
  Linear difference = combine(*lhs, *rhs, -1);
  Linear negated = combine(*rhs, *lhs, -1);
  auto plusOne = [](Linear form) {
    ++form.constant;
    return form;
  };
  switch (compare.getPredicate()) {
  case arith::CmpIPredicate::sle:
    return {difference};
  case arith::CmpIPredicate::slt:
    return {plusOne(difference)};
  case arith::CmpIPredicate::sge:
    return {negated};
  case arith::CmpIPredicate::sgt:
    return {plusOne(negated)};
  case arith::CmpIPredicate::eq:
    return {difference, negated};
  default:
    return {};
  }
}

class BoundsBuilder {
public:
  explicit BoundsBuilder(MLIRContext *context) : context(context) {
    lower.push_back(getAffineConstantExpr(0, context));
    fullLower = lower;
    upper.push_back(getAffineSymbolExpr(1, context));
    fullUpper = upper;
  }

  /// Adds `compare` if all of it bounds the key; returns false otherwise.
  bool add(arith::CmpIOp compare) {
    SmallVector<Linear> forms = toInequalities(compare);
    if (forms.empty() || !llvm::all_of(forms, [](const Linear &form) {
          return form.key == 1 || form.key == -1;
        }))
      return false;
    for (const Linear &form : forms)
      addInequality(form);
    return true;
  }

  KeyBounds finish() {
    return {map(lower), map(upper), map(fullLower), map(fullUpper), {}};
  }

private:
  /// Value of `factor * rest(i)` where i is the row of the run that makes
  /// it largest (`wantMaximum`) or smallest.
  AffineExpr extreme(const Linear &form, int64_t factor, bool wantMaximum) {
    int64_t slope = factor * form.query;
    bool atLast = (slope >= 0) == wantMaximum;
    AffineExpr row = getAffineDimExpr(atLast ? 1 : 0, context);
    return row * slope + getAffineSymbolExpr(0, context) * (factor * form.lq) +
           getAffineSymbolExpr(1, context) * (factor * form.lk) +
           factor * form.constant;
  }

  // key == 1:  j <= -rest(i)  gives  j < -rest(i) + 1
  // key == -1: j >= rest(i)
  void addInequality(const Linear &form) {
    if (form.key == 1) {
      upper.push_back(extreme(form, -1, /*wantMaximum=*/true) + 1);
      fullUpper.push_back(extreme(form, -1, /*wantMaximum=*/false) + 1);
      return;
    }
    lower.push_back(extreme(form, 1, /*wantMaximum=*/false));
    fullLower.push_back(extreme(form, 1, /*wantMaximum=*/true));
  }

  AffineMap map(ArrayRef<AffineExpr> results) {
    SmallVector<AffineExpr> unique;
    for (AffineExpr expr : results)
      if (!llvm::is_contained(unique, expr))
        unique.push_back(expr);
    return AffineMap::get(2, 2, unique, context);
  }

  MLIRContext *context;
  SmallVector<AffineExpr> lower, upper, fullLower, fullUpper;
};

void collectConjuncts(Value value, SmallVectorImpl<Value> &conjuncts) {
  if (auto both = value.getDefiningOp<arith::AndIOp>()) {
    collectConjuncts(both.getLhs(), conjuncts);
    collectConjuncts(both.getRhs(), conjuncts);
    return;
  }
  if (!llvm::is_contained(conjuncts, value))
    conjuncts.push_back(value);
}

} // namespace

KeyBounds analyzeRanges(Region &visible) {
  BoundsBuilder builder(visible.getContext());
  SmallVector<Value> conjuncts, residual;
  if (!visible.empty())
    collectConjuncts(visible.front().getTerminator()->getOperand(0), conjuncts);
  for (Value conjunct : conjuncts) {
    auto compare = conjunct.getDefiningOp<arith::CmpIOp>();
    if (!compare || !builder.add(compare))
      residual.push_back(conjunct);
  }
  KeyBounds bounds = builder.finish();
  bounds.residual = std::move(residual);
  return bounds;
}

} // namespace attn
