//===- Bound.cpp - How far a row may be from the reference ----------------===//

#include "Bound.h"
#include "Number.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace attn::reference {

double getRounding(Dtype output) {
  switch (output) {
  case Dtype::F32:
    return 0x1p-23;
  case Dtype::F16:
    return 0x1p-11;
  case Dtype::BF16:
    return 0x1p-8;
  default:
    llvm_unreachable("not the type of a result");
  }
}

namespace {

void raise(double &largest, double value) {
  if (std::isfinite(value))
    largest = std::max(largest, std::fabs(value));
}

double getNorm(llvm::ArrayRef<float> vector) {
  double square = 0;
  for (float x : vector)
    square += double(x) * x;
  return std::sqrt(square);
}

/// Keys of streams; `n` counts them.
void gatherKeys(const RowInputs &inputs, const Row<double> &exact,
                const Row<float> &unfused, RowFacts &facts) {
  double longest = 0;
  size_t n = 0;
  for (const VisibleKeys &stream : inputs.streams)
    for (int64_t j : stream.keys) {
      raise(facts.maxLogit, exact.logits[n]);
      raise(facts.logitError, unfused.logits[n] - exact.logits[n]);
      raise(facts.maxValue, stream.head->peaks[j]);
      raise(longest, stream.head->norms[j]);
      ++n;
    }
  double channels = static_cast<double>(inputs.query.size());
  raise(facts.maxSum,
        std::hypot(std::fabs(inputs.scale) * getNorm(inputs.query) * longest,
                   std::sqrt(channels / 2) * exact.largestDot));
  facts.visible = static_cast<double>(n);
}

/// A state counts as one key with logit m + ln l and value acc / l; its m is a
/// logit, too.
void gatherFolded(const FoldedKeys &exact, const FoldedKeys &unfused,
                  RowFacts &facts) {
  if (exact.isEmpty())
    return;
  raise(facts.maxLogit, exact.logit);
  raise(facts.maxLogit, exact.getLse());
  raise(facts.logitError, unfused.getLse() - exact.getLse());
  for (float value : exact.values)
    raise(facts.maxValue,
          exact.isSum ? double(value) / exact.sum : double(value));
  ++facts.visible;
}

/// sum of W (bound of the value + |value - out| bound of the logit), W the
/// share of a state in the row.
void gatherSlack(const RowInputs &inputs, const Row<double> &exact,
                 RowFacts &facts) {
  for (auto [slack, state] : llvm::zip(inputs.slack, inputs.exact)) {
    raise(facts.stateError, slack.logit);
    if (state.isEmpty())
      continue;
    double distance = 0;
    for (auto [value, out] : llvm::zip(state.values, exact.out))
      raise(distance,
            (state.isSum ? double(value) / state.sum : double(value)) - out);
    double error = std::exp(state.getLse() - exact.lse) *
                   (slack.values + distance * slack.logit);
    facts.valueError += std::isfinite(error) ? error : 0;
  }
}

} // namespace

RowFacts gatherFacts(const RowInputs &inputs, const Row<double> &exact,
                     const Row<float> &unfused) {
  RowFacts facts;
  gatherKeys(inputs, exact, unfused, facts);
  for (auto [r, p] : llvm::zip(inputs.exact, inputs.unfused))
    gatherFolded(r, p, facts);
  gatherSlack(inputs, exact, facts);
  return facts;
}

double getOutBound(const Row<double> &exact, const Row<float> &unfused,
                   Dtype output, const RowFacts &facts) {
  double difference = 0, magnitude = 0;
  for (size_t c = 0; c < exact.out.size(); ++c) {
    double r = exact.out[c], p = roundTo(output, double(unfused.out[c]));
    raise(magnitude, r);
    raise(difference, p - r);
  }
  return 2 * difference + getRounding(output) * magnitude +
         0x1p-23 * (1 + facts.maxLogit) * facts.maxValue + facts.valueError;
}

double getLseBound(const Row<double> &exact, const RowFacts &facts) {
  double magnitude = 0;
  raise(magnitude, exact.lse);
  return 2 * facts.logitError + facts.stateError +
         0x1p-23 * (magnitude + 1 + facts.maxLogit + facts.maxSum) +
         0x1p-24 * std::sqrt(facts.visible);
}

namespace {

/// Of m: 2 max |p_j - r_j| + e + 2^-23 (max |logit| + S)
double getLogitBound(const RowFacts &facts) {
  return 2 * facts.logitError + facts.stateError +
         0x1p-23 * (facts.maxLogit + facts.maxSum);
}

/// Of l: l (exp(2 E + 2^-23 + 2^-24 sqrt n) - 1), E the bound of m.
double getSumBound(const Row<double> &exact, const RowFacts &facts) {
  return exact.l * std::expm1(2 * getLogitBound(facts) + 0x1p-23 +
                              0x1p-24 * std::sqrt(facts.visible));
}

/// Of acc: l times the bound of an out of the type that weights are rounded to,
/// and |out| times the bound of l.
double getAccBound(const Row<double> &exact, const Row<float> &unfused,
                   Dtype type, const RowFacts &facts) {
  double magnitude = 0;
  for (double x : exact.out)
    raise(magnitude, x);
  return exact.l * getOutBound(exact, unfused, type, facts) +
         magnitude * getSumBound(exact, facts);
}

/// Of a mass M: M (2 (1 - M) E + 2^-22 + 2^-23 sqrt n) + n 2^-126
double getMassBound(double mass, const RowFacts &facts) {
  return mass * (2 * (1 - mass) * getLogitBound(facts) + 0x1p-22 +
                 0x1p-23 * std::sqrt(facts.visible)) +
         (mass > 0 ? facts.visible * 0x1p-126 : 0);
}

} // namespace

double getBound(const Output &output, Dtype type, const Row<double> &exact,
                const Row<float> &unfused, const RowFacts &facts) {
  switch (output.kind) {
  case OutputKind::Out:
    return getOutBound(exact, unfused, type, facts);
  case OutputKind::Lse:
    return getLseBound(exact, facts);
  case OutputKind::Mass:
    return getMassBound(exact.mass[output.stream], facts);
  case OutputKind::M:
    return getLogitBound(facts);
  case OutputKind::L:
    return getSumBound(exact, facts);
  case OutputKind::Acc:
    return getAccBound(exact, unfused, type, facts);
  }
  llvm_unreachable("unknown output");
}

double getSlack(const Output &output, Dtype type, const Row<double> &exact,
                const Row<float> &unfused, const RowFacts &facts) {
  if (!output.hasChannels())
    return getLseBound(exact, facts);
  double magnitude = 0;
  for (double x : exact.out)
    raise(magnitude, x);
  return getOutBound(exact, unfused, type, facts) +
         getRounding(output.type) * magnitude;
}

double getRatio(double found, double exact, double unfused, double bound,
                Dtype output) {
  constexpr double miss = std::numeric_limits<double>::infinity();
  double expected = roundTo(output, exact);
  if (std::isnan(expected))
    return std::isnan(found) ? 0 : miss;
  if (!std::isfinite(expected))
    return found == expected || (std::isnan(unfused) && std::isnan(found))
               ? 0
               : miss;
  if (!std::isfinite(found))
    return std::isfinite(unfused) ? miss : 0;
  double error = std::fabs(found - exact);
  return error == 0 ? 0 : bound > 0 ? error / bound : miss;
}

} // namespace attn::reference
