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

/// What a row sees in a round.
struct Sight {
  double keys = 0;
  bool seesCode = false;
  std::vector<double> sums; ///< Of the codes, per column.
};

Sight look(const VisibilityCodes &codes, const VisibilityRow &row) {
  Sight sight;
  sight.sums.resize(codes.dv);
  int64_t columns = codes.getColumns(), perRound = kKeysPerColumn * columns;
  for (auto [s, stream] : llvm::enumerate(row.streams)) {
    llvm::ArrayRef<uint8_t> visible = stream.visible;
    sight.keys = std::accumulate(visible.begin(), visible.end(), sight.keys);
    // The block of this round.
    int64_t first = (row.round + stream.head) % codes.getRounds() * perRound;
    int64_t last = std::min<int64_t>(visible.size(), first + perRound);
    for (int64_t j = first; j < last; ++j)
      if (visible[j]) {
        int64_t c = s * columns + (j - first) / kKeysPerColumn;
        sight.sums[c] += codes.getValue(row.round, s, stream.head, j, c);
        sight.seesCode = true;
      }
  }
  return sight;
}

/// Those of the row, and those of its states by their shares.
VisibilityBounds getBounds(const Sight &sight, const VisibilityRow &row) {
  double n = sight.keys, largest = 0;
  if (n == 0)
    return {};
  for (double sum : sight.sums)
    largest = std::max(largest, std::fabs(sum) / n);
  VisibilityBounds bounds{n, getOutBound(largest, row.type, n, sight.seesCode),
                          0};
  for (const VisibilityBounds &state : row.states) {
    bounds.out += state.keys / n * state.out;
    // |value - out| <= 1 / state.keys + 1 / n
    if (sight.seesCode)
      bounds.out += 2 / n * state.lse;
    bounds.lse = std::max(bounds.lse, state.lse);
  }
  bounds.lse += 0x1p-23 * (1 + std::log(n));
  return bounds;
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

VisibilityBounds getVisibilityBounds(const VisibilityCodes &codes,
                                     const VisibilityRow &row) {
  return getBounds(look(codes, row), row);
}

double getVisibilityRatio(const VisibilityCodes &codes,
                          const VisibilityRow &row) {
  Sight sight = look(codes, row);
  VisibilityBounds bounds = getBounds(sight, row);
  double n = sight.keys, worst = 0;
  for (int64_t c = 0; c < codes.dv; ++c) {
    double exact = n ? sight.sums[c] / n : 0;
    worst = std::max(worst,
                     getRatio(row.out[c], exact, exact, bounds.out, row.type));
  }
  if (!row.lse)
    return worst;
  double count = std::log(n); // -inf for an empty row
  return std::max(worst,
                  getRatio(*row.lse, count, count, bounds.lse, Dtype::F32));
}

} // namespace attn::reference
