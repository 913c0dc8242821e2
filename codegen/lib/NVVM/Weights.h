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

#include "KeyTiles.h"
#include "RowMaskEmitter.h"

#include <array>

namespace attn::nvptx {

/// What a thread knows about its two rows.
struct RowState {
  Value maximum[2]; ///< Of the logits as `factor` scales them; finite at first.
  Value rescale[2]; ///< Of what was summed before the last softmax.
  Value isRescaled; ///< Some `rescale` of the warp is not 1; null: unknown.
  /// Of this thread's columns only: of all streams, or of each where the op
  /// gives their masses.
  llvm::SmallVector<std::array<Value, 2>, 1> sums;
};

class Weights {
public:
  /// Emits what depends on the rows of this thread. \param consumer number of
  /// the consumer warpgroup, i32. \param tiles the key tiles it visits.
  Weights(Cta &cta, KeyTiles &tiles, Value consumer);

  RowState getEmptyState();
  // `at` is the position of the key tile.
  /// Scales and modifies; nothing where the scale folds into the softmax.
  void score(llvm::SmallVectorImpl<Value> &s, Value at);
  /// Hides keys: by words where limits of the key say it, else evaluating
  /// predicates for every element.
  void mask(llvm::SmallVectorImpl<Value> &s, Value at);
  void softmax(llvm::SmallVectorImpl<Value> &s, RowState &state, Value at);

  /// Sum over the four threads of a row, maximum as a natural logit.
  Value getTotal(Value sum);
  Value getNaturalMaximum(Value maximum);

  /// Computes `rows` and `column` anew at the insertion point, so that they
  /// need no registers in between.
  void locate();

  Value rows[2]; ///< Of this thread: query indices, i32.
  Value head;    ///< Of these rows, i32.
  Value column;  ///< Of this thread's first element in a tile: 2 (l mod 4).

private:
  /// The regions that apply to one stream.
  struct StreamRegions {
    StreamRegions(Cta &cta, const KeyStream &stream)
        : stream(stream), target(cta, stream) {}
    const KeyStream &stream;
    NvvmRegionTarget target;
    std::unique_ptr<RegionEmitter> score;
    std::unique_ptr<RowMaskEmitter> mask;
    /// By RegionKind: pairs of what it reads by key may be loaded as one.
    Value isAligned[2];
  };

  /// Runs `body` with the stream at position `at`, whose region of `kind` is
  /// made. With several streams it is made here, so that no row values hold
  /// registers in between; else once, where the kernel begins.
  void forRegions(RegionKind kind, llvm::SmallVectorImpl<Value> &s, Value at,
                  llvm::function_ref<void(StreamRegions &, Value)> body);
  void make(RegionKind kind, StreamRegions &of);

  /// Runs `body` for column groups of 8 of the fragment, and tells it whether
  /// all keys of the tile are there. If `region` reads tables by key they are
  /// two ways: one for tiles inside of the length, whose addresses are the
  /// first one plus constants; and one that reads within the length, in pieces,
  /// each a block of its own, so that not all loads are in flight at once.
  /// Pieces beyond the length are left out, and `hide` tells whether they
  /// become -inf. `body` gets the first group, how many, the thread's first
  /// key, and that.
  using ColumnBody = llvm::function_ref<void(int64_t, int64_t, Value, bool)>;
  void forColumns(llvm::SmallVectorImpl<Value> &s, Value tile,
                  StreamRegions &of, RegionKind kind, bool hide,
                  ColumnBody body);
  void forPieces(llvm::SmallVectorImpl<Value> &s, Value tile, StreamRegions &of,
                 RegionEmitter &region, bool hide, ColumnBody body);
  RegionEmitter *getRegion(StreamRegions &of, RegionKind kind);
  /// Makes the key of element `e` of a row what `region` reads.
  void beginKey(RegionEmitter *region, StreamRegions &of, Value first,
                int64_t e, bool isInside);
  void scoreTile(llvm::SmallVectorImpl<Value> &s, Value tile,
                 StreamRegions &of);
  void maskTile(llvm::SmallVectorImpl<Value> &s, Value tile, StreamRegions &of);
  /// Row `r` of this thread, the last row instead of those beyond the length:
  /// they compute what it does and are not stored.
  Value getQuery(unsigned r);
  /// What weights of a row are relative to after a tile with `maximum`, where
  /// it was `before`: lags behind where `isLazy`.
  Value getReference(Value before, Value maximum);
  /// Adds the weights of the tile at `at` to the sum of its stream, for row
  /// `r`.
  void addToSums(Value ofTile, unsigned r, RowState &state, Value at);
  /// The key of this thread's first column.
  Value getFirstKey(Value tile);
  Cta &cta;
  KernelBuilder &kb;
  KeyTiles &tiles;
  Value consumer;
  llvm::SmallVector<std::unique_ptr<StreamRegions>, 1> regions; ///< By stream.
  bool isScaled; ///< Logits are scaled by `score`, not in the softmax.
  double factor; ///< Of the exponent, base 2.
  bool isLazy; ///< The rescale is skipped where it can be: with one stream. The
               ///< regions of several leave no registers for a second way.
};

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_WEIGHTS_H
