//===- Visibility.cpp - Who sees whom, tested exactly ---------------------===//

#include "attn/codegen/Visibility.h"
#include "Bound.h"
#include "Number.h"

#include <algorithm>
#include <cassert>
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

int64_t VisibilityCodes::getColumns() const {
  auto streams = static_cast<int64_t>(keys.size());
  assert(dv >= streams && "one column per stream or more");
  return dv / streams;
}

int64_t VisibilityCodes::getRounds() const {
  int64_t perRound = kKeysPerColumn * getColumns(), rounds = 1;
  for (int64_t count : keys)
    rounds = std::max(rounds, (count + perRound - 1) / perRound);
  return rounds;
}

float VisibilityCodes::getValue(int64_t round, size_t stream, int64_t head,
                                int64_t j, int64_t c) const {
  int64_t columns = getColumns(), perRound = kKeysPerColumn * columns;
  int64_t column =
      static_cast<int64_t>(stream) * columns + j % perRound / kKeysPerColumn;
  if (j / perRound != (round + head) % getRounds() || column != c)
    return 0;
  return j % kKeysPerColumn ? -1 : 1;
}

double getVisibilityRatio(const VisibilityCodes &codes,
                          const VisibilityRow &row) {
  double n = 0;
  std::vector<double> sums(codes.dv);
  bool seesCode = false;
  int64_t columns = codes.getColumns(), perRound = kKeysPerColumn * columns;
  for (auto [s, stream] : llvm::enumerate(row.streams)) {
    llvm::ArrayRef<uint8_t> visible = stream.visible;
    n = std::accumulate(visible.begin(), visible.end(), n);
    // The block of this round.
    int64_t first = (row.round + stream.head) % codes.getRounds() * perRound;
    int64_t last = std::min<int64_t>(visible.size(), first + perRound);
    for (int64_t j = first; j < last; ++j)
      if (visible[j]) {
        int64_t c = s * columns + (j - first) / kKeysPerColumn;
        sums[c] += codes.getValue(row.round, s, stream.head, j, c);
        seesCode = true;
      }
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
