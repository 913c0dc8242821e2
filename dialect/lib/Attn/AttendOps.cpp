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
  if (auto document = dyn_cast<MaskDocumentOp>(maskOp.getOperation())) {
    auto check = [&](Value table, StringRef name, RankedTensorType side,
                     StringRef letters) -> LogicalResult {
      RankedTensorType ids = tensorOf(table);
      if (agree(ids.getDimSize(0), side.getDimSize(0)) &&
          agree(ids.getDimSize(1), side.getDimSize(2)))
        return success();
      InFlightDiagnostic diag =
          op.emitOpError() << "expects '" << name << "' of its document mask "
                           << "to be " << letters << " of " << side
                           << " but got " << ids;
      diag.attachNote(document.getLoc()) << "the mask is made here";
      return diag;
    };
    if (failed(check(document.getQueryIds(), "queryIds", q, "[B, Lq]")) ||
        failed(check(document.getKeyIds(), "keyIds", k, "[B, Lk]")))
      return failure();
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

LogicalResult RouteOp::verify() {
  // route-C3
  if (failed(verifyStream(*this, *getStreamOperands(getStream()))))
    return failure();
  // route-C1
  for (AffineMap map : {getLower(), getUpper(), getFullLower(), getFullUpper()})
    if (map.getNumDims() != 2 || map.getNumSymbols() != 2 ||
        map.getNumResults() < 1)
      return emitOpError()
             << "expects bounds (q0, q1)[Lq, Lk] -> (...) with one "
                "result or more but got "
             << AffineMapAttr::get(map);
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
