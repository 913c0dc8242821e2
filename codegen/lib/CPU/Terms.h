//===- Terms.h - What enters a normaliser when it is closed -----*- C++ -*-===//
//
// States and sinks are terms: a logit, a sum and a row of values for every row,
// added under the maximum M of all of them with the weight exp(logit - M). A
// logit of -inf or a sum of 0 is no key, whatever the values hold.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_CPU_TERMS_H
#define ATTN_CODEGEN_CPU_TERMS_H

#include "Scratch.h"
#include "Sequences.h"

#include "attn/dialect/Attn/Attn.h"

namespace attn::cpu {

/// Rows of one head that a task closes: lanes of scratch.
struct TermRows {
  Sequence sequence;
  Value head;
  Value first, count; ///< Rows first .. first + count - 1, count 1 or more.
  int64_t pitch;      ///< Lanes, a multiple of the vector length.
};

class Terms {
public:
  Terms(CallArguments &call, Scratch &scratch, const TermRows &rows)
      : kb(call.kb), call(call), scratch(scratch), rows(rows) {}

  /// Reads logits and sums of a state; its values stay where they are.
  void addState(StateOp state);
  /// One more key with value 0 for every row; `sink` is `[Hq]`.
  void addSink(Value sink);

  // Of the vector of rows from `lane`. Logits are natural.
  /// The largest of `maximum` and the logits.
  Value raise(Value lane, Value maximum);
  /// `sum` and those of the terms relative to `reference`, finite unless a
  /// logit is +inf. Keeps the weights.
  Value weigh(Value lane, Value reference, Value sum);
  /// Weights are multiplied by `factor`.
  void scale(Value lane, Value factor);

  /// `value`, channels of row `row` from `channel` on (a vector or one), and
  /// those of the terms times their weights.
  Value addValues(Value value, Value row, Value channel);

private:
  struct Term {
    Value logits;  ///< Lanes of scratch; -inf: no key.
    Value sums;    ///< Lanes of scratch, or null: 1.
    Value weights; ///< Lanes of scratch.
    std::optional<RowView> values;
  };

  Value readNumbers(Value tensor);
  Value isNone(Value logits);

  KernelBuilder &kb;
  CallArguments &call;
  Scratch &scratch;
  TermRows rows;
  llvm::SmallVector<Term> terms;
};

/// 2^((x - reference) * log2(e)) for natural x <= reference.
Value emitWeight(KernelBuilder &kb, Value x, Value reference);

/// A finite number to subtract: `maximum`, or the least one where it is -inf.
Value emitReference(KernelBuilder &kb, Value maximum);

/// lse = reference + log(sum), -inf for a sum of 0.
Value emitLse(KernelBuilder &kb, Value reference, Value sum);

/// 1 / sum, 0 for a sum of 0.
Value emitInverse(KernelBuilder &kb, Value sum);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_TERMS_H
