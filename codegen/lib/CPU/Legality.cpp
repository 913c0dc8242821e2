//===- Legality.cpp - What the CPU target can lower -----------------------===//

#include "Variant.h"

#include "attn/codegen/Kernel/RegionOps.h"
#include "attn/dialect/Attn/AttendRules.h"
#include "attn/dialect/Tile/Tile.h"

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

namespace {

/// Every variant must fit: tiles of queries are whole vectors of the longest.
LogicalResult checkTiles(tile::FoldOp fold) {
  int64_t lanes = 0;
  for (CpuVariant variant : getCpuVariants())
    lanes = std::max(lanes, getVariantInfo(variant).lanes);
  int64_t query = fold.getQueryTile();
  if (query % lanes == 0)
    return success();
  return fold.emitOpError()
         << "expects a 'query_tile' that is a multiple of " << lanes
         << ", the vector length of variant v4, but got " << query;
}

LogicalResult checkRegions(Operation *op) {
  for (Region &region : op->getRegions())
    if (failed(checkRegionOps(region, "cpu")))
      return failure();
  return success();
}

/// What no kernel computes yet.
LogicalResult checkForm(tile::FoldOp fold) {
  StreamOperands keys = *getStreamOperands(fold.getStreams().front());
  StringRef what = fold.getStreams().size() > 1        ? "several streams"
                   : !fold.getStates().empty()         ? "states"
                   : fold.getSink()                    ? "a sink"
                   : !fold.getMass().empty()           ? "a mass"
                   : !fold.getState().empty()          ? "a state result"
                   : fold.getLengths() || keys.lengths ? "lengths"
                   : keys.heads                        ? "a head map"
                                                       : "";
  if (what.empty())
    return success();
  return fold.emitOpError()
         << "has " << what << ", which target cpu does not compute yet";
}

} // namespace

LogicalResult attn::checkCpuLegality(Operation *op) {
  if (isa<tile::SummarizeOp>(op))
    return success();
  auto fold = dyn_cast<tile::FoldOp>(op);
  if (!fold)
    return op->emitOpError() << "has no CPU kernel; expected attn_tile.fold or "
                                "attn_tile.summarize";
  if (failed(checkForm(fold)) || failed(checkTiles(fold)) ||
      failed(checkRegions(fold)))
    return failure();
  return checkRegions(fold.getStreams().front().getDefiningOp());
}
