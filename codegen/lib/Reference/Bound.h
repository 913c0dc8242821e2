//===- Bound.h - How far a row may be from the reference --------*- C++ -*-===//
//
// One bound per row, never one per tensor. Formulas and their reasons stand in
// README.md.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_REFERENCE_BOUND_H
#define ATTN_CODEGEN_LIB_REFERENCE_BOUND_H

#include "Fold.h"

namespace attn::reference {

/// Rounding of an output type: 2^-23, 2^-11, 2^-8 for f32, f16, bf16.
double getRounding(Dtype output);

/// What of a row's inputs the bounds need.
struct RowFacts {
  double maxLogit = 0;   ///< Largest finite |logit| of visible keys and states.
  double logitError = 0; ///< Largest |p - r| of a logit.
  double maxValue = 0;   ///< Largest finite |v| of visible keys and states.
  double maxSum = 0;     ///< S of a dot product: README.md, "The bound of lse".
  double visible = 0;    ///< Number of visible keys, states and sinks.
  double stateError = 0; ///< How far a device may be off in a state's logit.
  double valueError = 0; ///< In out, by what it is off in states.
};

/// How far a device may be off in a state before the row begins; of arguments
/// nothing.
struct StateSlack {
  double logit = 0; ///< In m + ln l.
  double values = 0;
};

/// Inputs of one row.
struct RowInputs {
  llvm::ArrayRef<VisibleKeys> streams;
  llvm::ArrayRef<FoldedKeys> exact, unfused; ///< States and the sink.
  llvm::ArrayRef<float> query;               ///< Empty for a merge.
  double scale;
  llvm::ArrayRef<StateSlack> slack; ///< Of the states; the sink has none.
};

RowFacts gatherFacts(const RowInputs &inputs, const Row<double> &exact,
                     const Row<float> &unfused);

/// How far the numbers of one result of a row may be from r. `type` is that of
/// the fold: of q, k, v and out.
double getBound(const Output &output, Dtype type, const Row<double> &exact,
                const Row<float> &unfused, const RowFacts &facts);

/// How far a device may be off in what a state takes from `output`: in its
/// logit from an lse or m, in its values from an out or acc.
double getSlack(const Output &output, Dtype type, const Row<double> &exact,
                const Row<float> &unfused, const RowFacts &facts);

/// 2 |p - r| + c |r| + 2^-23 (1 + max |logit|) max |v| + e, maxima over the
/// row, e by what states may be off.
double getOutBound(const Row<double> &exact, const Row<float> &unfused,
                   Dtype output, const RowFacts &facts);

/// 2 max |p_j - r_j| + 2^-23 (|r| + 1 + max |logit| + S)
///   + 2^-24 sqrt(n) + e, p_j and r_j the logits of the n visible keys, e how
/// far off the logit of a state may be.
double getLseBound(const Row<double> &exact, const RowFacts &facts);

/// Error / bound of one element. NaN must meet NaN and an infinity itself;
/// where f32 overflows in the unfused program too, anything not finite will do.
double getRatio(double found, double exact, double unfused, double bound,
                Dtype output);

} // namespace attn::reference

#endif // ATTN_CODEGEN_LIB_REFERENCE_BOUND_H
