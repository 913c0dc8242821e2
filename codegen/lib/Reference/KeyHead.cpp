//===- KeyHead.cpp - Keys and values of one head, ready to fold -----------===//

#include "KeyHead.h"
#include "Number.h"

#include <algorithm>
#include <cmath>

// The same bits on every machine: vector width may differ, contraction may not.
#pragma STDC FP_CONTRACT OFF
#define ATTN_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))

namespace attn::reference {
namespace {

constexpr int64_t kChunk = 512; ///< Keys whose sums stay in the first cache.

template <typename T>
inline __attribute__((always_inline)) void
dotChunk(const KeyHead &head, const float *query, int64_t first, int64_t n,
         T *__restrict sums) {
  for (int64_t j = 0; j < n; ++j)
    sums[j] = 0;
  for (int64_t d = 0; d < head.d; ++d) {
    const float *__restrict keys = head.keys.data() + d * head.lk + first;
    T factor = query[d];
    for (int64_t j = 0; j < n; ++j)
      sums[j] += factor * T(keys[j]);
  }
}

template <typename T>
inline __attribute__((always_inline)) void
addScaled(const float *__restrict value, int64_t n, T weight,
          T *__restrict out) {
  for (int64_t c = 0; c < n; ++c)
    out[c] += weight * T(value[c]);
}

ATTN_CLONES void dotF32(const KeyHead &head, const float *query, int64_t first,
                        int64_t n, float *sums) {
  dotChunk(head, query, first, n, sums);
}

ATTN_CLONES void dotF64(const KeyHead &head, const float *query, int64_t first,
                        int64_t n, double *sums) {
  dotChunk(head, query, first, n, sums);
}

ATTN_CLONES void addF32(const float *value, int64_t n, float weight,
                        float *out) {
  addScaled(value, n, weight, out);
}

ATTN_CLONES void addF64(const float *value, int64_t n, double weight,
                        double *out) {
  addScaled(value, n, weight, out);
}

} // namespace

KeyHead KeyHead::load(const Tensor &k, const Tensor &v,
                      const Sequences &sequences, int64_t b, int64_t h,
                      const Host &host) {
  KeyHead head;
  head.lk = sequences.getLength(b);
  head.d = k.sizes.back();
  head.dv = v.sizes.back();
  head.keys.resize(head.lk * head.d);
  head.values.resize(head.lk * head.dv);
  head.norms.resize(head.lk);
  head.peaks.resize(head.lk);
  int64_t chunks = (head.lk + kChunk - 1) / kChunk;
  host.forEach(chunks, [&](int64_t chunk, int64_t) {
    std::vector<float> row(head.d);
    int64_t end = std::min(head.lk, (chunk + 1) * kChunk);
    for (int64_t j = chunk * kChunk; j < end; ++j) {
      loadRow(k, sequences.getOffset(k, b, h, j), head.d, row.data());
      double square = 0;
      for (int64_t d = 0; d < head.d; ++d) {
        head.keys[d * head.lk + j] = row[d];
        square += double(row[d]) * row[d];
      }
      head.norms[j] = std::sqrt(square);
      float *value = head.values.data() + j * head.dv;
      loadRow(v, sequences.getOffset(v, b, h, j), head.dv, value);
      for (int64_t c = 0; c < head.dv; ++c)
        if (std::isfinite(value[c]))
          head.peaks[j] = std::max(head.peaks[j], std::fabs(double(value[c])));
    }
  });
  return head;
}

void dotKeys(const KeyHead &head, const float *query, int64_t first,
             int64_t last, float *logits) {
  for (int64_t j = first; j < last; j += kChunk)
    dotF32(head, query, j, std::min(kChunk, last - j), logits + j);
}

void dotKeys(const KeyHead &head, const float *query, int64_t first,
             int64_t last, double *logits) {
  for (int64_t j = first; j < last; j += kChunk)
    dotF64(head, query, j, std::min(kChunk, last - j), logits + j);
}

void addValue(const KeyHead &head, int64_t j, float weight, float *out) {
  addF32(head.values.data() + j * head.dv, head.dv, weight, out);
}

void addValue(const KeyHead &head, int64_t j, double weight, double *out) {
  addF64(head.values.data() + j * head.dv, head.dv, weight, out);
}

} // namespace attn::reference
