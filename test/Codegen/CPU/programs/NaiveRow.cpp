//===- NaiveRow.cpp - One row of attention, as the definition says --------===//

#include "NaiveRow.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace attn;
using namespace attn::test;

static constexpr double kInfinity = std::numeric_limits<double>::infinity();

NaiveRow::NaiveRow(Operation *op, const TensorMap &tensors)
    : fold(dyn_cast<tile::FoldOp>(op)), tensors(tensors),
      builder(op->getContext()) {
  states = fold
               ? llvm::to_vector_of<Value>(fold.getStates())
               : llvm::to_vector_of<Value>(cast<tile::MergeOp>(op).getStates());
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  valueSize = type.getShape().back();
  element = type.getElementType();
}

void NaiveRow::compute(const NaiveTokens &tokens, int64_t head, int64_t i) {
  summands.clear();
  largestProduct = 0;
  if (fold)
    for (unsigned s = 0; s < fold.getStreams().size(); ++s)
      addKeys(s, tokens, head, i);
  auto numKeys = static_cast<int64_t>(summands.size());
  addTerms(tokens, head, i);
  numSummands = static_cast<int64_t>(summands.size());
  hasTerms = numSummands > numKeys;
  finish();
}

void NaiveRow::addKeys(unsigned position, const NaiveTokens &queries,
                       int64_t head, int64_t i) {
  Value stream = fold.getStreams()[position];
  StreamOperands keys = *getStreamOperands(stream);
  auto route = stream.getDefiningOp<RouteOp>();
  const Tensor &q = tensors.find(fold.getQ())->second,
               &k = tensors.find(keys.k)->second,
               &v = tensors.find(keys.v)->second;
  NaiveTokens tokens = tokensOf(keys.lengths, k, queries.batch, tensors);
  int64_t queryHeads = q.sizes[queries.isPacked ? 0 : 1];
  int64_t keyHeads = k.sizes[tokens.isPacked ? 0 : 1];
  int64_t keyHead =
      keys.heads ? (*keys.heads)[head] : head / (queryHeads / keyHeads);
  NaiveLengths lengths{queries.length, tokens.length};
  double scale = fold.getScale().convertToDouble();
  for (int64_t j = 0; j < tokens.length; ++j) {
    int64_t pair[] = {queries.batch, head, i, j};
    if (!route.getVisible().empty() &&
        !cast<IntegerAttr>(
             evaluateRegion(
                 route.getVisible(),
                 llvm::map_to_vector(pair, [&](int64_t x) { return index(x); }),
                 route.getCaptures(), lengths, tensors))
             .getValue()
             .getBoolValue())
      continue;
    double sum = 0, magnitude = 0;
    float sum32 = 0;
    for (int64_t d = 0; d < q.sizes.back(); ++d) {
      double x = q.get(queries.at(head, i, d)),
             y = k.get(tokens.at(keyHead, j, d));
      sum += x * y;
      magnitude += std::fabs(x * y);
      sum32 = std::fma(static_cast<float>(x), static_cast<float>(y), sum32);
    }
    if (std::isfinite(magnitude))
      largestProduct = std::fmax(largestProduct, magnitude * scale);
    Summand summand;
    summand.logit = applyScore(sum * scale, pair, lengths);
    summand.narrow = static_cast<float>(
        applyScore(sum32 * static_cast<float>(scale), pair, lengths));
    summand.stream = position;
    summand.values = &v;
    summand.at = tokens.at(keyHead, j, 0);
    summands.push_back(std::move(summand));
  }
}

void NaiveRow::addTerms(const NaiveTokens &tokens, int64_t head, int64_t i) {
  auto add = [&](double logit, double count, const Tensor *values) {
    if (count == 0)
      logit = -kInfinity;
    Summand summand;
    summand.logit = logit;
    summand.narrow = static_cast<float>(logit);
    summand.count = count;
    summand.values = logit == -kInfinity ? nullptr : values;
    summand.at = tokens.at(head, i, 0);
    summands.push_back(std::move(summand));
  };
  for (Value value : states) {
    auto state = value.getDefiningOp<StateOp>();
    std::vector<int64_t> at = tokens.at(head, i);
    double sum = state.getSum() ? tensors.lookup(state.getSum()).get(at) : 1.0;
    add(tensors.lookup(state.getLogit()).get(at), sum,
        &tensors.find(state.getValues())->second);
  }
  if (fold && fold.getSink())
    add(tensors.lookup(fold.getSink()).get({head}), 1.0, nullptr);
}

void NaiveRow::finish() {
  out.assign(valueSize, 0.0);
  unfused.assign(valueSize, 0.0);
  size_t numStreams = fold ? fold.getStreams().size() : 0;
  mass.assign(numStreams, 0.0);
  lse = -kInfinity;
  largestLogit = largestValue = 0;
  maximum = -kInfinity;
  float maximum32 = -INFINITY;
  bool hasNaN = false;
  for (const Summand &x : summands) {
    maximum = std::fmax(maximum, x.logit);
    maximum32 = std::fmax(maximum32, x.narrow);
    hasNaN |= std::isnan(x.logit);
    if (std::isfinite(x.logit))
      largestLogit = std::fmax(largestLogit, std::fabs(x.logit));
  }
  if (maximum == -kInfinity && !hasNaN)
    return;
  double sum = 0;
  float sum32 = 0;
  for (const Summand &x : summands) {
    if (x.logit == -kInfinity)
      continue;
    sum += std::exp(x.logit - maximum) * x.count;
    sum32 += std::exp(x.narrow - maximum32) * static_cast<float>(x.count);
  }
  lse = maximum + std::log(sum);
  addValues(sum, sum32, maximum32);
  if (!std::isnan(lse))
    return;
  // All numbers of such a row, also the mass of a stream without a key.
  maximum = lse;
  mass.assign(numStreams, lse);
}

void NaiveRow::addValues(double sum, float sum32, float maximum32) {
  std::vector<float> unfused32(valueSize, 0.0f);
  for (const Summand &x : summands) {
    double p = std::exp(x.logit - maximum) / sum;
    double p32 = std::exp(x.narrow - maximum32) / sum32;
    if (x.stream >= 0) {
      mass[x.stream] += p;
      p32 = roundTo(element, p32);
    }
    std::vector<int64_t> at = x.at;
    for (int64_t d = 0; x.values && d < valueSize; ++d) {
      at.back() = d;
      double y = x.values->get(at);
      largestValue = std::fmax(largestValue, std::fabs(y / x.count));
      out[d] += p * y;
      unfused32[d] = std::fma(static_cast<float>(p32), static_cast<float>(y),
                              unfused32[d]);
    }
    // The sink and empty states have no values, but may be NaN.
    for (int64_t d = 0; !x.values && std::isnan(p) && d < valueSize; ++d)
      out[d] = p;
  }
  for (int64_t d = 0; d < valueSize; ++d)
    unfused[d] = roundTo(element, unfused32[d]);
}

double NaiveRow::applyScore(double logit, ArrayRef<int64_t> pair,
                            NaiveLengths lengths) {
  if (fold.getScore().empty() || !std::isfinite(logit))
    return logit;
  SmallVector<Attribute> arguments = {builder.getF32FloatAttr(logit)};
  for (int64_t x : pair)
    arguments.push_back(index(x));
  Attribute result = evaluateRegion(fold.getScore(), arguments,
                                    fold.getCaptures(), lengths, tensors);
  return cast<FloatAttr>(result).getValue().convertToFloat();
}
