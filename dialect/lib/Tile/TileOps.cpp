//===- TileOps.cpp - Verifiers of the attn_tile dialect -------------------===//

#include "attn/dialect/Attn/AttendRules.h"
#include "attn/dialect/Attn/Regions.h"
#include "attn/dialect/Tile/Tile.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "attn/dialect/Tile/TileOps.cpp.inc"

namespace attn::tile {
namespace {

// fold-C1, merge-C1, summarize-C2
LogicalResult verifyTile(Operation *op, StringRef name, uint64_t size) {
  if (static_cast<int64_t>(size) >= 1)
    return success();
  return op->emitOpError() << "expects '" << name << "' of 1 or more but got "
                           << static_cast<int64_t>(size);
}

} // namespace

LogicalResult FoldOp::verify() {
  if (failed(verifyTile(*this, "query_tile", getQueryTile())) ||
      failed(verifyTile(*this, "key_tile", getKeyTile())))
    return failure();
  // fold-C2
  if (!getScale().isFinite())
    return emitOpError() << "expects a finite 'scale' but got "
                         << getScale().convertToDouble();
  // fold-C3
  for (Value stream : getStreams())
    if (!stream.getDefiningOp<RouteOp>())
      return emitOpError() << "expects streams to be made by attn.route in the "
                              "same function";
  // fold-C4
  if (failed(verifyFold(*this)))
    return failure();
  // fold-C5
  if (failed(
          verifyOperandLengths(*this, getOperandLengths(), getOut().getType())))
    return failure();
  if (getScore().empty())
    return success();
  return verifyRegion(*this, getScore(), RegionKind::Score,
                      getCaptures().getTypes());
}

LogicalResult MergeOp::verify() {
  // merge-C1
  if (failed(verifyTile(*this, "rows", getRows())))
    return failure();
  // merge-C2
  if (failed(verifyMerge(*this, getStates(), getOut().getType(),
                         getLse() ? getLse().getType() : Type())))
    return failure();
  // merge-C3
  return verifyOperandLengths(*this, getOperandLengths(), getOut().getType());
}

LogicalResult SummarizeOp::verify() {
  auto table = cast<RankedTensorType>(getTable().getType());
  // summarize-C1
  if (table.getRank() != 2 || !table.getElementType().isInteger(32))
    return emitOpError()
           << "expects 'table' of shape [B, L] and element type i32 "
              "but got "
           << table;
  if (failed(verifyTile(*this, "tile", getTile())))
    return failure();
  // summarize-C3
  if (getMin().getType() != table)
    return emitOpError() << "expects 'min' and 'max' of type " << table
                         << " but got " << getMin().getType();
  return success();
}

} // namespace attn::tile
