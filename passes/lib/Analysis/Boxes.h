//===- Boxes.h - Runs taken apart into boxes of coordinates -----*- C++ -*-===//
//
// On a grid of lines of W tokens, a run of tokens is the rest of a line, whole
// lines and the beginning of a line. In each of these three the line i / W and
// the place i mod W run over intervals of their own: a box. Conditions on
// different coordinates of a box are independent, so whether some pair holds
// under all of them is exact where each is. Any divisor that quotient and
// remainder share is such a W; coordinates are taken apart further the same
// way.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_PASSES_LIB_ANALYSIS_BOXES_H
#define ATTN_PASSES_LIB_ANALYSIS_BOXES_H

#include "Conditions.h"
#include "Intervals.h"

#include "llvm/ADT/SmallPtrSet.h"

#include <functional>

namespace attn {

/// (true for some pair, true for all), of a condition on intervals.
using Truth = std::pair<mlir::Value, mlir::Value>;

class Boxes {
public:
  using Conditions = llvm::ArrayRef<const Condition *>;
  using TermSet = llvm::SmallPtrSet<const Term *, 8>;

  /// `evaluate` takes terms at their extremes in the box at hand.
  Boxes(Intervals &intervals, std::function<Truth(const Condition &)> evaluate)
      : intervals(intervals), evaluate(std::move(evaluate)) {}

  /// Does some pair hold under all of `conjuncts`?
  mlir::Value some(Conditions conjuncts);
  /// Do all pairs hold?
  mlir::Value all(const Condition &condition);

  /// Do conditions that are ranges alone say more together with the others: is
  /// there a divisor at which runs are taken apart, or a choice?
  bool areJoint(Conditions conjuncts);
  /// Remainders that boxes decide, of terms in `conjuncts`.
  static TermSet getDecided(Conditions conjuncts);

private:
  /// At multiples of `by`: `of` is a coordinate and what is uniform.
  struct Cut {
    const Term *coordinate;
    Sum of, by;
    llvm::SmallVector<const Term *, 2> quotients, remainders;
  };
  struct Piece {
    mlir::Value isThere; ///< Null: it is.
    Intervals::Ends of, quotient, remainder;
  };

  std::optional<Cut> findCut(Conditions conjuncts);
  llvm::SmallVector<Piece, 3> makePieces(const Cut &cut);
  void enter(const Cut &cut, const Piece &piece);
  std::vector<std::vector<const Condition *>> getGroups(Conditions conjuncts);
  mlir::Value someOfGroup(Conditions group);
  mlir::Value someOfBox(Conditions group);
  /// Is there a disjunction of which an operand can be narrowed by the others,
  /// or contradicted?
  static bool haveChoice(Conditions conjuncts);
  /// The disjunction in `group` whose operands are looked at one by one, each
  /// with the others of the group; null if there is none, or too many.
  const Condition *findChoice(Conditions group);
  mlir::Value someOfChoice(Conditions group, const Condition &choice);
  /// Coordinates of a box as far as conditions on one alone let them be seen;
  /// true if some are.
  mlir::Value narrowEach(Conditions group);
  /// Keys of a box as far as limits in `group` let them be seen.
  void narrow(Conditions group);
  /// No two of `group` contradict each other for all pairs.
  mlir::Value agree(Conditions group);
  /// `term` is known to be at most 0 with `rest`, if `factor` is 1, or its
  /// opposite, if -1; its ends.
  Intervals::Ends narrowTerm(const Term &term, int64_t factor, const Sum &rest);
  mlir::Value both(mlir::Value a, mlir::Value b) {
    return intervals.make<mlir::arith::AndIOp>(a, b);
  }
  mlir::Value either(mlir::Value a, mlir::Value b) {
    return intervals.make<mlir::arith::OrIOp>(a, b);
  }

  Intervals &intervals;
  std::function<Truth(const Condition &)> evaluate;
  unsigned made = 0;    ///< Pieces so far; beyond a bound nothing is cut.
  unsigned choices = 0; ///< Operands of disjunctions so far, likewise.
};

} // namespace attn

#endif // ATTN_PASSES_LIB_ANALYSIS_BOXES_H
