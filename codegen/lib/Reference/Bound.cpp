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

RowFacts gatherFacts(const KeyHead &head, const float *query, double scale,
                     llvm::ArrayRef<int64_t> keys, const Row<double> &exact,
                     const Row<float> &unfused) {
  RowFacts facts;
  double square = 0, longest = 0;
  for (int64_t d = 0; d < head.d; ++d)
    square += double(query[d]) * query[d];
  for (size_t n = 0; n < keys.size(); ++n) {
    double logit = exact.logits[n], error = unfused.logits[n] - logit;
    if (std::isfinite(logit))
      facts.maxLogit = std::max(facts.maxLogit, std::fabs(logit));
    if (std::isfinite(error))
      facts.logitError = std::max(facts.logitError, std::fabs(error));
    facts.maxValue = std::max(facts.maxValue, head.peaks[keys[n]]);
    if (std::isfinite(head.norms[keys[n]]))
      longest = std::max(longest, head.norms[keys[n]]);
  }
  double product = std::fabs(scale) * std::sqrt(square) * longest;
  facts.maxProduct = std::isfinite(product) ? product : 0;
  facts.visible = static_cast<double>(keys.size());
  return facts;
}

double getOutBound(const Row<double> &exact, const Row<float> &unfused,
                   Dtype output, const RowFacts &facts) {
  double difference = 0, magnitude = 0;
  for (size_t c = 0; c < exact.out.size(); ++c) {
    double r = exact.out[c], p = roundTo(output, double(unfused.out[c]));
    if (std::isfinite(r))
      magnitude = std::max(magnitude, std::fabs(r));
    if (std::isfinite(r) && std::isfinite(p))
      difference = std::max(difference, std::fabs(p - r));
  }
  return 2 * difference + getRounding(output) * magnitude +
         0x1p-23 * (1 + facts.maxLogit) * facts.maxValue;
}

double getLseBound(const Row<double> &exact, const RowFacts &facts) {
  double magnitude = std::isfinite(exact.lse) ? std::fabs(exact.lse) : 0;
  return 2 * facts.logitError +
         0x1p-23 * (magnitude + 1 + facts.maxLogit + facts.maxProduct) +
         0x1p-24 * std::sqrt(facts.visible);
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
