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
void computeLogits(const FoldRule<T> &rule, const KeyHead &head,
                   const float *query, llvm::ArrayRef<int64_t> keys,
                   Frame<T> *frame, Row<T> &row) {
  int64_t first = keys.front(), last = keys.back() + 1;
  row.scratch.resize(head.lk);
  row.logits.resize(keys.size());
  dotKeys(head, query, first, last, row.scratch.data());
  for (size_t n = 0; n < keys.size(); ++n) {
    T logit = row.scratch[keys[n]] * rule.scale;
    if (rule.score)
      logit = rule.score->modify(*frame, logit, {row.b, row.h, row.i, keys[n]});
    row.logits[n] = logit;
  }
}

double roundProbability(Dtype, double probability) { return probability; }
float roundProbability(Dtype input, float probability) {
  return roundTo(input, probability);
}

} // namespace

template <typename T>
void foldRow(const FoldRule<T> &rule, const KeyHead &head, const float *query,
             llvm::ArrayRef<int64_t> keys, Frame<T> *frame, Row<T> &row) {
  constexpr T infinity = std::numeric_limits<T>::infinity();
  constexpr T nan = std::numeric_limits<T>::quiet_NaN();
  row.out.assign(head.dv, 0);
  row.lse = -infinity;
  row.logits.clear();
  if (keys.empty())
    return;
  computeLogits(rule, head, query, keys, frame, row);
  if (frame && !frame->error.empty())
    return;

  // NaN in q or k, or a logit of +inf, gives NaN.
  T largest = -infinity;
  for (T logit : row.logits) {
    if (std::isnan(logit) || logit == infinity) {
      row.out.assign(head.dv, nan);
      row.lse = nan;
      return;
    }
    largest = std::max(largest, logit);
  }

  // Logits of -inf weigh 0; if all do, the row is as good as empty.
  bool isEmpty = largest == -infinity;
  T sum = 0;
  for (T logit : row.logits)
    sum += isEmpty ? 0 : std::exp(logit - largest);
  for (size_t n = 0; n < keys.size(); ++n) {
    T weight = isEmpty ? 0 : std::exp(row.logits[n] - largest) / sum;
    addValue(head, keys[n], roundProbability(rule.input, weight),
             row.out.data());
  }
  if (!isEmpty)
    row.lse = largest + std::log(sum);
}

template void foldRow(const FoldRule<float> &, const KeyHead &, const float *,
                      llvm::ArrayRef<int64_t>, Frame<float> *, Row<float> &);
template void foldRow(const FoldRule<double> &, const KeyHead &, const float *,
                      llvm::ArrayRef<int64_t>, Frame<double> *, Row<double> &);

} // namespace attn::reference
