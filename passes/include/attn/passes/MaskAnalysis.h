//===- MaskAnalysis.h - Ranges and tile classes of a predicate --*- C++ -*-===//
//
// Idea: a mask is a predicate over one pair. Two questions about many pairs are
// answered from its text alone, for all lengths.
//
//   ranges    conjuncts `j <= e` and `j >= e` bound the keys that a run of rows
//             sees (union) and shares (intersection); e is made of i, lengths,
//             numbers read by batch and head, sums and floor quotients. Of a
//             disjunction the hull bounds the union;
//   classes   the other conjuncts are evaluated on intervals: i in [q0, q1],
//             j in [k0, k1], a table read as the extremes of a run.
//
// Inside of a partial tile a third one is answered, for one row: which parts of
// the predicate are limits of the key, so that words of bits can hold them.
//
// Both are sound, whatever numbers a table holds: a key outside the union is
// visible to no row, a tile with `all` holds no invisible pair. Neither is
// complete: what they can not decide is a partial tile, which evaluates the
// predicate.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_PASSES_MASKANALYSIS_H
#define ATTN_PASSES_MASKANALYSIS_H

#include "mlir/IR/Region.h"

#include <string>
#include <vector>

namespace attn {

/// A part of the predicate that intervals say nothing about.
struct Undecided {
  mlir::Value value; ///< The condition that reads it.
  std::string text;
};

/// What was proven, in the letters of a reader, and what was not.
struct MaskFacts {
  std::string lower, upper;         ///< Keys some row may see.
  std::string fullLower, fullUpper; ///< Keys no range hides from any row.
  unsigned residual = 0;            ///< Conjuncts that are no ranges.
  llvm::SmallVector<Undecided> undecided;
};

/// Analyses the yielded predicate of a `visible` region. Builds into `bounds`
/// the region that yields (lower, upper, full_lower, full_upper) and, if ranges
/// do not say all, into `classify` the one that yields (some, all). Both must
/// have no block yet.
MaskFacts analyzeMask(mlir::Region &visible, mlir::Region &bounds,
                      mlir::Region &classify);

/// What one row sees, as a function of limits of the key and of predicates that
/// are none.
struct RowMask {
  enum Kind {
    All,      ///< Every operand holds; true without one.
    Any,      ///< Some operand holds; false without one.
    Below,    ///< The key is below limit number `limit`.
    NotBelow, ///< It is not.
    Predicate ///< `predicate` holds, or does not if `isNegated`.
  } kind = All;
  std::vector<RowMask> operands;
  unsigned limit = 0;
  mlir::Value predicate = {}; ///< An i1 of the `visible` region.
  bool isNegated = false;
};

/// Takes the yielded predicate of a `visible` region apart. Builds into
/// `limits`, which has no block yet and may stand alone, the region that yields
/// the limits for a row: its kind is `bounds`, and first and last of the run
/// must both be that row.
RowMask analyzeRow(mlir::Region &visible, mlir::Region &limits);

} // namespace attn

#endif // ATTN_PASSES_MASKANALYSIS_H
