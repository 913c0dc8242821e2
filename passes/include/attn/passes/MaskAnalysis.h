//===- MaskAnalysis.h - Ranges and tile classes of a predicate --*- C++ -*-===//
//
// Idea: a mask is a predicate over one pair. Two questions about many pairs are
// answered from its text alone, for all lengths.
//
//   ranges    conjuncts `j <= e(i)` and `j >= e(i)` with e affine bound the
//   keys
//             that a run of rows sees (union) and shares (intersection);
//   classes   the other conjuncts are evaluated on intervals: i in [q0, q1],
//             j in [k0, k1], a table read as the extremes of a run.
//
// Both are sound: a key outside the union is visible to no row, a tile with
// `all` holds no invisible pair. Neither is complete: what they can not decide
// is a partial tile, which evaluates the predicate.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_PASSES_MASKANALYSIS_H
#define ATTN_PASSES_MASKANALYSIS_H

#include "mlir/IR/AffineMap.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Region.h"

namespace attn {

/// Bounds of the keys a run of rows q0 .. q1 sees; maps (q0, q1)[Lq, Lk] whose
/// results mean a maximum (lower) or a minimum (upper, exclusive).
struct KeyBounds {
  mlir::AffineMap lower, upper;         ///< Keys some row may see.
  mlir::AffineMap fullLower, fullUpper; ///< Keys no range hides from any row.
  /// Conjuncts of the predicate that are not ranges.
  llvm::SmallVector<mlir::Value> residual;
};

/// Analyses the yielded conjunction of a `visible` region. An empty region has
/// the trivial bounds 0 and Lk.
KeyBounds analyzeRanges(mlir::Region &visible);

/// Builds into `classify` (empty, no block yet) the region that yields (some,
/// all) for the conjunction of `residual`, values of `visible`. Returns the
/// values that not even intervals decide; tiles where they matter are partial.
llvm::SmallVector<mlir::Value>
buildClassify(mlir::Region &visible, llvm::ArrayRef<mlir::Value> residual,
              mlir::Region &classify);

} // namespace attn

#endif // ATTN_PASSES_MASKANALYSIS_H
