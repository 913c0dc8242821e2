/*===- Random.c - Inputs that every language can redraw -----------------------*
 *
 * Philox4x32-10, constants of Salmon et al. 2011, table 2. The definition of
 * key, counter and normal deviates is AttnRandom.h.
 *
 *===----------------------------------------------------------------------===*/

#include "attn-c/AttnRandom.h"

#include <math.h>

uint64_t attnRandomKey(uint64_t seed, const char *name) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  const uint64_t prime = UINT64_C(0x100000001b3);
  for (; *name; ++name)
    hash = (hash ^ (unsigned char)*name) * prime;
  for (int byte = 0; byte < 8; ++byte)
    hash = (hash ^ (seed >> (8 * byte) & 0xff)) * prime;
  return hash;
}

/* Ten rounds over the counter (block, 0). */
static void philox(uint64_t key, uint64_t block, uint32_t words[4]) {
  uint32_t c0 = (uint32_t)block, c1 = (uint32_t)(block >> 32), c2 = 0, c3 = 0;
  uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
  for (int round = 0; round < 10; ++round) {
    uint64_t p0 = UINT64_C(0xd2511f53) * c0;
    uint64_t p1 = UINT64_C(0xcd9e8d57) * c2;
    c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
    c1 = (uint32_t)p1;
    c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c3 = (uint32_t)p0;
    k0 += 0x9e3779b9u;
    k1 += 0xbb67ae85u;
  }
  words[0] = c0;
  words[1] = c1;
  words[2] = c2;
  words[3] = c3;
}

/* Box-Muller: two deviates from two words. */
static void normalPair(uint32_t a, uint32_t b, float pair[2]) {
  const double scale = 1.0 / 4294967296.0;
  const double pi2 = 6.283185307179586476925286766559;
  double radius = sqrt(-2.0 * log(((double)a + 1.0) * scale));
  double angle = pi2 * ((double)b * scale);
  pair[0] = (float)(radius * cos(angle));
  pair[1] = (float)(radius * sin(angle));
}

void attnRandomNormal(uint64_t key, uint64_t first, uint64_t count,
                      float *values) {
  uint32_t words[4];
  float normals[4];
  for (uint64_t i = 0; i < count; ++i) {
    uint64_t element = first + i;
    if (i == 0 || element % 4 == 0) {
      philox(key, element / 4, words);
      normalPair(words[0], words[1], normals);
      normalPair(words[2], words[3], normals + 2);
    }
    values[i] = normals[element % 4];
  }
}

void attnRandomWords(uint64_t key, uint64_t first, uint64_t count,
                     uint32_t *words) {
  uint32_t block[4];
  for (uint64_t i = 0; i < count; ++i) {
    uint64_t element = first + i;
    if (i == 0 || element % 4 == 0)
      philox(key, element / 4, block);
    words[i] = block[element % 4];
  }
}
