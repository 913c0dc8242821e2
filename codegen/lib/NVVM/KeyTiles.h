//===- KeyTiles.h - The key tiles a query tile sees -------------*- C++ -*-===//
//
// Hole: the key iterator. Bounds of the route give a range of tiles and the
// range of full tiles inside; `classify` skips tiles and proves others full.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_NVVM_KEYTILES_H
#define ATTN_CODEGEN_LIB_NVVM_KEYTILES_H

#include "Cta.h"
#include "RegionTarget.h"

#include <memory>

namespace attn::nvptx {

class KeyTiles {
public:
  /// Evaluates the bounds at the insertion point.
  explicit KeyTiles(Cta &cta);

  /// The first tile to visit at `tile` or behind; `isEnd` tells whether there
  /// is one.
  TilePoint find(Value tile);
  TilePoint first() { return find(begin); }
  TilePoint next(TilePoint point) { return find(kb.add(point.tile, 1)); }
  Value isEnd(TilePoint point) { return kb.sge(point.tile, end); }
  /// Some pair of the tile may be invisible.
  Value isPartial(TilePoint point);
  bool hasClassify() const { return classify != nullptr; }

private:
  Value evaluate(mlir::AffineMap map, bool isUpper);

  Cta &cta;
  KernelBuilder &kb;
  Value coordinates[4]; ///< q0, q1, Lq, Lk as i64.
  Value begin, end;     ///< Tiles to visit, i32.
  Value fullBegin, fullEnd;
  NvvmRegionTarget target;
  std::unique_ptr<RegionEmitter> classify;
};

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_KEYTILES_H
