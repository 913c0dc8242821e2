/* The rate of fused multiply-adds that this machine reaches, in GFLOP/s (f32,
 * all given threads together, best of five runs): what a kernel's rate is a
 * fraction of. Operands stay in registers; a kernel cannot be faster.
 *
 * build: clang-22 -O3 -march=native fma_peak.c -o fma_peak -lpthread
 * usage: fma_peak THREADS
 */
#include "peak.h"

#ifdef __AVX512F__
#define LANES 16
#define CHAINS 24
#else
#define LANES 8
#define CHAINS 12
#endif
#define STEPS 6000000L

typedef float Vector __attribute__((vector_size(4 * LANES)));

static void *work(void *unused) {
  Vector sum[CHAINS], factor, term;
  for (int lane = 0; lane < LANES; lane++) {
    factor[lane] = 0.999f;
    term[lane] = 0.1f + lane;
  }
  for (int i = 0; i < CHAINS; i++)
    sum[i] = term * (float)i;
  for (long step = 0; step < STEPS; step++) {
#pragma clang loop unroll(full)
    for (int i = 0; i < CHAINS; i++) {
      sum[i] = __builtin_elementwise_fma(sum[i], factor, term);
      __asm__ volatile("" : "+v"(sum[i]));
    }
  }
  return unused;
}

int main(int argc, char **argv) {
  int threads = count_threads(argc, argv);
  double flops = 2.0 * LANES * CHAINS * STEPS * threads;
  printf("%.1f\n", flops / least_seconds(work, threads) * 1e-9);
  return 0;
}
