/* The rate of fused multiply-adds that this machine reaches, in GFLOP/s (f32,
 * all given threads together, best of five runs): what a kernel's rate is a
 * fraction of. Operands stay in registers; a kernel cannot be faster.
 *
 * build: clang-22 -O3 -march=native fma_peak.c -o fma_peak -lpthread
 * usage: fma_peak THREADS
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifdef __AVX512F__
#define LANES 16
#define CHAINS 24
#else
#define LANES 8
#define CHAINS 12
#endif
#define STEPS 6000000L

typedef float Vector __attribute__((vector_size(4 * LANES)));

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

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
  int threads = argc > 1 ? atoi(argv[1]) : 1;
  if (threads < 1 || threads > 256) {
    fprintf(stderr, "fma_peak: expected 1 to 256 threads\n");
    return 2;
  }
  double best = 0;
  pthread_t others[256];
  for (int run = 0; run < 5; run++) {
    double start = now();
    for (int i = 1; i < threads; i++)
      pthread_create(&others[i], NULL, work, NULL);
    work(NULL);
    for (int i = 1; i < threads; i++)
      pthread_join(others[i], NULL);
    double rate =
        2.0 * LANES * CHAINS * STEPS * threads / (now() - start) * 1e-9;
    if (rate > best)
      best = rate;
  }
  printf("%.1f\n", best);
  return 0;
}
