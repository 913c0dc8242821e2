//===- Limits.h - Conditions that are limits of the key ---------*- C++ -*-===//
//
// A condition `sum <= 0` bounds the key if the key stands in one term alone, as
// itself or below floor quotients: the other terms are then the limit.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_PASSES_LIB_ANALYSIS_LIMITS_H
#define ATTN_PASSES_LIB_ANALYSIS_LIMITS_H

#include "IntegerForms.h"

namespace attn {

/// j < limit or j >= limit.
struct Limit {
  bool isUpper;
  Sum sum;
};

/// Solves `sum <= 0` for the key; the limit does not depend on it.
std::optional<Limit> solveForKey(IntegerForms &forms, Sum sum);

} // namespace attn

#endif // ATTN_PASSES_LIB_ANALYSIS_LIMITS_H
