//===- IntegerForms.h - Integers of a region as sums of terms ---*- C++ -*-===//
//
// Every integer value of a `visible` region that provably does not wrap is a
// sum `c1 * t1 + c2 * t2 + ... + c` of terms: the coordinates i and j, the
// lengths, numbers read by batch and head, floor quotients and the like. Sums
// show what a condition says about the key: `j - i + Lq - Lk - 3 <= 0`.
//
// Coordinates are below 2^31 - 1, lengths below 2^31, and a table may hold any
// number of its type: ranges are carried along, and an operation whose result
// might not fit its type is an unknown term, not a sum.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_PASSES_LIB_ANALYSIS_INTEGERFORMS_H
#define ATTN_PASSES_LIB_ANALYSIS_INTEGERFORMS_H

#include "attn/passes/Dependence.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"

#include <deque>
#include <optional>
#include <vector>

namespace attn {

struct Term;

/// Sum of coefficient * term, terms in the order they were made, plus a number.
struct Sum {
  llvm::SmallVector<std::pair<const Term *, int64_t>, 4> terms;
  int64_t constant = 0;

  bool operator==(const Sum &other) const {
    return terms == other.terms && constant == other.constant;
  }
};

/// Both ends included.
struct NumberRange {
  __int128 low, high;
};

struct Term {
  enum Kind {
    Query,     ///< i
    Key,       ///< j
    Queries,   ///< Lq
    Keys,      ///< Lk
    Uniform,   ///< `value`, the same for all pairs of a head.
    Run,       ///< `value`, a read at exactly i or j: a run has extremes.
    Box,       ///< `value`, a read at blocks of i and j: so has a small box.
    Quotient,  ///< floor(a / b), b uniform and 1 or more.
    Remainder, ///< a - b * floor(a / b), likewise.
    Product,   ///< a * b, b uniform and 0 or more.
    Absolute,  ///< |a|
    Square,    ///< a * a
    Maximum,   ///< max(a, b)
    Minimum,   ///< min(a, b)
    Unknown    ///< `value`, anywhere in its range.
  } kind;
  mlir::Value value;
  Sum a, b;
  NumberRange range;
  Dependence on;
  unsigned order = 0;
  std::vector<Sum> indices = {}; ///< Box
};

/// Two sums that are at most 0 have a sum that is; this is it, where both
/// depend on the pair and it does not: `p + 5 <= j` and `j <= p` say 5 <= 0.
std::optional<Sum> getContradiction(const Sum &a, const Sum &b);

Dependence getDependence(const Sum &sum);
NumberRange getRange(const Sum &sum);

class IntegerForms {
public:
  explicit IntegerForms(mlir::Region &visible)
      : visible(visible), dependence(visible, RegionKind::Visible) {}

  /// `value`, an integer of more than one bit or an index. Nothing if it may
  /// be out of 63 bits.
  std::optional<Sum> get(mlir::Value value);
  /// `value`, an i1 of which a box has extremes: 0 or 1.
  std::optional<Sum> getFlag(mlir::Value value);

  static Sum add(const Sum &a, const Sum &b, int64_t factor = 1);
  static Sum add(Sum a, int64_t constant) {
    a.constant += constant;
    return a;
  }
  /// `a` times uniform `factor` that is 0 or more.
  std::optional<Sum> multiply(const Sum &a, const Sum &factor);
  /// floor(a / divisor), `divisor` uniform and 1 or more.
  Sum divide(const Sum &a, const Sum &divisor);
  /// a - divisor * floor(a / divisor), likewise.
  Sum getRemainder(const Sum &a, const Sum &divisor);

  Dependence getDependence(mlir::Value value) const {
    return dependence.get(value);
  }

private:
  std::optional<Sum> compute(mlir::Value value);
  std::optional<Sum> computeOp(mlir::Operation *op);
  std::optional<Sum> computeBinary(mlir::Operation *op);
  std::optional<Sum> computeDivision(mlir::Operation *op, const Sum &a,
                                     const Sum &b);
  /// What is left for a value that no rule covers.
  std::optional<Sum> makeOpaque(mlir::Value value);
  Sum makeTerm(Term term);
  bool isRun(mlir::Operation *op) const;
  /// The indices of a read whose ends over a tile are those at the corners of
  /// the tile, if there are few between them.
  std::optional<std::vector<Sum>> getBox(mlir::Operation *op);

  mlir::Region &visible;
  DependenceAnalysis dependence;
  std::deque<Term> terms;
  llvm::DenseMap<mlir::Value, std::optional<Sum>> known;
};

} // namespace attn

#endif // ATTN_PASSES_LIB_ANALYSIS_INTEGERFORMS_H
