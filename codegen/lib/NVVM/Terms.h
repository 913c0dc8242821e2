//===- Terms.h - What enters a normaliser when it is closed -----*- C++ -*-===//
//
// States and sinks are terms: a logit x, a sum l and a row of values a. With M
// the largest of the streams' maximum m and the x, and f = exp(m - M),
// w = exp(x - M):
//
//   L = f l_streams + sum w l            acc = f O + sum w a
//   out = acc / L                        lse = M + log L
//
// A logit of -inf or a sum of 0 is no key, whatever the values hold; a logit of
// +inf or NaN gives NaN. Logits are natural; one thread or a warp per row.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_NVVM_TERMS_H
#define ATTN_CODEGEN_LIB_NVVM_TERMS_H

#include "Sequences.h"

#include "attn/dialect/Attn/Attn.h"

namespace attn::nvptx {

/// A normaliser without its division.
struct ClosedRow {
  Value maximum; ///< M; -inf: no key.
  Value sum;     ///< L
  Value factor;  ///< f, of what streams accumulated.
  Value inverse; ///< 1 / L, 0 for no key.
  Value lse;     ///< -inf for no key.
};

class Terms {
public:
  Terms(KernelBuilder &kb, KernelArguments &args) : kb(kb), args(args) {}

  /// The state of row `row` of `head`.
  void addState(StateOp state, const Tokens &tokens, Value head, Value row);
  /// One more key with value 0; `sink` is `[Hq]`.
  void addSink(Value sink, Value head);

  /// Fixes M and the weights. `maximum` and `sum` are those of the streams,
  /// null for none.
  ClosedRow close(Value maximum, Value sum);

  /// `value` and the terms' values of channel `channel`, i32, times their
  /// weights. `value` may be null: 0.
  Value addValues(Value value, Value channel);

private:
  struct Term {
    Value logit;  ///< -inf: no key.
    Value sum;    ///< Null: 1.
    Value values; ///< Address of channel 0; null: 0.
    Type element; ///< Of the values.
    Value weight; ///< Known when closed.
  };

  Value isEqual(Value x, float constant);
  Value loadNumber(Value tensor, const Tokens &tokens, Value head, Value row);
  Value getWeight(Value logit, Value reference);

  KernelBuilder &kb;
  KernelArguments &args;
  llvm::SmallVector<Term> terms;
};

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_TERMS_H
