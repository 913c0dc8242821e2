/*===- AttnRandom.h - Inputs that every language can redraw -------*- C -*-===*\
|*                                                                            *|
|* Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2,   *|
|* 3", 2011) keyed by a seed and the name of an argument. Written once here   *|
|* and once in NumPy (test/Runtime/philox.py), which a test compares.         *|
|*                                                                            *|
|* key      = FNV-1a 64 of the UTF-8 bytes of the name, then of the 8 bytes   *|
|*            of the seed, little endian; word 0 = low half, word 1 = high    *|
|* counter  = (low, high half of block, 0, 0); block b gives 4 words w0..w3   *|
|* normal   = elements 4b+0, 4b+1 from w0, w1 and 4b+2, 4b+3 from w2, w3, in  *|
|*            double: r = sqrt(-2 ln((wa + 1) / 2^32)), t = 2 pi wb / 2^32,   *|
|*            r cos t, then r sin t, each rounded once to float               *|
|* integer  = element i is the 32-bit word i: w[i % 4] of block i / 4         *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef ATTN_C_ATTNRANDOM_H
#define ATTN_C_ATTNRANDOM_H

#include "attn-c/AttnRuntime.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The key of an argument. */
ATTN_API uint64_t attnRandomKey(uint64_t seed, const char *name);

/** Elements first .. first + count - 1 of the N(0,1) sequence of a key. */
ATTN_API void attnRandomNormal(uint64_t key, uint64_t first, uint64_t count,
                               float *values);

/** Elements first .. first + count - 1 of the sequence of 32-bit words. */
ATTN_API void attnRandomWords(uint64_t key, uint64_t first, uint64_t count,
                              uint32_t *words);

#ifdef __cplusplus
}
#endif

#endif /* ATTN_C_ATTNRANDOM_H */
