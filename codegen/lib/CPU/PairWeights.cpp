//===- PairWeights.cpp - Weights of a block of lanes, rounded -------------===//
//
// Products take bf16, so weights are rounded to it before they meet V. What a
// row is divided by sums the rounded weights: a row with one key gives its
// value back. A sum that is a result, or meets sinks and states, is of exact
// weights; then O^T is multiplied by exact / rounded at the end.
//
//===----------------------------------------------------------------------===//

#include "PairWeights.h"
#include "AmxTiles.h"
#include "Exp2.h"

#include <limits>

using namespace mlir;
using namespace attn::cpu;

static constexpr int64_t kHighHalf = -65536;

PairWeights::PairWeights(FoldTask &task, const KeyStream &stream,
                         LaneGroup group, Value to,
                         std::optional<LogitEmitter> products)
    : task(task), kb(task.kb), stream(stream), group(group),
      logits(emitLogitsAt(task, group)), to(to), products(products) {}

SmallVector<Value> PairWeights::getRows() const {
  SmallVector<Value> rows;
  rows.push_back(kb.floatAt(stream.sums, group.first));
  if (task.pairs.roundedSums)
    rows.push_back(kb.floatAt(task.pairs.roundedSums, group.first));
  return rows;
}

SmallVector<Value> PairWeights::begin() {
  int64_t lanes = kb.variant.lanes;
  SmallVector<Value> state;
  auto load = [&](Value row, int64_t j) {
    return kb.loadFloats(kb.floatAt(row, j * lanes));
  };
  for (Value row : getRows())
    for (int64_t j = 0; j < group.vectors; ++j)
      state.push_back(load(row, j));
  Value maxima = kb.floatAt(task.maxima, group.first);
  negated.clear();
  for (int64_t j = 0; j < group.vectors; ++j)
    negated.push_back(arith::NegFOp::create(kb.b, kb.loc, load(maxima, j)));
  if (findsLargest())
    state.append(group.vectors, kb.splat(std::numeric_limits<float>::lowest()));
  return state;
}

void PairWeights::emitPair(Value from, int64_t offset, State &state) {
  Value pair = kb.add(from, offset);
  // A tile of weights has 16 pairs, and there is one per vector.
  Value skipped = kb.mul(kb.divide(pair, kb.i64(kTileRows)),
                         (group.vectors - 1) * kTileElements);
  Value at = halfAt(kb, to, kb.add(kb.mul(pair, kTileDepth), skipped));
  Value first = kb.mul(from, 2);
  SmallVector<Value> low = emitKey(first, 2 * offset, state),
                     high = emitKey(first, 2 * offset + 1, state);
  for (int64_t j = 0; j < group.vectors; ++j) {
    Value half = arith::ShRUIOp::create(kb.b, kb.loc, low[j], integers(16));
    kb.store(arith::OrIOp::create(kb.b, kb.loc, half, high[j]),
             halfAt(kb, at, j * kTileElements), kTileDepth * 2);
  }
}

void PairWeights::emitFrom(int64_t first, State &state) {
  int64_t pairs = task.shape.keyTile / 2;
  if (first >= pairs)
    return;
  SmallVector<Value> last = kb.loop(kb.i64(first), kb.i64(pairs), 1, state,
                                    [&](Value pair, ValueRange values) {
                                      SmallVector<Value> next(values);
                                      emitPair(pair, 0, next);
                                      return next;
                                    });
  state.assign(last.begin(), last.end());
}

Value PairWeights::reaches(ArrayRef<Value> state, float limit) {
  Value any;
  for (Value largest : state.take_back(group.vectors)) {
    Value lanes = arith::CmpFOp::create(kb.b, kb.loc, arith::CmpFPredicate::OGE,
                                        largest, kb.splat(limit));
    any = any ? kb.either(any, lanes) : lanes;
  }
  return kb.anyLane(any);
}

void PairWeights::end(ArrayRef<Value> state) {
  for (Value row : getRows()) {
    for (int64_t j = 0; j < group.vectors; ++j)
      kb.storeFloats(state[j], kb.floatAt(row, j * kb.variant.lanes));
    state = state.drop_front(group.vectors);
  }
}

void PairWeights::keepLargest(ArrayRef<Value> state) {
  if (!task.pairs.largest)
    return;
  for (auto [j, exponent] : llvm::enumerate(state.take_back(group.vectors))) {
    Value row = kb.floatAt(kb.floatAt(task.pairs.largest, group.first),
                           j * kb.variant.lanes);
    Value largest = kb.subf(exponent, negated[j]);
    kb.storeFloats(kb.maxOr(largest, kb.loadFloats(row)), row);
  }
}

/// Weights of all vectors, in the upper halves of i32.
SmallVector<Value> PairWeights::emitKey(Value from, int64_t offset,
                                        State &state) {
  int64_t pitch = task.shape.lanePitch;
  Value row =
      kb.floatAt(kb.floatAt(logits, kb.mul(from, pitch)), offset * pitch);
  Value factor = kb.splat(task.shape.getWeighedFactor());
  if (products)
    products->beginKey(from, offset);
  SmallVector<Value> weights;
  for (int64_t j = 0; j < group.vectors; ++j) {
    Value logit = kb.loadFloats(kb.floatAt(row, j * kb.variant.lanes));
    if (products)
      logit = products->emit(logit, j);
    Value exponent = kb.fma(logit, factor, negated[j]);
    if (float unit = task.shape.log2OfUnit(); unit != 1.0f)
      exponent = kb.mulf(exponent, kb.splat(unit));
    weights.push_back(emitWeight(exponent, j, state));
  }
  return weights;
}

Value PairWeights::emitWeight(Value exponent, int64_t j, State &state) {
  if (findsLargest()) {
    Value &largest = *(state.end() - group.vectors + j);
    largest = kb.maxOr(exponent, largest);
  }
  bool keepsBoth = bool(task.pairs.roundedSums);
  RoundedExp2 weight = emitRoundedExp2(kb, exponent, keepsBoth);
  Value bits = arith::BitcastOp::create(
      kb.b, kb.loc, kb.vectorOf(kb.b.getI32Type()), weight.rounded);
  bits = arith::AndIOp::create(kb.b, kb.loc, bits, integers(kHighHalf));
  Value rounded = arith::BitcastOp::create(kb.b, kb.loc, kb.floats(), bits);
  state[j] = kb.addf(state[j], keepsBoth ? weight.exact : rounded);
  if (keepsBoth)
    state[j + group.vectors] = kb.addf(state[j + group.vectors], rounded);
  return bits;
}

Value PairWeights::integers(int64_t value) {
  return kb.splat(
      arith::ConstantIntOp::create(kb.b, kb.loc, kb.b.getI32Type(), value));
}
