//===- Codes.cpp - Who sees whom, in one launch ---------------------------===//

#include "Codes.h"

#include "attn-c/AttnRandom.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace attn::pack {

Codes::Codes(uint64_t seed, int64_t head, int64_t keys, int64_t columns)
    : columns(columns), values(size_t(keys * columns)),
      prefix(size_t((keys + 1) * columns)) {
  std::string name = "codes of head " + std::to_string(head);
  uint64_t key = attnRandomKey(seed, name.c_str());
  std::vector<uint32_t> words(size_t((keys / 2 + 1) * columns));
  attnRandomWords(key, 0, words.size(), words.data());
  for (int64_t j = 0; j < keys; ++j)
    for (int64_t c = 0; c < columns; ++c) {
      int64_t place = j + c % 2;
      bool isPlus = words[size_t(place / 2 * columns + c)] >> 31;
      auto value = int8_t(isPlus == (place % 2 == 0) ? 1 : -1);
      values[size_t(j * columns + c)] = value;
      prefix[size_t((j + 1) * columns + c)] =
          prefix[size_t(j * columns + c)] + value;
    }
}

float Codes::value(int64_t key, int64_t column) const {
  return values[size_t(key * columns + column)];
}

int64_t Codes::sum(const KeyRange &range, int64_t column) const {
  return prefix[size_t(range.last * columns + column)] -
         prefix[size_t(range.first * columns + column)];
}

double roundingOf(const std::string &dtype) {
  return dtype == "bf16" ? 0x1p-8 : dtype == "f16" ? 0x1p-11 : 0x1p-23;
}

CodeRow codeRow(const Codes &codes, const std::vector<KeyRange> &ranges,
                int64_t columns, double rounding) {
  CodeRow row{};
  for (const KeyRange &range : ranges)
    row.visible += double(range.last) - range.first;
  double n = row.visible, largest = 0, least = n ? INFINITY : 0;
  row.out.resize(size_t(columns));
  for (int64_t c = 0; c < columns; ++c) {
    double sum = 0;
    for (const KeyRange &range : ranges)
      sum += double(codes.sum(range, c));
    row.out[size_t(c)] = n ? sum / n : 0;
    largest = std::max(largest, std::fabs(row.out[size_t(c)]));
    least = std::min(least, std::fabs(row.out[size_t(c)]));
  }
  row.outBound = n ? rounding * largest + 0x1p-23 : 0;
  row.lse = n ? std::log(n) : -std::numeric_limits<double>::infinity();
  row.lseBound = n ? 0x1p-22 * (1 + row.lse) : 0;
  // A key of value -1 or +1 leaves, enters or counts twice: the column with the
  // smallest mean moves by at least (1 - |mean|) / (n + 1). Another key beside
  // a single one has the opposite sign in some column.
  double step = n == 1 ? 0.5 : (1 - least) / (n + 1);
  row.moved = n ? step / row.outBound : INFINITY;
  row.counted = n ? std::log1p(1 / n) / row.lseBound : INFINITY;
  return row;
}

} // namespace attn::pack
