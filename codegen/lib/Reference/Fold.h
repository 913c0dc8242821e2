//===- Fold.h - One row of attention, in the obvious order ------*- C++ -*-===//
//
// T = double is the reference r: nothing is rounded. T = float is the unfused
// program p: logits by an f32 dot product in index order, a softmax normalised
// in f32, probabilities of keys rounded once to the input type, an f32 sum in
// index order: streams in order, then states, then the sink.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_REFERENCE_FOLD_H
#define ATTN_CODEGEN_LIB_REFERENCE_FOLD_H

#include "KeyHead.h"
#include "Program.h"

namespace attn::reference {

/// What all rows of a fold share.
template <typename T>
struct FoldRule {
  T scale;
  Dtype input;                   ///< Type that p rounds probabilities to.
  int64_t dv;                    ///< Columns of values.
  const RegionProgram<T> *score; ///< Null: the identity.
};

/// What a row sees of one stream.
struct VisibleKeys {
  const KeyHead *head;
  llvm::ArrayRef<int64_t> keys; ///< Ascending.
};

/// A state or the sink in one row: as one key, or as the sums over many.
struct FoldedKeys {
  float logit = 0;           ///< lse or m, or the sink.
  float sum = 1;             ///< l
  bool isSum = false;        ///< `values` are acc, else a mean.
  std::vector<float> values; ///< [Dv]; none for the sink: 0.

  /// The state of no key, whatever the other parts hold.
  bool isEmpty() const;
  /// m + ln l
  double getLse() const;
};

/// A row to fold and its results.
template <typename T>
struct Row {
  int64_t b = 0, h = 0, i = 0;
  std::vector<T> out;  ///< [Dv]
  std::vector<T> mass; ///< One per stream.
  T lse = 0, m = 0, l = 0;
  std::vector<T> acc;    ///< [Dv]
  std::vector<T> logits; ///< Of the visible keys of all streams, modified.
  T largestDot = 0;      ///< Largest finite |scale q . k| of those.

  std::vector<T> scratch; ///< Logits of a run of keys.

  /// The numbers of a result of the fold.
  llvm::ArrayRef<T> get(const Output &output) const;
};

/// Folds the visible keys of `streams` and `folded`. With a score region,
/// `frame` is its frame; look at `frame->error` afterwards.
template <typename T>
void foldRow(const FoldRule<T> &rule, llvm::ArrayRef<VisibleKeys> streams,
             llvm::ArrayRef<FoldedKeys> folded, const float *query,
             Frame<T> *frame, Row<T> &row);

} // namespace attn::reference

#endif // ATTN_CODEGEN_LIB_REFERENCE_FOLD_H
