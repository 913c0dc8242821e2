//===- RandomTest.cpp - Philox against its authors' values ----------------===//
//
// Source: Random123, kat_vectors, philox4x32 10: counter 0, key 0.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "attn-c/AttnRandom.h"

#include <cmath>
#include <cstdint>
#include <vector>

void testRandom() {
  uint32_t words[4];
  attnRandomWords(0, 0, 4, words);
  CHECK(words[0] == 0x6627e8d5 && words[1] == 0xe169c58d);
  CHECK(words[2] == 0xbc57ac4c && words[3] == 0x9b00dbd8);

  // Any part of a sequence is that part of the whole.
  uint64_t key = attnRandomKey(1, "q");
  CHECK(key != attnRandomKey(2, "q") && key != attnRandomKey(1, "k"));
  std::vector<float> whole(1000), part(7);
  attnRandomNormal(key, 0, 1000, whole.data());
  for (uint64_t first : {1, 2, 3, 4, 501}) {
    attnRandomNormal(key, first, 7, part.data());
    for (int i = 0; i < 7; ++i)
      CHECK(part[i] == whole[first + i]);
  }

  // 10^5 deviates: mean and variance within five standard errors.
  std::vector<float> many(100000);
  attnRandomNormal(key, 0, many.size(), many.data());
  double sum = 0, squares = 0;
  for (float value : many) {
    CHECK(std::isfinite(value));
    sum += value;
    squares += double(value) * value;
  }
  CHECK(std::fabs(sum / 1e5) < 5 / std::sqrt(1e5));
  CHECK(std::fabs(squares / 1e5 - 1) < 5 * std::sqrt(2 / 1e5));
}
