/* The rate of AMX products of bf16 that this machine reaches, in GFLOP/s (all
 * given threads together, best of five runs), or 0 where it has no AMX: what a
 * kernel's rate is a fraction of. Operands are random, which lowers the clock,
 * and stay in tile registers; a kernel cannot be faster.
 *
 * build: clang-22 -O3 -march=sapphirerapids amx_peak.c -o amx_peak -lpthread
 * usage: amx_peak THREADS
 */
#include "peak.h"

#include <cpuid.h>
#include <immintrin.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STEPS 2000000L
#define ARCH_REQ_XCOMP_PERM 0x1023
#define TILE_DATA 18

/* AMX-TILE and AMX-BF16, and a permission of the operating system. */
static int has_amx(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d))
    return 0;
  return (d >> 24 & 1) && (d >> 22 & 1) &&
         syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, TILE_DATA) == 0;
}

static void *work(void *unused) {
  struct {
    uint8_t palette, start, reserved[14];
    uint16_t bytes[16];
    uint8_t rows[16];
  } config = {.palette = 1};
  uint16_t data[16 * 32];
  for (int i = 0; i < 8; i++)
    config.bytes[i] = 64, config.rows[i] = 16;
  for (int i = 0; i < 16 * 32; i++) /* between 0.5 and 1, of both signs */
    data[i] = 0x3f00 | (i * 2654435761u >> 20 & 0x807f);
  _tile_loadconfig(&config);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_loadd(4, data, 64);
  _tile_loadd(5, data, 64);
  _tile_loadd(6, data, 64);
  _tile_loadd(7, data, 64);
  for (long step = 0; step < STEPS; step++) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_release();
  return unused;
}

int main(int argc, char **argv) {
  int threads = count_threads(argc, argv);
  double flops = 2.0 * 16 * 16 * 32 * 4 * STEPS * threads;
  double rate = has_amx() ? flops / least_seconds(work, threads) * 1e-9 : 0;
  printf("%.1f\n", rate);
  return 0;
}
