//===- Dependence.h - What a value of a region depends on -------*- C++ -*-===//
//
// Lowering splits a region by dependence: {b, h}, {q}, {k}, {q, k}. The first
// three are computed once per head, per row or per key; only the rest is
// computed per pair. One analysis does the split for every target.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_PASSES_DEPENDENCE_H
#define ATTN_PASSES_DEPENDENCE_H

#include "attn/dialect/Attn/Regions.h"

#include "mlir/IR/Value.h"
#include "llvm/ADT/DenseMap.h"

namespace attn {

/// A set of coordinates. Uniform values depend on batch, head and lengths only.
struct Dependence {
  bool query = false; ///< On the query index, or on the logit of the pair.
  bool key = false;   ///< On the key index, or on the logit of the pair.

  bool isUniform() const { return !query && !key; }
  bool isPair() const { return query && key; }
  Dependence operator|(Dependence other) const {
    return {query || other.query, key || other.key};
  }
};

/// Dependence of every value of a score, visible, bounds or classify region:
/// q0, q1 count as the query and k0, k1 as the key.
class DependenceAnalysis {
public:
  DependenceAnalysis(mlir::Region &region, RegionKind kind);

  /// Dependence of `value`, a block argument or op result of the region.
  Dependence get(mlir::Value value) const { return map.lookup(value); }

private:
  llvm::DenseMap<mlir::Value, Dependence> map;
};

} // namespace attn

#endif // ATTN_PASSES_DEPENDENCE_H
