//===- FoldShape.cpp - What is constant in the kernel of a fold -----------===//

#include "FoldShape.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace attn::cpu;

FoldShape::FoldShape(tile::FoldOp fold)
    : route(fold.getStreams().front().getDefiningOp<RouteOp>()),
      queryTile(fold.getQueryTile()), keyTile(fold.getKeyTile()),
      hasScore(!fold.getScore().empty()),
      hasVisible(!route.getVisible().empty()),
      hasClassify(!route.getClassify().empty()),
      scale(fold.getScale().convertToDouble()) {
  auto q = cast<RankedTensorType>(fold.getQ().getType());
  auto k = cast<RankedTensorType>(route.getK().getType());
  auto v = cast<RankedTensorType>(route.getV().getType());
  elementType = q.getElementType();
  headSize = q.getDimSize(3);
  valueHeadSize = v.getDimSize(3);
  // Both dynamic means equal (attend-C3).
  queriesPerKey = q.isDynamicDim(1) ? 1 : q.getDimSize(1) / k.getDimSize(1);
}

int64_t ScratchLayout::add(int64_t bytes) {
  int64_t offset = size;
  size += llvm::alignTo(bytes, 64);
  return offset;
}
