//===- Terms.cpp - What enters a normaliser when it is closed -------------===//

#include "Terms.h"
#include "Elements.h"
#include "Exp2.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include <limits>

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

namespace {

constexpr float kLog2E = 1.44269504088896340736f;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// i1 of a number, or of each lane.
Value isEqual(KernelBuilder &kb, Value x, float constant) {
  Value y =
      isa<VectorType>(x.getType()) ? kb.splat(constant) : kb.f32(constant);
  return arith::CmpFOp::create(kb.b, kb.loc, arith::CmpFPredicate::OEQ, x, y);
}

} // namespace

Value attn::cpu::emitWeight(KernelBuilder &kb, Value x, Value reference) {
  return emitExp2(kb, kb.mulf(kb.subf(x, reference), kb.splat(kLog2E)));
}

Value attn::cpu::emitReference(KernelBuilder &kb, Value maximum) {
  return kb.maxOr(maximum, kb.splat(std::numeric_limits<float>::lowest()));
}

Value attn::cpu::emitLse(KernelBuilder &kb, Value reference, Value sum) {
  Value lse =
      kb.addf(reference, math::LogOp::create(kb.b, kb.loc, sum).getResult());
  return kb.select(isEqual(kb, sum, 0.0f), kb.splat(-kInfinity), lse);
}

Value attn::cpu::emitInverse(KernelBuilder &kb, Value sum) {
  Value inverse = arith::DivFOp::create(kb.b, kb.loc, kb.splat(1.0f), sum);
  return kb.select(isEqual(kb, sum, 0.0f), kb.splat(0.0f), inverse);
}

/// Numbers of the rows in scratch; lanes beyond the last row repeat it.
Value Terms::readNumbers(Value tensor) {
  RowView view = emitRows(call, tensor, rows.sequence, rows.head);
  Value place = scratch.allocateFloats(rows.pitch);
  Value last = kb.add(rows.count, -1);
  kb.loop(kb.i64(0), kb.i64(rows.pitch), 1, [&](Value lane) {
    Value row = kb.add(rows.first, kb.min(lane, last));
    Value number = kb.load(kb.f32Type(),
                           kb.floatAt(view.pointer, kb.mul(row, view.stride)));
    kb.store(number, kb.floatAt(place, lane));
  });
  return place;
}

void Terms::addState(StateOp state) {
  Term term;
  term.logits = readNumbers(state.getLogit());
  term.weights = scratch.allocateFloats(rows.pitch);
  term.values = emitRows(call, state.getValues(), rows.sequence, rows.head);
  if (Value sum = state.getSum()) {
    term.sums = readNumbers(sum);
    kb.loop(kb.i64(0), kb.i64(rows.pitch), kb.variant.lanes, [&](Value lane) {
      Value place = kb.floatAt(term.logits, lane);
      Value isEmpty =
          isEqual(kb, kb.loadFloats(kb.floatAt(term.sums, lane)), 0.0f);
      kb.storeFloats(
          kb.select(isEmpty, kb.splat(-kInfinity), kb.loadFloats(place)),
          place);
    });
  }
  terms.push_back(term);
}

void Terms::addSink(Value sink) {
  Value logit =
      kb.load(kb.f32Type(), kb.floatAt(call.pointer(sink), rows.head));
  Term term;
  term.logits = scratch.allocateFloats(rows.pitch);
  term.weights = scratch.allocateFloats(rows.pitch);
  kb.loop(kb.i64(0), kb.i64(rows.pitch), kb.variant.lanes, [&](Value lane) {
    kb.storeFloats(kb.splat(logit), kb.floatAt(term.logits, lane));
  });
  terms.push_back(term);
}

Value Terms::isNone(Value logits) { return isEqual(kb, logits, -kInfinity); }

Value Terms::raise(Value lane, Value maximum) {
  for (const Term &term : terms)
    maximum = kb.maxOr(kb.loadFloats(kb.floatAt(term.logits, lane)), maximum);
  return maximum;
}

Value Terms::weigh(Value lane, Value reference, Value sum) {
  for (const Term &term : terms) {
    Value logits = kb.loadFloats(kb.floatAt(term.logits, lane));
    Value weights = emitWeight(kb, logits, reference);
    kb.storeFloats(weights, kb.floatAt(term.weights, lane));
    if (term.sums)
      weights = kb.mulf(weights, kb.loadFloats(kb.floatAt(term.sums, lane)));
    sum = kb.addf(sum, kb.select(isNone(logits), kb.splat(0.0f), weights));
  }
  return sum;
}

void Terms::scale(Value lane, Value factor) {
  for (const Term &term : terms) {
    Value place = kb.floatAt(term.weights, lane);
    kb.storeFloats(kb.mulf(kb.loadFloats(place), factor), place);
  }
}

Value Terms::addValues(Value value, Value row, Value channel) {
  bool isVector = isa<VectorType>(value.getType());
  for (const Term &term : terms) {
    if (!term.values)
      continue;
    const RowView &view = *term.values;
    Value offset =
        kb.add(kb.mul(kb.add(rows.first, row), view.stride), channel);
    Value pointer = kb.at(view.pointer, view.element, offset);
    Value element = isVector ? loadElements(kb, view.element, pointer)
                             : loadElement(kb, view.element, pointer);
    Value weight = kb.load(kb.f32Type(), kb.floatAt(term.weights, row));
    Value logit = kb.load(kb.f32Type(), kb.floatAt(term.logits, row));
    Value part = kb.mulf(isVector ? kb.splat(weight) : weight, element);
    Value zero = isVector ? kb.splat(0.0f) : kb.f32(0.0f);
    value = kb.addf(value, kb.select(isNone(logit), zero, part));
  }
  return value;
}
