//===- Terms.cpp - What enters a normaliser when it is closed -------------===//

#include "Terms.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include <cfloat>
#include <cmath>

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;

namespace {
constexpr float kLog2E = 1.44269504088896340736f;
} // namespace

Value Terms::isEqual(Value x, float constant) {
  return LLVM::FCmpOp::create(kb.b, kb.loc, LLVM::FCmpPredicate::oeq, x,
                              kb.cf(constant));
}

Value Terms::loadNumber(Value tensor, const Tokens &tokens, Value head,
                        Value row) {
  return kb.load(kb.f32(), tokens.getRow(kb, args, tensor, head, row), 4);
}

void Terms::addState(StateOp state, const Tokens &tokens, Value head,
                     Value row) {
  Term term;
  term.logit = loadNumber(state.getLogit(), tokens, head, row);
  if (Value sum = state.getSum()) {
    term.sum = loadNumber(sum, tokens, head, row);
    term.logit = kb.select(isEqual(term.sum, 0), kb.cf(-INFINITY), term.logit);
  }
  term.values = tokens.getRow(kb, args, state.getValues(), head, row);
  term.element =
      cast<RankedTensorType>(state.getValues().getType()).getElementType();
  terms.push_back(term);
}

void Terms::addSink(Value sink, Value head) {
  Term term;
  Value address = kb.at(args.pointer(kb, sink), kb.shl(kb.sext(head), 2));
  term.logit = kb.load(kb.f32(), address, 4);
  terms.push_back(term);
}

Value Terms::getWeight(Value logit, Value reference) {
  Value distance = kb.fadd(logit, kb.fneg(reference));
  return kb.ex2(kb.fmul(distance, kb.cf(kLog2E)));
}

/// Distances are taken from a finite number, unless a logit is +inf: that gives
/// NaN.
ClosedRow Terms::close(Value maximum, Value sum) {
  ClosedRow row;
  Value none = kb.cf(-INFINITY), zero = kb.cf(0);
  if (maximum)
    maximum = kb.select(isEqual(sum, 0), none, maximum);
  row.maximum = maximum ? maximum : none;
  for (const Term &term : terms)
    row.maximum = kb.fmax(row.maximum, term.logit);
  Value reference = kb.fmax(row.maximum, kb.cf(-FLT_MAX));
  row.sum = zero;
  if (maximum) {
    row.factor = getWeight(maximum, reference);
    row.sum = kb.fmul(sum, row.factor);
  }
  for (Term &term : terms) {
    Value isNone = isEqual(term.logit, -INFINITY);
    term.weight = kb.select(isNone, zero, getWeight(term.logit, reference));
    Value part = term.sum ? kb.fmul(term.weight, term.sum) : Value(term.weight);
    row.sum = kb.fadd(row.sum, kb.select(isNone, zero, part));
  }
  Value isEmpty = isEqual(row.sum, 0);
  Value inverse = LLVM::FDivOp::create(kb.b, kb.loc, kb.cf(1), row.sum);
  row.inverse = kb.select(isEmpty, zero, inverse);
  Value log = math::LogOp::create(kb.b, kb.loc, row.sum);
  row.lse = kb.select(isEmpty, none, kb.fadd(reference, log));
  Value isNaN = LLVM::FCmpOp::create(kb.b, kb.loc, LLVM::FCmpPredicate::uno,
                                     row.sum, row.sum);
  row.maximum = kb.select(isNaN, row.sum, row.maximum);
  return row;
}

Value Terms::addValues(Value value, Value channel) {
  for (const Term &term : terms) {
    if (!term.values)
      continue;
    Value element = kb.loadFloat(term.values, term.element, channel);
    Value part = kb.fmul(term.weight, element);
    Value isNone = isEqual(term.logit, -INFINITY);
    part = kb.select(isNone, kb.cf(0), part);
    value = value ? kb.fadd(value, part) : part;
  }
  return value ? value : kb.cf(0);
}
