//===- KeyHead.h - Keys and values of one head, ready to fold ---*- C++ -*-===//
//
// All input types are exact in f32. Keys lie transposed, so that the dot
// products of one query with many keys are computed side by side, each in index
// order.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_REFERENCE_KEYHEAD_H
#define ATTN_CODEGEN_LIB_REFERENCE_KEYHEAD_H

#include "Lengths.h"

#include <vector>

namespace attn::reference {

struct KeyHead {
  int64_t lk = 0, d = 0, dv = 0; ///< lk: of the sequence.
  std::vector<float> keys;       ///< [D][Lk]
  std::vector<float> values;     ///< [Lk][Dv]
  std::vector<double> norms;     ///< Of each key, Euclidean.
  std::vector<double> peaks;     ///< Of each value, largest finite magnitude.

  /// Reads head `h` of sequence `b`; nothing beyond its length.
  static KeyHead load(const Tensor &k, const Tensor &v,
                      const Sequences &sequences, int64_t b, int64_t h,
                      const Host &host);
};

/// logits[j] = sum over d of query[d] * keys[d][j] in the order of d, for j in
/// [first, last). No fused multiply-add: products and sums are rounded apart.
void dotKeys(const KeyHead &head, const float *query, int64_t first,
             int64_t last, float *logits);
void dotKeys(const KeyHead &head, const float *query, int64_t first,
             int64_t last, double *logits);

/// out[c] += weight * values[j][c]
void addValue(const KeyHead &head, int64_t j, float weight, float *out);
void addValue(const KeyHead &head, int64_t j, double weight, double *out);

} // namespace attn::reference

#endif // ATTN_CODEGEN_LIB_REFERENCE_KEYHEAD_H
