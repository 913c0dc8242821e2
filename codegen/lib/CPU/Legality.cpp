//===- Legality.cpp - What the CPU target can lower -----------------------===//

#include "Variant.h"

#include "attn/codegen/Kernel/RegionOps.h"
#include "attn/dialect/Attn/Layout.h"
#include "attn/dialect/Tile/Tile.h"

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

namespace {

LogicalResult checkRegions(Operation *op) {
  for (Region &region : op->getRegions())
    if (failed(checkRegionOps(region, "cpu")))
      return failure();
  return success();
}

} // namespace

LogicalResult attn::checkCpuLegality(Operation *op) {
  if (isa<tile::MergeOp, tile::SummarizeOp, ReorderOp, RestoreOp>(op))
    return success();
  auto fold = dyn_cast<tile::FoldOp>(op);
  if (!fold)
    return op->emitOpError() << "has no CPU kernel; expected attn_tile.fold, "
                                "attn_tile.merge, attn_tile.summarize, "
                                "attn.reorder or attn.restore";
  if (failed(checkRegions(fold)))
    return failure();
  for (Value stream : fold.getStreams())
    if (failed(checkRegions(stream.getDefiningOp())))
      return failure();
  return success();
}
