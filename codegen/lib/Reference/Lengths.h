//===- Lengths.h - Which tokens of a tensor are sequences -------*- C++ -*-===//
//
// The forms of lengths at one launch: every sequence is a run of tokens on the
// token axis. Numbers that make no sense are clamped as LengthsOps.td says.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_REFERENCE_LENGTHS_H
#define ATTN_CODEGEN_LIB_REFERENCE_LENGTHS_H

#include "attn/codegen/Reference.h"

namespace attn::reference {

/// Where the numbers are.
struct Lengths {
  enum class Form { Full, PerBatch, Packed };
  Form form = Form::Full;
  unsigned table = 0;                     ///< Argument, unless full.
  std::optional<mlir::Location> location; ///< Of the op, unless full.
};

/// Tokens `begin .. end - 1`.
struct TokenRange {
  int64_t begin = 0, end = 0;

  int64_t size() const { return end - begin; }
};

/// Sequences of tensors [B, H, L, ...], packed [H, T, ...].
class Sequences {
public:
  Sequences() = default;

  /// Reads the sequences of `tensors` with `tokens` on their token axis. Full
  /// lengths of packed tensors are one sequence.
  Sequences(const Lengths &lengths, llvm::ArrayRef<Tensor> arguments,
            bool isPacked, int64_t batch, int64_t tokens);

  int64_t getCount() const { return static_cast<int64_t>(ranges.size()); }
  int64_t getLength(int64_t b) const { return ranges[b].size(); }

  /// Rows of sequence `b` that are sequences of `other`, too.
  TokenRange intersect(int64_t b, const Sequences &other) const;

  /// Offset of token `i` of sequence `b`, the rest of the indices 0.
  int64_t getOffset(const Tensor &tensor, int64_t b, int64_t h,
                    int64_t i) const;

private:
  bool isPacked = false;
  std::vector<TokenRange> ranges; ///< On the token axis.
};

} // namespace attn::reference

#endif // ATTN_CODEGEN_LIB_REFERENCE_LENGTHS_H
