/*===- image.c - A CPU image written by hand ----------------------------------*
 *
 * What the compiler would emit for program.mlir, in the plainest C: two kernels
 * that share a workspace buffer and use per-thread scratch, one that records
 * how tasks are run, and one that copies. Every variant is the same code, so
 * that the suite can force each of them.
 *
 *===----------------------------------------------------------------------===*/

#include "attn/manifest/CpuAbi.h"

#include <math.h>
#include <time.h>
#include <xmmintrin.h>

#ifndef IMAGE_NUMBER
#define IMAGE_NUMBER 1
#endif

enum { kHeads = 2, kD = 8, kDv = 4, kScratch = 64 };

/* Arguments of row_max: q, k, rows; B, Lq, Lk; strides of q, k (batch, head,
   row); attend adds v, o, lse with theirs. */
struct View {
  char *data;
  int64_t batch, head, row;
};

struct Context {
  struct View q, k, v, o, lse;
  float *rowMax;
  int64_t lq, lk;
  char *scratch;
};

static struct View view(const int64_t *args) {
  struct View v = {(char *)args[0], args[1], args[2], args[3]};
  return v;
}

static float *at(const struct View *v, int64_t b, int64_t h, int64_t i) {
  return (float *)v->data + b * v->batch + h * v->head + i * v->row;
}

static float logit(const struct Context *c, int64_t b, int64_t h, int64_t i,
                   int64_t j) {
  const float *q = at(&c->q, b, h, i), *k = at(&c->k, b, 0, j);
  float sum = 0;
  for (int64_t d = 0; d < kD; ++d)
    sum += q[d] * k[d];
  return sum * 0.35355339f; /* 1 / sqrt(8) */
}

static void rowMaxTask(void *context, int64_t index, int64_t worker) {
  const struct Context *c = context;
  int64_t i = index % c->lq, h = index / c->lq % kHeads,
          b = index / c->lq / kHeads;
  float most = -INFINITY;
  for (int64_t j = 0; j < c->lk; ++j)
    most = fmaxf(most, logit(c, b, h, i, j));
  c->rowMax[index] = most;
}

static void attendTask(void *context, int64_t index, int64_t worker) {
  const struct Context *c = context;
  int64_t i = index % c->lq, h = index / c->lq % kHeads,
          b = index / c->lq / kHeads;
  /* Scratch of this worker: an accumulator and a mark that must survive. */
  float *acc = (float *)(c->scratch + worker * kScratch);
  int64_t *mark = (int64_t *)(acc + 8);
  *mark = index;
  for (int64_t d = 0; d < kDv; ++d)
    acc[d] = 0;
  float most = c->rowMax[index], sum = 0;
  for (int64_t j = 0; j < c->lk; ++j) {
    float p = expf(logit(c, b, h, i, j) - most);
    sum += p;
    const float *v = at(&c->v, b, 0, j);
    for (int64_t d = 0; d < kDv; ++d)
      acc[d] += p * v[d];
  }
  float *o = at(&c->o, b, h, i);
  for (int64_t d = 0; d < kDv; ++d)
    o[d] = c->lk == 0 ? 0 : *mark == index ? acc[d] / sum : NAN;
  float *lse = (float *)c->lse.data + b * c->lse.batch + h * c->lse.head +
               i * c->lse.row;
  *lse = c->lk == 0 ? -INFINITY : most + logf(sum);
}

static void rowMax(const int64_t *args, const AttnCpuHost *host) {
  struct Context c = {0};
  c.rowMax = (float *)args[0];
  int64_t batches = args[1];
  c.lq = args[2];
  c.lk = args[3];
  c.q = view(args + 4);
  c.k = view(args + 8);
  host->parallelFor(host->pool, batches * kHeads * c.lq, rowMaxTask, &c);
}

static void attend(const int64_t *args, const AttnCpuHost *host) {
  struct Context c = {0};
  c.rowMax = (float *)args[0];
  int64_t batches = args[1];
  c.lq = args[2];
  c.lk = args[3];
  c.q = view(args + 4);
  c.k = view(args + 8);
  c.v = view(args + 12);
  c.o = view(args + 16);
  c.lse = view(args + 20);
  c.scratch = host->scratch;
  host->parallelFor(host->pool, batches * kHeads * c.lq, attendTask, &c);
}

struct Probe {
  int32_t *mode, *worker, *number;
  int busy[64]; /* By worker: a task is running. */
  int running;
  int met; /* Two tasks ran at once, or the wait was given up. */
};

static int64_t nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Until two tasks run at once, for five seconds at most: tasks that share a
   worker cannot miss each other. */
static void meet(struct Probe *p) {
  int64_t start = nanoseconds();
  while (!__atomic_load_n(&p->met, __ATOMIC_ACQUIRE))
    if (__atomic_load_n(&p->running, __ATOMIC_ACQUIRE) > 1 ||
        nanoseconds() - start > INT64_C(5000000000))
      __atomic_store_n(&p->met, 1, __ATOMIC_RELEASE);
}

static void probeTask(void *context, int64_t index, int64_t worker) {
  struct Probe *p = context;
  __atomic_fetch_add(&p->running, 1, __ATOMIC_ACQ_REL);
  /* -2: another task has the same worker right now. */
  int *busy = &p->busy[worker & 63];
  int shared = __atomic_exchange_n(busy, 1, __ATOMIC_ACQ_REL);
  meet(p);
  p->mode[index] = (int32_t)_mm_getcsr();
  p->worker[index] = shared ? -2 : (int32_t)worker;
  p->number[index] = IMAGE_NUMBER;
  /* Raises inexact, which must not reach the caller. */
  volatile float third = 1.0f, three = 3.0f;
  third = third / three;
  __atomic_store_n(busy, 0, __ATOMIC_RELEASE);
  __atomic_fetch_sub(&p->running, 1, __ATOMIC_ACQ_REL);
}

/* Tasks wait for each other if x[0] is not 0. */
static void probe(const int64_t *args, const AttnCpuHost *host) {
  struct Probe p = {0};
  const float *x = (const float *)args[1];
  p.mode = (int32_t *)args[2];
  p.worker = (int32_t *)args[3];
  p.number = (int32_t *)args[4];
  p.met = args[0] == 0 || x[0] == 0;
  host->parallelFor(host->pool, args[0], probeTask, &p);
}

/* Copies three tensors [N] bit by bit: two of 2 bytes, one of 4. */
static void copy(const int64_t *args, const AttnCpuHost *host) {
  int64_t n = args[0];
  for (int tensor = 0; tensor < 3; ++tensor) {
    const char *from = (const char *)args[1 + 2 * tensor];
    char *to = (char *)args[2 + 2 * tensor];
    for (int64_t byte = 0; byte < n * (tensor == 2 ? 4 : 2); ++byte)
      to[byte] = from[byte];
  }
}

#define VARIANT(name)                                                          \
  void row_max_##name(const int64_t *args, const AttnCpuHost *host) {          \
    rowMax(args, host);                                                        \
  }                                                                            \
  void attend_##name(const int64_t *args, const AttnCpuHost *host) {           \
    attend(args, host);                                                        \
  }                                                                            \
  void probe_##name(const int64_t *args, const AttnCpuHost *host) {            \
    probe(args, host);                                                         \
  }                                                                            \
  void copy_##name(const int64_t *args, const AttnCpuHost *host) {             \
    copy(args, host);                                                          \
  }

VARIANT(v3)
VARIANT(v4)
