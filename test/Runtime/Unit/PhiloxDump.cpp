//===- PhiloxDump.cpp - Print the generator's values ----------------------===//
//
// philox-dump SEED NAME FIRST COUNT: one line per element, the word and the
// bits of the normal deviate in hexadecimal.
//
//===----------------------------------------------------------------------===//

#include "attn-c/AttnRandom.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

int main(int argc, char **argv) {
  if (argc != 5)
    return 2;
  uint64_t key = attnRandomKey(std::strtoull(argv[1], nullptr, 10), argv[2]);
  uint64_t first = std::strtoull(argv[3], nullptr, 10);
  uint64_t count = std::strtoull(argv[4], nullptr, 10);
  std::vector<uint32_t> words(count);
  std::vector<float> normals(count);
  attnRandomWords(key, first, count, words.data());
  attnRandomNormal(key, first, count, normals.data());
  for (uint64_t i = 0; i < count; ++i) {
    uint32_t bits;
    std::memcpy(&bits, &normals[i], sizeof bits);
    std::printf("%08x %08x\n", words[i], bits);
  }
  return 0;
}
