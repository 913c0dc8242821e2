//===- Fold.h - One row of attention, in the obvious order ------*- C++ -*-===//
//
// T = double is the reference r: nothing is rounded. T = float is the unfused
// program p: logits by an f32 dot product in index order, a softmax normalised
// in f32, probabilities rounded once to the input type, an f32 sum in index
// order.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_REFERENCE_FOLD_H
#define ATTN_CODEGEN_LIB_REFERENCE_FOLD_H

#include "KeyHead.h"
#include "RegionProgram.h"

namespace attn::reference {

/// What all rows of an attend share.
template <typename T>
struct FoldRule {
  T scale;
  Dtype input;                   ///< Type that p rounds probabilities to.
  const RegionProgram<T> *score; ///< Null: the identity.
};

/// A row to fold and its result.
template <typename T>
struct Row {
  int64_t b = 0, h = 0, i = 0;
  std::vector<T> out;    ///< [Dv]
  std::vector<T> logits; ///< Of the visible keys, after the score region.
  T lse = 0;

  std::vector<T> scratch; ///< Logits of a run of keys.
};

/// Folds `keys` (ascending, the visible ones) of `head`. With a score region,
/// `frame` is its frame; look at `frame->error` afterwards.
template <typename T>
void foldRow(const FoldRule<T> &rule, const KeyHead &head, const float *query,
             llvm::ArrayRef<int64_t> keys, Frame<T> *frame, Row<T> &row);

} // namespace attn::reference

#endif // ATTN_CODEGEN_LIB_REFERENCE_FOLD_H
