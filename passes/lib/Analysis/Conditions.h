//===- Conditions.h - A predicate as conjunctions of comparisons -*- C++
//-*-===//
//
// Negations are pushed down to comparisons, and every comparison of integers is
// `sum <= 0`. What is no such comparison stays a leaf.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_PASSES_LIB_ANALYSIS_CONDITIONS_H
#define ATTN_PASSES_LIB_ANALYSIS_CONDITIONS_H

#include "IntegerForms.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <vector>

namespace attn {

struct Condition {
  enum Kind { And, Or, AtMostZero, Leaf } kind;
  std::vector<Condition> operands; ///< And, Or
  Sum sum;                         ///< AtMostZero
  mlir::Value value;               ///< The i1 it was made from.
  bool isNegated = false;          ///< Leaf
};

class ConditionBuilder {
public:
  explicit ConditionBuilder(IntegerForms &forms) : forms(forms) {}

  Condition get(mlir::Value value, bool isNegated = false);

private:
  Condition compute(mlir::Value value, bool isNegated);
  Condition compare(mlir::arith::CmpIOp op, bool isNegated);
  Condition atMostZero(mlir::Value value, const Sum &sum);

  IntegerForms &forms;
  unsigned made = 0; ///< Conditions so far; beyond a bound all are leaves.
};

} // namespace attn

#endif // ATTN_PASSES_LIB_ANALYSIS_CONDITIONS_H
