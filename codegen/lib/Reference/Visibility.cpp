//===- Visibility.cpp - Who sees whom, tested exactly ---------------------===//

#include "attn/codegen/Visibility.h"
#include "Bound.h"
#include "Number.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace attn::reference {
namespace {

constexpr int64_t kKeysPerColumn = 2; ///< One with +1, one with -1.

/// The bound of a row whose visible keys all weigh 1 / n: the terms of
/// getOutBound with all logits 0.
double getOutBound(double exact, Dtype type, double n, bool seesCode) {
  double p = roundTo(type, roundTo(type, double(float(1.0) / float(n))));
  double difference = exact == 0 ? 0 : std::fabs(p - 1 / n);
  return 2 * difference + getRounding(type) * std::fabs(exact) +
         (seesCode ? 0x1p-23 : 0);
}

} // namespace

int64_t VisibilityCodes::getRounds() const {
  int64_t perRound = kKeysPerColumn * dv;
  return std::max<int64_t>(1, (keys + perRound - 1) / perRound);
}

float VisibilityCodes::getValue(int64_t round, int64_t head, int64_t j,
                                int64_t c) const {
  int64_t perRound = kKeysPerColumn * dv;
  if (j / perRound != (round + head) % getRounds() ||
      j % perRound / kKeysPerColumn != c)
    return 0;
  return j % kKeysPerColumn ? -1 : 1;
}

double getVisibilityRatio(const VisibilityCodes &codes,
                          const VisibilityRow &row) {
  auto n = std::accumulate(row.visible.begin(), row.visible.end(), 0.0);
  std::vector<double> sums(codes.dv);
  bool seesCode = false;
  int64_t perRound = kKeysPerColumn * codes.dv;
  int64_t first = (row.round + row.head) % codes.getRounds() * perRound;
  for (int64_t j = first; j < std::min(codes.keys, first + perRound); ++j)
    if (row.visible[j]) {
      int64_t c = (j - first) / kKeysPerColumn;
      sums[c] += codes.getValue(row.round, row.head, j, c);
      seesCode = true;
    }
  double largest = 0, worst = 0;
  for (double sum : sums)
    largest = std::max(largest, n ? std::fabs(sum) / n : 0);
  double bound = n ? getOutBound(largest, row.type, n, seesCode) : 0;
  for (int64_t c = 0; c < codes.dv; ++c) {
    double exact = n ? sums[c] / n : 0;
    worst =
        std::max(worst, getRatio(row.out[c], exact, exact, bound, row.type));
  }
  if (!row.lse)
    return worst;
  double count = std::log(n); // -inf for an empty row
  double lseBound = 0x1p-23 * (1 + (n ? std::fabs(count) : 0));
  return std::max(worst,
                  getRatio(*row.lse, count, count, lseBound, Dtype::F32));
}

} // namespace attn::reference
