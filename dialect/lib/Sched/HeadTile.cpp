//===- HeadTile.cpp - Query heads that share a tile -----------------------===//

#include "attn/dialect/Sched/HeadTile.h"

#include "attn/dialect/Attn/AttendRules.h"
#include "attn/dialect/Attn/Regions.h"

using namespace mlir;

namespace attn {
namespace {

int64_t countHeads(Value tensor, Value lengths) {
  return cast<RankedTensorType>(tensor.getType())
      .getDimSize(TokenAxes(isPacked(lengths)).head());
}

bool readOneKeyHead(int64_t queryHeads, const StreamOperands &stream,
                    int64_t heads) {
  if (!stream.heads)
    return queryHeads / countHeads(stream.k, stream.lengths) % heads == 0;
  for (int64_t h = 0; h < queryHeads; ++h)
    if ((*stream.heads)[h] != (*stream.heads)[h / heads * heads])
      return false;
  return true;
}

bool readsHead(Region &region, RegionKind kind) {
  return !region.empty() &&
         !region.getArgument(getFirstIndex(kind) + 1).use_empty();
}

} // namespace

std::optional<std::string> findHeadTileFault(FoldOpInterface fold, int64_t rows,
                                             int64_t heads) {
  if (heads == 1)
    return std::nullopt;
  int64_t queryHeads = countHeads(fold.getQ(), fold.getLengths());
  if (heads < 1 || rows % (heads * kWarpRows))
    return "a tile has " + std::to_string(rows) +
           " rows, which are not multiples of 16 per head";
  if (ShapedType::isDynamic(queryHeads) || queryHeads % heads)
    return "the number of query heads is no known multiple of it";
  for (Value made : fold.getStreams()) {
    if (!readOneKeyHead(queryHeads, *getStreamOperands(made), heads))
      return "neighbours read several key heads";
    auto route = made.getDefiningOp<RouteOp>();
    if (route && (readsHead(route.getVisible(), RegionKind::Visible) ||
                  readsHead(route.getBounds(), RegionKind::Bounds) ||
                  readsHead(route.getClassify(), RegionKind::Classify)))
      return "a mask reads the number of the head";
  }
  if (readsHead(fold.getScore(), RegionKind::Score))
    return "the score region reads the number of the head";
  return std::nullopt;
}

int64_t getHeadTile(FoldOpInterface fold, int64_t rows) {
  for (int64_t heads = rows / kWarpRows; heads > 1; --heads)
    if (!findHeadTileFault(fold, rows, heads))
      return heads;
  return 1;
}

} // namespace attn
