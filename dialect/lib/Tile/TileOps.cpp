//===- TileOps.cpp - Verifiers of the attn_tile dialect -------------------===//

#include "attn/dialect/Attn/AttendRules.h"
#include "attn/dialect/Attn/Regions.h"
#include "attn/dialect/Tile/Tile.h"

#include "llvm/Support/MathExtras.h"

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

// fold-C6
LogicalResult verifySplit(FoldOp op) {
  SplitAttr split = op.getSplit().value_or(SplitAttr());
  if (!split != !op.getParts())
    return op.emitOpError() << "expects 'split' and 'parts' together";
  if (!split)
    return success();
  auto parts = cast<RankedTensorType>(op.getParts().getType());
  if (parts.getRank() != 4 || parts.getNumDynamicDims() != 4 ||
      !parts.getElementType().isF32())
    return op.emitOpError()
           << "expects 'parts' of type tensor<?x?x?x?xf32> but got " << parts;
  if (isPacked(op.getLengths()))
    return op.emitOpError() << "expects no 'split' of packed queries";
  for (int64_t number :
       {split.getRows(), split.getHeads(), split.getKeys(), split.getTasks()})
    if (number < 1)
      return op.emitOpError()
             << "expects numbers of 1 or more in 'split' but got " << number;
  int64_t heads = cast<RankedTensorType>(op.getQ().getType())
                      .getDimSize(TokenAxes(false).head());
  bool divides = ShapedType::isDynamic(heads) ? split.getHeads() == 1
                                              : heads % split.getHeads() == 0;
  if (divides)
    return success();
  return op.emitOpError() << "expects 'heads' of 'split' to divide the query "
                             "heads but got "
                          << split.getHeads();
}

} // namespace

int64_t getPartNumbers(FoldOp fold) {
  auto out = cast<RankedTensorType>(fold.getOut().getType());
  int64_t sums = fold.getMass().empty() ? 1 : fold.getStreams().size();
  int64_t values = llvm::alignTo(out.getShape().back(), kPartAlignment);
  return fold.getSplit()->getRows() * (1 + sums + values);
}

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
  if (failed(verifySplit(*this)))
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
