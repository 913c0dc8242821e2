/*===- kernels.c - Kernels of the fake cubin
 * -----------------------------------*
 *
 * row_max and attend compute the conformance program as its CPU image does, a
 * row per thread. copy_tiles reads its input through a tensor map, box by box,
 * as a TMA load would, and counts. Arguments come in the order of the manifest
 * that WriteArtifact.cpp writes.
 *
 *===----------------------------------------------------------------------===*/

#include "FakeKernel.h"

#include <math.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

enum { kHeads = 2, kD = 8, kDv = 4 };

/* A pointer and the strides of batch, head and row, in elements. */
struct View {
  char *data;
  int64_t batch, head, row;
};

static int64_t wide(void **p, int i) {
  int64_t value;
  memcpy(&value, p[i], sizeof value);
  return value;
}

static int64_t narrow(void **p, int i) {
  int32_t value;
  memcpy(&value, p[i], sizeof value);
  return value;
}

static struct View view(void **p, int first) {
  struct View v = {(char *)wide(p, first), wide(p, first + 1),
                   wide(p, first + 2), wide(p, first + 3)};
  return v;
}

static float *at(const struct View *v, int64_t b, int64_t h, int64_t i) {
  return (float *)v->data + b * v->batch + h * v->head + i * v->row;
}

static float logit(const struct View *q, const struct View *k, int64_t b,
                   int64_t h, int64_t i, int64_t j) {
  const float *left = at(q, b, h, i), *right = at(k, b, 0, j);
  float sum = 0;
  for (int d = 0; d < kD; ++d)
    sum += left[d] * right[d];
  return sum * 0.35355339f; /* 1 / sqrt(8) */
}

/* Rows are those of the grid: blocks of 128 rows, heads, batches. */
#define FOR_EACH_ROW(grid, block, lq)                                          \
  for (unsigned z = 0; z < (grid)[2]; ++z)                                     \
    for (unsigned y = 0; y < (grid)[1]; ++y)                                   \
      for (int64_t i = 0; i < (int64_t)(grid)[0] * (block)[0]; ++i)            \
        if (i < (lq))

/* rows, B, Lq (i32), Lk (i32), q view, k view */
static const size_t kRowMaxBytes[] = {8, 8, 4, 4, 8, 8, 8, 8, 8, 8, 8, 8};
EXPORT const FakeKernelInfo row_max_info = {12, kRowMaxBytes, 1024, 16};
EXPORT void row_max(void **p, const unsigned *grid, const unsigned *block,
                    unsigned shared) {
  float *rows = (float *)wide(p, 0);
  int64_t lq = narrow(p, 2), lk = narrow(p, 3);
  struct View q = view(p, 4), k = view(p, 8);
  FOR_EACH_ROW(grid, block, lq) {
    float most = -INFINITY;
    for (int64_t j = 0; j < lk; ++j)
      most = fmaxf(most, logit(&q, &k, z, y, i, j));
    rows[(z * kHeads + y) * lq + i] = most;
  }
}

/* as row_max, then v, o and lse views */
static const size_t kAttendBytes[] = {8, 8, 4, 4, 8, 8, 8, 8, 8, 8, 8, 8,
                                      8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8};
EXPORT const FakeKernelInfo attend_info = {24, kAttendBytes, 384, 1024};
EXPORT void attend(void **p, const unsigned *grid, const unsigned *block,
                   unsigned shared) {
  const float *rows = (const float *)wide(p, 0);
  int64_t lq = narrow(p, 2), lk = narrow(p, 3);
  struct View q = view(p, 4), k = view(p, 8), v = view(p, 12), o = view(p, 16),
              lse = view(p, 20);
  FOR_EACH_ROW(grid, block, lq) {
    float most = rows[(z * kHeads + y) * lq + i], sum = 0, acc[kDv] = {0};
    for (int64_t j = 0; j < lk; ++j) {
      float w = expf(logit(&q, &k, z, y, i, j) - most);
      sum += w;
      for (int d = 0; d < kDv; ++d)
        acc[d] += w * at(&v, z, 0, j)[d];
    }
    for (int d = 0; d < kDv; ++d)
      at(&o, z, y, i)[d] = lk ? acc[d] / sum : 0;
    /* The view of a [B, Hq, Lq] tensor: its last axis is the row. */
    *at(&lse, z, y, i) = lk ? most + logf(sum) : -INFINITY;
  }
}

/* x map, buffer map, x pointer, count pointer, SM, rows per block; one block
   per SM walks the boxes. */
static const size_t kCopyBytes[] = {128, 128, 8, 8, 8, 4};
EXPORT const FakeKernelInfo copy_tiles_info = {6, kCopyBytes, 128, 0};
EXPORT void copy_tiles(void **p, const unsigned *grid, const unsigned *block,
                       unsigned shared) {
  FakeTensorMap map;
  memcpy(&map, p[0], sizeof map);
  const uint16_t *x = (const uint16_t *)wide(p, 2);
  int32_t *counts = (int32_t *)wide(p, 3);
  counts[0] += 1;
  counts[1] = map.magic == kFakeMapMagic && map.address == (uint64_t)x;
  counts[2] = (int32_t)wide(p, 4);
  counts[3] = (int32_t)narrow(p, 5);
  counts[4] = (int32_t)grid[0];
  /* Element (row 1, column 2) of batch 0, head 1, through the map. */
  counts[5] = *(const uint16_t *)(map.address + map.strides[0] +
                                  map.strides[1] + 2 * 2);
  memcpy(&map, p[1], sizeof map);
  counts[6] = map.rank;
  counts[7] = (int32_t)map.sizes[0];
}

static const size_t kOtherBytes[] = {8};
EXPORT const FakeKernelInfo short_branch_info = {1, kOtherBytes, 128, 0};
EXPORT void short_branch(void **p, const unsigned *grid, const unsigned *block,
                         unsigned shared) {
  *(int32_t *)wide(p, 0) = -7;
}
