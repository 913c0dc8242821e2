//===- Visibility.h - Who sees whom, tested exactly -------------*- C++ -*-===//
//
// With q = 0 every visible key of every stream weighs 1 / n, n their number
// over all streams, so the output is the mean of the visible values. Values are
// codes: in one round only the keys of one block of each stream are not zero,
// two keys to a column, one with +1 and one with -1. Streams have columns of
// their own. A column of the output is then -1/n, 0 or 1/n, and a key that is
// lost or extra moves it by about 1/n while the bound of the row is about
// 2^-7 / n even for bf16.
//
// Every round shows each key head another block; after all rounds every head
// has seen every key. Derivation: codegen/lib/Reference/README.md.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_VISIBILITY_H
#define ATTN_CODEGEN_VISIBILITY_H

#include "attn/codegen/Reference.h"

namespace attn::reference {

/// The codes in values of `dv` columns, one or more per stream.
struct VisibilityCodes {
  llvm::SmallVector<int64_t> keys; ///< Of each stream; of its longest sequence.
  int64_t dv;

  /// Rounds after which every head has seen every key.
  int64_t getRounds() const;

  /// The value of key `j` of a sequence of `stream` in column `c`: -1, 0 or 1.
  /// `head` counts the stream's key heads over all sequences.
  float getValue(int64_t round, size_t stream, int64_t head, int64_t j,
                 int64_t c) const;

  /// Columns of one stream.
  int64_t getColumns() const;
};

/// What a row should see of one stream.
struct VisibleStream {
  int64_t head;                    ///< That it reads, as in getValue.
  llvm::ArrayRef<uint8_t> visible; ///< One byte per key, 0 or 1.
};

/// How far a row may be off in a round.
struct VisibilityBounds {
  double keys = 0; ///< That it sees.
  double out = 0, lse = 0;
};

/// One row to judge: what it should see and what came out.
struct VisibilityRow {
  int64_t round;
  llvm::SmallVector<VisibleStream, 1> streams;
  llvm::ArrayRef<double> out; ///< [Dv]
  std::optional<double> lse;  ///< ln n, without a sink.
  Dtype type;                 ///< Of the output and of the probabilities.
  /// Of the rows that other folds made and this one goes on from: `streams`
  /// hold what those see, too.
  llvm::SmallVector<VisibilityBounds, 0> states;
};

VisibilityBounds getVisibilityBounds(const VisibilityCodes &codes,
                                     const VisibilityRow &row);

/// Error / bound of the row: 1 or less if it sees what it should.
double getVisibilityRatio(const VisibilityCodes &codes,
                          const VisibilityRow &row);

} // namespace attn::reference

#endif // ATTN_CODEGEN_VISIBILITY_H
