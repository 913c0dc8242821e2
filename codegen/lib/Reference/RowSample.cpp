//===- RowSample.cpp - Which rows a check evaluates -----------------------===//

#include "RowSample.h"

#include <random>
#include <set>

namespace attn::reference {

std::vector<int64_t> sampleRows(const TokenRange &rows, int64_t count,
                                uint64_t seed, int64_t b, int64_t h) {
  std::set<int64_t> chosen;
  auto choose = [&](int64_t row) {
    if (row >= rows.begin && row < rows.end)
      chosen.insert(row);
  };
  choose(rows.begin);
  choose(rows.end - 1);
  for (int64_t tile : {16, 32, 48, 64, 128})
    for (int64_t edge : {tile, 2 * tile, rows.end / tile * tile}) {
      choose(edge - 1);
      choose(edge);
    }
  std::seed_seq sequence{seed, seed >> 32, uint64_t(b), uint64_t(h)};
  std::mt19937_64 generator(sequence);
  for (int64_t n = 0; n < count && rows.size() > 0; ++n)
    choose(rows.begin + static_cast<int64_t>(
                            generator() % static_cast<uint64_t>(rows.size())));
  return {chosen.begin(), chosen.end()};
}

} // namespace attn::reference
