/* The rate of products of pairs of bf16 (vdpbf16ps) that this machine reaches,
 * in GFLOP/s (all given threads together, best of five runs), or 0 where it has
 * none: what a kernel's rate is a fraction of. Operands stay in registers; a
 * kernel cannot be faster.
 *
 * build: clang-22 -O3 -march=native dot_peak.c -o dot_peak -lpthread
 * usage: dot_peak THREADS
 */
#include "peak.h"

#ifdef __AVX512BF16__
#include <immintrin.h>

#define CHAINS 24
#define STEPS 6000000L

static void *work(void *unused) {
  __m512 sum[CHAINS];
  __m512bh x = (__m512bh)_mm512_set1_epi32(0x3f003e80);
  __m512bh y = (__m512bh)_mm512_set1_epi32(0x3e80bf00);
  for (int i = 0; i < CHAINS; i++)
    sum[i] = _mm512_set1_ps(0.1f * (float)i);
  for (long step = 0; step < STEPS; step++) {
#pragma clang loop unroll(full)
    for (int i = 0; i < CHAINS; i++) {
      sum[i] = _mm512_dpbf16_ps(sum[i], x, y);
      __asm__ volatile("" : "+v"(sum[i]));
    }
  }
  return unused;
}

int main(int argc, char **argv) {
  int threads = count_threads(argc, argv);
  double flops = 2.0 * 32 * CHAINS * STEPS * threads;
  printf("%.1f\n", flops / least_seconds(work, threads) * 1e-9);
  return 0;
}
#else
int main(int argc, char **argv) {
  count_threads(argc, argv);
  printf("0\n");
  return 0;
}
#endif
