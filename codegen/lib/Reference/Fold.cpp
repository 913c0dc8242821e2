//===- Fold.cpp - One row of attention, in the obvious order --------------===//

#include "Fold.h"
#include "Number.h"

#include <algorithm>
#include <cmath>
#include <limits>

#pragma STDC FP_CONTRACT OFF

namespace attn::reference {
namespace {

/// Scaled once, then modified. The keys are masked already.
template <typename T>
void appendLogits(const FoldRule<T> &rule, const VisibleKeys &visible,
                  const float *query, Frame<T> *frame, Row<T> &row) {
  if (visible.keys.empty())
    return;
  const KeyHead &head = *visible.head;
  row.scratch.resize(head.lk);
  dotKeys(head, query, visible.keys.front(), visible.keys.back() + 1,
          row.scratch.data());
  if (frame)
    frame->keys = head.lk;
  for (int64_t j : visible.keys) {
    T logit = row.scratch[j] * rule.scale;
    if (std::isfinite(logit))
      row.largestDot = std::fmax(row.largestDot, std::fabs(logit));
    if (rule.score)
      logit = rule.score->modify(*frame, logit, {row.b, row.h, row.i, j});
    row.logits.push_back(logit);
  }
}

/// The maximum, or nothing if a logit has no meaning: NaN or +inf.
template <typename T>
std::optional<T> findLargest(llvm::ArrayRef<T> logits,
                             llvm::ArrayRef<FoldedKeys> folded) {
  constexpr T infinity = std::numeric_limits<T>::infinity();
  T largest = -infinity;
  for (T logit : logits) {
    if (std::isnan(logit) || logit == infinity)
      return std::nullopt;
    largest = std::max(largest, logit);
  }
  for (const FoldedKeys &keys : folded) {
    if (keys.isEmpty())
      continue;
    if (!std::isfinite(keys.getLse()))
      return std::nullopt;
    largest = std::max(largest, T(keys.logit));
  }
  return largest;
}

double roundProbability(Dtype, double probability) { return probability; }
float roundProbability(Dtype input, float probability) {
  return roundTo(input, probability);
}

/// Adds the values, each by its share of `sum`; fills `row.mass`.
template <typename T>
void addValues(const FoldRule<T> &rule, llvm::ArrayRef<VisibleKeys> streams,
               llvm::ArrayRef<FoldedKeys> folded, T largest, T sum,
               Row<T> &row) {
  size_t n = 0;
  for (size_t s = 0; s < streams.size(); ++s) {
    for (int64_t j : streams[s].keys) {
      T weight = sum == 0 ? 0 : std::exp(row.logits[n] - largest) / sum;
      addValue(*streams[s].head, j, roundProbability(rule.input, weight),
               row.out.data());
      row.mass[s] += weight;
      ++n;
    }
  }
  for (const FoldedKeys &keys : folded) {
    if (keys.isEmpty())
      continue;
    T weight = std::exp(T(keys.logit) - largest) / sum;
    for (size_t c = 0; c < keys.values.size(); ++c)
      row.out[c] += weight * T(keys.values[c]);
  }
}

template <typename T>
void assign(Row<T> &row, size_t streams, int64_t dv, T value, T logarithm) {
  row.out.assign(dv, value);
  row.acc.assign(dv, value);
  row.mass.assign(streams, value);
  row.l = value;
  row.lse = row.m = logarithm;
}

} // namespace

bool FoldedKeys::isEmpty() const { return logit == -HUGE_VALF || sum == 0; }

double FoldedKeys::getLse() const {
  return double(logit) + std::log(double(sum));
}

template <typename T>
llvm::ArrayRef<T> Row<T>::get(const Output &output) const {
  switch (output.kind) {
  case OutputKind::Out:
    return out;
  case OutputKind::Lse:
    return lse;
  case OutputKind::Mass:
    return mass[output.stream];
  case OutputKind::M:
    return m;
  case OutputKind::L:
    return l;
  case OutputKind::Acc:
    return acc;
  }
  llvm_unreachable("unknown output");
}

template <typename T>
void foldRow(const FoldRule<T> &rule, llvm::ArrayRef<VisibleKeys> streams,
             llvm::ArrayRef<FoldedKeys> folded, const float *query,
             Frame<T> *frame, Row<T> &row) {
  constexpr T infinity = std::numeric_limits<T>::infinity();
  constexpr T nan = std::numeric_limits<T>::quiet_NaN();
  assign<T>(row, streams.size(), rule.dv, 0, -infinity);
  row.logits.clear();
  row.largestDot = 0;
  for (const VisibleKeys &visible : streams)
    appendLogits(rule, visible, query, frame, row);
  if (frame && !frame->error.empty())
    return;

  // NaN in q, k or a state, or a logit of +inf, gives NaN.
  std::optional<T> largest = findLargest<T>(row.logits, folded);
  if (!largest)
    return assign(row, streams.size(), rule.dv, nan, nan);

  // Logits of -inf weigh 0; if all do, the row is as good as empty.
  bool isEmpty = *largest == -infinity;
  T sum = 0;
  if (!isEmpty) {
    for (T logit : row.logits)
      sum += std::exp(logit - *largest);
    for (const FoldedKeys &keys : folded)
      if (!keys.isEmpty())
        sum += T(keys.sum) * std::exp(T(keys.logit) - *largest);
  }
  addValues(rule, streams, folded, *largest, sum, row);
  for (size_t c = 0; c < row.out.size(); ++c)
    row.acc[c] = row.out[c] * sum;
  row.l = sum;
  row.m = *largest;
  if (!isEmpty)
    row.lse = *largest + std::log(sum);
}

template struct Row<float>;
template struct Row<double>;
template void foldRow(const FoldRule<float> &, llvm::ArrayRef<VisibleKeys>,
                      llvm::ArrayRef<FoldedKeys>, const float *, Frame<float> *,
                      Row<float> &);
template void foldRow(const FoldRule<double> &, llvm::ArrayRef<VisibleKeys>,
                      llvm::ArrayRef<FoldedKeys>, const float *,
                      Frame<double> *, Row<double> &);

} // namespace attn::reference
