//===- PairWeights.h - Weights of a block of lanes, rounded -----*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_PAIRWEIGHTS_H
#define ATTN_CODEGEN_CPU_PAIRWEIGHTS_H

#include "Logits.h"

#include <optional>

namespace attn::cpu {

/// P^T in pairs of keys from the logits of a group; what it adds to sums. The
/// numbers of a group go from pair to pair in a state of vectors.
class PairWeights {
public:
  using State = llvm::SmallVectorImpl<Value>;

  /// \param to tiles of P^T: [keyTile / 32][vectors].
  /// \param products makes logits of what S^T has; none: it has logits. With
  /// it the state has the largest exponents, too.
  PairWeights(FoldTask &task, const KeyStream &stream, LaneGroup group,
              Value to, std::optional<LogitEmitter> products = std::nullopt);

  /// Loads maxima and sums.
  llvm::SmallVector<Value> begin();
  /// Keys 2 * pair and 2 * pair + 1, pair = from + offset: addresses of
  /// neighbours have one register.
  void emitPair(Value from, int64_t offset, State &state);
  /// Pairs from number `first` on.
  void emitFrom(int64_t first, State &state);
  /// Whether some exponent is `limit` or more, i1.
  Value reaches(llvm::ArrayRef<Value> state, float limit);
  /// Stores sums.
  void end(llvm::ArrayRef<Value> state);
  /// Raises task.pairs.largest, if there is one.
  void keepLargest(llvm::ArrayRef<Value> state);

private:
  llvm::SmallVector<Value> emitKey(Value from, int64_t offset, State &state);
  Value emitWeight(Value exponent, int64_t j, State &state);
  Value integers(int64_t value);
  bool findsLargest() const { return products || task.pairs.largest; }
  /// Rows of scratch that the state holds.
  llvm::SmallVector<Value> getRows() const;

  FoldTask &task;
  KernelBuilder &kb;
  const KeyStream &stream;
  LaneGroup group;
  Value logits, to;
  std::optional<LogitEmitter> products;
  llvm::SmallVector<Value> negated; ///< Maxima.
};

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_PAIRWEIGHTS_H
