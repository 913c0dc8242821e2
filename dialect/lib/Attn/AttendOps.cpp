//===- AttendOps.cpp - Attend family: verifiers ---------------------------===//

#include "attn/dialect/Attn/AttendRules.h"
#include "attn/dialect/Attn/Regions.h"

#include <cmath>

using namespace mlir;

namespace attn {
namespace {
RankedTensorType tensorOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}
} // namespace

//===----------------------------------------------------------------------===//
// StreamOp
//===----------------------------------------------------------------------===//

LogicalResult StreamOp::verify() {
  if (failed(verifyStream(*this, *getStreamOperands(getStream()))))
    return failure();
  // stream-C4
  if (getMask() && !getMask().getDefiningOp<MaskOpInterface>())
    return emitOpError()
           << "expects 'mask' to be made by an attn.mask op in the "
              "same function but got a function argument";
  return success();
}

//===----------------------------------------------------------------------===//
// AttendOp
//===----------------------------------------------------------------------===//

double AttendOp::getScaleValue() {
  if (std::optional<APFloat> scale = getScale())
    return scale->convertToDouble();
  return 1.0 /
         std::sqrt(static_cast<double>(tensorOf(getQ()).getShape().back()));
}

namespace {
// attend-C11
LogicalResult verifyTables(AttendOp op, Value mask, StreamOperands keys) {
  auto maskOp = mask.getDefiningOp<MaskOpInterface>();
  RankedTensorType q = tensorOf(op.getQ()), k = keys.k.getType();
  TokenAxes queryAxes(isPacked(op.getLengths())),
      keyAxes(isPacked(keys.lengths));
  auto sizeOf = [&](TableAxis axis) -> int64_t {
    switch (axis) {
    case TableAxis::Batch:
      return queryAxes.batch() ? q.getDimSize(*queryAxes.batch())
                               : ShapedType::kDynamic;
    case TableAxis::QueryHead:
      return q.getDimSize(queryAxes.head());
    case TableAxis::Query:
      return q.getDimSize(queryAxes.length());
    case TableAxis::Key:
      return k.getDimSize(keyAxes.length());
    }
    llvm_unreachable("unknown axis");
  };
  for (const TableRule &rule : maskOp.getTableRules()) {
    RankedTensorType table = tensorOf(rule.table);
    for (auto [n, axis] : llvm::enumerate(rule.axes)) {
      int64_t found = table.getDimSize(n), size = sizeOf(axis);
      if (ShapedType::isDynamic(found) || ShapedType::isDynamic(size) ||
          rule.allows(n, found, size))
        continue;
      InFlightDiagnostic diag = op.emitOpError()
                                << "expects '" << rule.name << "' of its mask "
                                << "to be " << getLetters(rule) << " of "
                                << (axis == TableAxis::Key ? k : q)
                                << " but got " << table;
      diag.attachNote(maskOp.getLoc()) << "the mask is made here";
      return diag;
    }
  }
  for (Value operand : maskOp->getOperands())
    if (isa<MaskType>(operand.getType()) && operand.getDefiningOp() &&
        failed(verifyTables(op, operand, keys)))
      return failure();
  return success();
}
} // namespace

LogicalResult AttendOp::verify() {
  if (failed(verifyFold(*this)))
    return failure();
  // attend-C7
  if (getScale() && !getScale()->isFinite())
    return emitOpError() << "expects a finite 'scale' but got "
                         << getScale()->convertToDouble();
  // attend-C8, attend-C9
  if (!getScore().empty() &&
      failed(verifyRegion(*this, getScore(), RegionKind::Score,
                          getCaptures().getTypes())))
    return failure();
  for (Value value : getStreams()) {
    auto stream = value.getDefiningOp<StreamOp>();
    if (stream && stream.getMask() &&
        stream.getMask().getDefiningOp<MaskOpInterface>() &&
        failed(
            verifyTables(*this, stream.getMask(), *getStreamOperands(value))))
      return failure();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// RouteOp
//===----------------------------------------------------------------------===//

namespace {
/// Does `value` of a bounds region depend on q0 or q1?
bool dependsOnRows(Value value, Block &bounds) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return argument == bounds.getArgument(2) ||
           argument == bounds.getArgument(3);
  return llvm::any_of(value.getDefiningOp()->getOperands(), [&](Value operand) {
    return dependsOnRows(operand, bounds);
  });
}
} // namespace

LogicalResult RouteOp::verify() {
  // route-C3
  if (failed(verifyStream(*this, *getStreamOperands(getStream()))))
    return failure();
  // route-C1
  if (!getBounds().empty()) {
    if (failed(verifyRegion(*this, getBounds(), RegionKind::Bounds,
                            getCaptures().getTypes())))
      return failure();
    for (ReadOp read : getBounds().getOps<ReadOp>())
      for (Value index : read.getIndices())
        if (dependsOnRows(index, getBounds().front()))
          return read.emitOpError() << "expects indices that depend on batch "
                                       "and head only in a bounds region";
  }
  // route-C2
  if (!getVisible().empty() &&
      failed(verifyRegion(*this, getVisible(), RegionKind::Visible,
                          getCaptures().getTypes())))
    return failure();
  if (!getClassify().empty() &&
      failed(verifyRegion(*this, getClassify(), RegionKind::Classify,
                          getCaptures().getTypes())))
    return failure();
  return success();
}

} // namespace attn
