//===- Visibility.h - Who sees whom, tested exactly -------------*- C++ -*-===//
//
// With q = 0 every visible key weighs 1 / n, so the output is the mean of the
// visible values. Values are codes: in one round only the keys of one block are
// not zero, two keys to a column, one with +1 and one with -1. A column of the
// output is then -1/n, 0 or 1/n, and a key that is lost or extra moves it by
// about 1/n while the bound of the row is about 2^-7 / n even for bf16.
//
// Every round shows each key head another block; after all rounds every head
// has seen every key. Derivation: codegen/lib/Reference/README.md.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_VISIBILITY_H
#define ATTN_CODEGEN_VISIBILITY_H

#include "attn/codegen/Reference.h"

namespace attn::reference {

/// The codes of `keys` keys in values of `dv` columns.
struct VisibilityCodes {
  int64_t keys, dv;

  /// Rounds after which every head has seen every key.
  int64_t getRounds() const;

  /// The value of key `j` in column `c`: -1, 0 or 1. `head` counts key heads
  /// over all batches.
  float getValue(int64_t round, int64_t head, int64_t j, int64_t c) const;
};

/// One row to judge: what it should see and what came out.
struct VisibilityRow {
  int64_t round, head;
  llvm::ArrayRef<uint8_t> visible; ///< One byte per key, 0 or 1.
  llvm::ArrayRef<double> out;      ///< [Dv]
  std::optional<double> lse;
  Dtype type; ///< Of the output and of the probabilities.
};

/// Error / bound of the row: 1 or less if it sees what it should.
double getVisibilityRatio(const VisibilityCodes &codes,
                          const VisibilityRow &row);

} // namespace attn::reference

#endif // ATTN_CODEGEN_VISIBILITY_H
