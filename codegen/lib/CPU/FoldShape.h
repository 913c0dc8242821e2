//===- FoldShape.h - What is constant in the kernel of a fold ---*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_FOLDSHAPE_H
#define ATTN_CODEGEN_CPU_FOLDSHAPE_H

#include "Variant.h"

#include "attn/dialect/Tile/Tile.h"

namespace attn::cpu {

/// Sizes and types of a fold that code generation may rely on.
struct FoldShape {
  FoldShape(tile::FoldOp fold);

  RouteOp route;
  int64_t headSize;      ///< D
  int64_t valueHeadSize; ///< Dv
  int64_t queryTile;     ///< Rows of a task: the lanes of all vectors.
  int64_t keyTile;
  int64_t queriesPerKey; ///< G = Hq / Hk
  mlir::Type elementType;
  bool hasScore, hasVisible, hasClassify;
  double scale;

  /// K and V are read in place: full tiles of f32.
  bool readsInPlace() const { return elementType.isF32(); }
};

/// Offsets of a worker's scratch, handed out one after the other.
class ScratchLayout {
public:
  /// Offset of `bytes` new bytes, a multiple of 64.
  int64_t add(int64_t bytes);
  int64_t getSize() const { return size; }

private:
  int64_t size = 0;
};

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_FOLDSHAPE_H
