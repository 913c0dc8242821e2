//===- FoldShape.h - What is constant in the kernel of a fold ---*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_FOLDSHAPE_H
#define ATTN_CODEGEN_CPU_FOLDSHAPE_H

#include "Variant.h"

#include "attn/dialect/Attn/AttendRules.h"
#include "attn/dialect/Tile/Tile.h"

namespace attn::cpu {

/// One stream of a fold.
struct StreamShape {
  StreamShape(tile::FoldOp fold, mlir::Value stream);

  RouteOp route;
  /// Key head of every query head; else `h / headGroup`.
  std::optional<llvm::ArrayRef<int64_t>> heads;
  int64_t headGroup; ///< Neighbouring query heads that share a key head.

  bool hasVisible() const;
  bool hasClassify() const;
  /// Bounds or classes read tables by rows or keys, which are made for tiles of
  /// the fold.
  bool boundsAreOfTiles() const;
  bool classesAreOfTiles() const;
  /// A row may meet several tiles that a mask cuts through: more than the last
  /// of a causal one.
  bool masksOften() const;
};

/// Tiles of keys that are passed over at once, or walked by one block of lanes
/// after the other.
constexpr int64_t kRunTiles = 8;

/// Sizes and types of a fold that code generation may rely on.
struct FoldShape {
  FoldShape(tile::FoldOp fold, CpuVariant variant);

  tile::FoldOp fold;
  llvm::SmallVector<StreamShape> streams;
  TokenAxes axes;        ///< Of q and the results.
  int64_t headSize;      ///< D
  int64_t valueHeadSize; ///< Dv
  int64_t queryRows;     ///< Rows of a tile of queries.
  int64_t mostTiles = 1; ///< That a task has; more than one only if not packed.
  int64_t queryTile;     ///< Rows of a task in whole vectors: the lanes of all.
  int64_t keyTile;
  /// Query heads n * headGroup .. (n + 1) * headGroup - 1 share the key head of
  /// the first stream.
  int64_t headGroup;
  mlir::Type elementType;
  bool hasScore;
  double scale;

  /// The same fold by tiles of `rows` rows.
  FoldShape withRows(int64_t rows) const;

  bool hasMass() const;
  /// Tiles may have the sizes for packed pairs: bounds and classes can be
  /// asked.
  bool fitsBlocks() const;
  /// Rows of a tensor are found through a layout.
  bool findsTokens() const;
  /// Sums of weights are results, or meet states and sinks: if weights are
  /// rounded, there are sums of the exact ones, too.
  bool needsExactSums() const;
  /// Sums of weights of a row: one, or one per stream.
  unsigned numSums() const { return hasMass() ? streams.size() : 1; }
  /// The state of a row is a result.
  bool givesState() const;
  /// Something enters the normaliser when it is closed: states or a sink.
  bool hasTerms() const;
  /// One unit of maxima in log2. They are natural where a score region wants
  /// logits so, but for packed pairs.
  float log2OfUnit() const;
  /// From a product of q and k to a logit.
  float getQueryFactor() const;
  /// One unit of maxima in natural logarithm.
  float unit() const;
  /// K and V are read in place: full tiles of f32.
  bool readsInPlace() const { return elementType.isF32(); }

  /// Products are those of packed pairs (Pair*.h): bf16 in variants v4bf16 and
  /// amx, rows
  /// not found through a layout.
  bool usesPairs;
  /// Products of pairs save more than packing and tiles of 128 keys cost: tiles
  /// are not small, nor are there few keys. Tile registers always do.
  bool isWorthPacking() const;
  bool usesTiles; ///< By tile registers; otherwise by vectors of pairs.
  /// Of few rows (RowProducts.h): pairs are those of channels, then of keys.
  bool hasRowPairs = false;
  /// Chunks of 32 that D and a tile of keys take up there.
  int64_t getHeadChunks() const;
  int64_t getKeyChunks() const;
  /// Rows of S^T, at least a tile of keys, and of O^T, at least Dv: what
  /// products write.
  int64_t getLogitRows() const;
  int64_t getOutputRows() const;
  /// Lanes from row to row of S^T and O^T: those of a block. Blocks of O^T
  /// follow each other, S^T has one if there are several.
  int64_t lanePitch;
  bool hasBlocks() const { return lanePitch != queryTile; }
  /// Elements of K, V^T and P^T of a tile of keys, whole tiles.
  int64_t getKeyElements() const;
  int64_t getValueElements() const;
  int64_t getWeightElements() const;
  int64_t getTileElements() const {
    return getKeyElements() + getValueElements();
  }
  /// S^T stays without the factor of q and k; weights apply it.
  bool keepsProducts() const {
    return usesPairs && !hasScore && getQueryFactor() != 0;
  }
  /// From what S^T holds when it is weighed to units of maxima.
  float getWeighedFactor() const;
  /// Softmax of a block of lanes goes between the products of tile registers
  /// (PairKernel.cpp).
  bool overlaps() const { return usesTiles && hasBlocks(); }
};

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_FOLDSHAPE_H
