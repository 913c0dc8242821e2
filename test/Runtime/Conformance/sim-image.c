/*===- sim-image.c - An image for device sim written by hand ------------------*
 *
 * What codegen/lib/Sim would emit for the kernels of program.mlir, in plain C:
 * the code of one GPU thread, which owns one row. Blocks of 128 rows, heads,
 * batches, as WriteArtifact.cpp of test/Runtime/CUDA plans it. `attend` takes
 * keys and values through shared memory, 128 at a time, between two barriers.
 *
 *===----------------------------------------------------------------------===*/

#include "attn/manifest/SimAbi.h"

#include <math.h>
#include <string.h>

enum { kHeads = 2, kD = 8, kDv = 4, kKeys = 128 };

/* A pointer and the strides of batch, head and row, in elements. */
struct View {
  char *data;
  int64_t batch, head, row;
};

static int64_t wide(void *const *p, int i) {
  int64_t value;
  memcpy(&value, p[i], sizeof value);
  return value;
}

static struct View view(void *const *p, int first) {
  struct View v = {(char *)wide(p, first), wide(p, first + 1),
                   wide(p, first + 2), wide(p, first + 3)};
  return v;
}

static float *at(const struct View *v, int64_t b, int64_t h, int64_t i) {
  return (float *)v->data + b * v->batch + h * v->head + i * v->row;
}

static float dot(const float *left, const float *right) {
  float sum = 0;
  for (int d = 0; d < kD; ++d)
    sum += left[d] * right[d];
  return sum * 0.35355339f; /* 1 / sqrt(8) */
}

static int64_t rowOf(const AttnSimHost *host) {
  return (int64_t)host->ctaid[0] * host->ntid[0] + host->thread->tid[0];
}

/* rows, B, Lq, Lk, q view, k view */
void row_max_sim(void *const *p, AttnSimHost *host) {
  int64_t i = rowOf(host), lq = wide(p, 2), lk = wide(p, 3);
  int64_t h = host->ctaid[1], b = host->ctaid[2];
  if (i >= lq)
    return;
  struct View q = view(p, 4), k = view(p, 8);
  float most = -INFINITY;
  for (int64_t j = 0; j < lk; ++j)
    most = fmaxf(most, dot(at(&q, b, h, i), at(&k, b, 0, j)));
  ((float *)wide(p, 0))[(b * kHeads + h) * lq + i] = most;
}

struct Row {
  float query[kD], most, sum, acc[kDv];
};

static void fold(struct Row *row, const float *keys, int64_t count) {
  const float *values = keys + kKeys * kD;
  for (int64_t j = 0; j < count; ++j) {
    float w = expf(dot(row->query, keys + j * kD) - row->most);
    row->sum += w;
    for (int d = 0; d < kDv; ++d)
      row->acc[d] += w * values[j * kDv + d];
  }
}

/* as row_max, then v, o and lse views */
void attend_sim(void *const *p, AttnSimHost *host) {
  int64_t i = rowOf(host), lq = wide(p, 2), lk = wide(p, 3);
  int64_t h = host->ctaid[1], b = host->ctaid[2], own = host->thread->tid[0];
  struct View q = view(p, 4), k = view(p, 8), v = view(p, 12), o = view(p, 16),
              lse = view(p, 20);
  float *keys = (float *)host->shared, *values = keys + kKeys * kD;
  struct Row row = {{0}, 0, 0, {0}};
  if (i < lq) {
    memcpy(row.query, at(&q, b, h, i), sizeof row.query);
    row.most = ((float *)wide(p, 0))[(b * kHeads + h) * lq + i];
  }
  for (int64_t first = 0; first < lk; first += kKeys) {
    if (first + own < lk) {
      memcpy(keys + own * kD, at(&k, b, 0, first + own), kD * sizeof(float));
      memcpy(values + own * kDv, at(&v, b, 0, first + own),
             kDv * sizeof(float));
    }
    host->barrier(host, 0, 0, 0);
    fold(&row, keys, lk - first < kKeys ? lk - first : kKeys);
    host->barrier(host, 0, 0, 0);
  }
  if (i >= lq)
    return;
  for (int d = 0; d < kDv; ++d)
    at(&o, b, h, i)[d] = lk ? row.acc[d] / row.sum : 0;
  *at(&lse, b, h, i) = lk ? row.most + logf(row.sum) : -INFINITY;
}

/* Strict mode watches what code says it does; this code says nothing more. */
void row_max_sim_strict(void *const *p, AttnSimHost *host) {
  row_max_sim(p, host);
}
void attend_sim_strict(void *const *p, AttnSimHost *host) {
  attend_sim(p, host);
}

static const char kText[] = "barrier\0sim-image.c";
static const uint32_t kSites[] = {0, 8};
const AttnSimKernelInfo row_max_sim_info = {
    ATTN_SIM_ABI, 12, {128, 1, 1}, 0, 16, 0, 0, 0, 0, 0, kSites, kText, 0, 0};
const AttnSimKernelInfo attend_sim_info = {
    ATTN_SIM_ABI, 24, {128, 1, 1}, 0, 16, 0, 0, 1, 0, 0, kSites, kText, 0, 0};
