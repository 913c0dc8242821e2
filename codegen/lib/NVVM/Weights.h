//===- Weights.h - From logits to weights -----------------------*- C++ -*-===//
//
// What happens to a fragment of logits: the score and mask holes, then the
// online softmax. Element 4 j + 2 r + c of a thread is row 16 w + l / 4 + 8 r
// and column 8 j + 2 (l mod 4) + c of the warpgroup's tile (warp w, lane l).
//
// Source: Milakov and Gimelshein 2018 (arXiv:1805.02867), algorithm 3, with
// base 2: exp(x - m) = 2^(x f - m f).
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_NVVM_WEIGHTS_H
#define ATTN_CODEGEN_LIB_NVVM_WEIGHTS_H

#include "Cta.h"
#include "RegionTarget.h"

#include <memory>

namespace attn::nvptx {

/// What a thread knows about its two rows.
struct RowState {
  Value maximum[2]; ///< Of the logits as `factor` scales them; finite at first.
  Value sum[2];     ///< Of this thread's columns only.
  Value rescale[2]; ///< Of what was summed before the last softmax.
};

class Weights {
public:
  /// Emits what depends on the rows of this thread. \param consumer number of
  /// the consumer warpgroup, i32.
  Weights(Cta &cta, Value consumer);

  RowState getEmptyState();
  /// Scales and modifies; nothing where the scale folds into the softmax.
  void score(llvm::SmallVectorImpl<Value> &s, Value tile);
  /// Hides keys, evaluating the predicate for every element.
  void mask(llvm::SmallVectorImpl<Value> &s, Value tile);
  void softmax(llvm::SmallVectorImpl<Value> &s, RowState &state);

  /// Sum over the four threads of a row, maximum as a natural logit.
  Value getTotal(Value sum);
  Value getNaturalMaximum(Value maximum);

  /// Computes `rows` and `column` anew at the insertion point, so that they
  /// need no registers in between.
  void locate();

  Value rows[2]; ///< Of this thread: query indices, i32.
  Value column;  ///< Of this thread's first element in a tile: 2 (l mod 4).

private:
  /// Runs `body` for column groups of 8, `first` to `end`, of the fragment. If
  /// `region` reads tables by key it does so in pieces, each a block of its
  /// own, so that not all loads are in flight at once; pieces beyond the length
  /// are left out, and `hide` tells whether they become -inf.
  void forColumns(llvm::SmallVectorImpl<Value> &s, Value tile,
                  RegionEmitter *region, bool hide,
                  llvm::function_ref<void(int64_t)> body);
  /// Index of the key in column 8 j + c of the fragment.
  Value getKey(Value tile, int64_t j, int64_t c);
  Value clampKey(Value key);
  std::unique_ptr<RegionEmitter>
  makeRegion(mlir::Region &region, RegionKind kind, ValueRange captures);

  Cta &cta;
  KernelBuilder &kb;
  Value consumer;
  NvvmRegionTarget target;
  std::unique_ptr<RegionEmitter> scoreRegion, visible;
  bool isScaled; ///< Logits are scaled by `score`, not in the softmax.
  double factor; ///< Of the exponent, base 2.
};

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_WEIGHTS_H
