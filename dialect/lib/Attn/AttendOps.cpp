//===- AttendOps.cpp - Attend family: verifiers ---------------------------===//

#include "attn/dialect/Attn/AttendRules.h"
#include "attn/dialect/Attn/Regions.h"

#include "mlir/IR/TypeUtilities.h"

#include <cmath>

using namespace mlir;

namespace attn {
namespace {

RankedTensorType tensorOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

bool isAttentionElement(Type type) {
  return type.isF32() || type.isF16() || type.isBF16();
}

/// Do two sizes agree? A dynamic size matches any.
bool agree(int64_t lhs, int64_t rhs) {
  return ShapedType::isDynamic(lhs) || ShapedType::isDynamic(rhs) || lhs == rhs;
}

// attend-C3
LogicalResult verifyHeads(Operation *op, int64_t hq, int64_t hk) {
  bool isStatic = !ShapedType::isDynamic(hq) && !ShapedType::isDynamic(hk);
  if (ShapedType::isDynamic(hq) && ShapedType::isDynamic(hk))
    return success();
  if (isStatic && hk > 0 && hq % hk == 0)
    return success();
  auto text = [](int64_t size) {
    return ShapedType::isDynamic(size) ? std::string("?")
                                       : std::to_string(size);
  };
  return op->emitOpError() << "expects Hk to divide Hq, both static, or both "
                              "dynamic, but got Hq = "
                           << text(hq) << " and Hk = " << text(hk);
}

/// Expects `type` to be compatible with `shape` and `element`.
LogicalResult verifyResult(Operation *op, StringRef name, Type type,
                           ArrayRef<int64_t> shape, Type element,
                           StringRef letters) {
  auto expected = RankedTensorType::get(shape, element);
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (tensor && tensor.getElementType() == element &&
      succeeded(verifyCompatibleShape(expected, tensor)))
    return success();
  InFlightDiagnostic diag = op->emitOpError()
                            << "expects '" << name << "' of type " << expected
                            << " but got " << type;
  diag.attachNote() << "'" << name << "' is " << letters;
  return diag;
}

} // namespace

std::optional<StreamOperands> getStreamOperands(Value stream) {
  using Tensor = TypedValue<RankedTensorType>;
  if (auto op = stream.getDefiningOp<StreamOp>())
    return StreamOperands{cast<Tensor>(op.getK()), cast<Tensor>(op.getV())};
  if (auto op = stream.getDefiningOp<RouteOp>())
    return StreamOperands{cast<Tensor>(op.getK()), cast<Tensor>(op.getV())};
  return std::nullopt;
}

LogicalResult verifyStreamShapes(Operation *op, Value k, Value v) {
  RankedTensorType kType = tensorOf(k), vType = tensorOf(v);
  // stream-C1
  if (kType.getRank() != 4 || vType.getRank() != 4)
    return op->emitOpError()
           << "expects 'k' [B, Hk, Lk, D] and 'v' [B, Hk, Lk, "
              "Dv] of rank 4 but got "
           << kType << " and " << vType;
  if (kType.getElementType() != vType.getElementType() ||
      !isAttentionElement(kType.getElementType()))
    return op->emitOpError()
           << "expects 'k' and 'v' of one element type, f32, f16 or bf16, but "
              "got "
           << kType.getElementType() << " and " << vType.getElementType();
  // stream-C2
  for (unsigned axis = 0; axis < 3; ++axis)
    if (!agree(kType.getDimSize(axis), vType.getDimSize(axis)))
      return op->emitOpError()
             << "expects 'k' and 'v' to agree in B, Hk and Lk but got " << kType
             << " and " << vType;
  // stream-C3
  for (RankedTensorType type : {kType, vType})
    if (type.isDynamicDim(3) || type.getDimSize(3) < 1)
      return op->emitOpError()
             << "expects a static head size of 1 or more but got " << type;
  return success();
}

LogicalResult verifyFoldShapes(Operation *op, Value q, Value stream, Type out,
                               Type lse) {
  // attend-C10
  std::optional<StreamOperands> keys = getStreamOperands(stream);
  if (!keys)
    return op->emitOpError() << "expects 'stream' to be made by attn.stream or "
                                "attn.route in the same function";
  RankedTensorType qType = tensorOf(q), kType = keys->k.getType(),
                   vType = keys->v.getType();
  // attend-C1
  if (qType.getRank() != 4)
    return op->emitOpError()
           << "expects 'q' [B, Hq, Lq, D] of rank 4 but got " << qType;
  if (qType.getElementType() != kType.getElementType())
    return op->emitOpError() << "expects 'q' of the stream's element type "
                             << kType.getElementType() << " but got " << qType;
  // attend-C2
  if (qType.getDimSize(3) != kType.getDimSize(3))
    return op->emitOpError()
           << "expects 'q' and 'k' of one head size D but got " << qType
           << " and " << kType;
  if (failed(verifyHeads(op, qType.getDimSize(1), kType.getDimSize(1))))
    return failure();
  // attend-C4
  if (!agree(qType.getDimSize(0), kType.getDimSize(0)))
    return op->emitOpError()
           << "expects 'q' and 'k' of one batch size B but got " << qType
           << " and " << kType;
  // attend-C5
  SmallVector<int64_t> shape(qType.getShape());
  shape[3] = vType.getDimSize(3);
  if (failed(verifyResult(op, "out", out, shape, qType.getElementType(),
                          "[B, Hq, Lq, Dv] of the element type of 'q'")))
    return failure();
  // attend-C6
  if (!lse)
    return success();
  return verifyResult(op, "lse", lse, ArrayRef(shape).drop_back(),
                      Float32Type::get(op->getContext()),
                      "[B, Hq, Lq] of f32, one value per query row");
}

//===----------------------------------------------------------------------===//
// StreamOp
//===----------------------------------------------------------------------===//

LogicalResult StreamOp::verify() {
  if (failed(verifyStreamShapes(*this, getK(), getV())))
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
  return 1.0 / std::sqrt(static_cast<double>(tensorOf(getQ()).getDimSize(3)));
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
  if (failed(verifyFoldShapes(*this, getQ(), getStream(), getOut().getType(),
                              getLse() ? getLse().getType() : Type())))
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
  auto stream = getStream().getDefiningOp<StreamOp>();
  if (!stream || !stream.getMask() ||
      !stream.getMask().getDefiningOp<MaskOpInterface>())
    return success();
  return verifyTables(*this, stream.getMask(), *getStreamOperands(getStream()));
}

//===----------------------------------------------------------------------===//
// RouteOp
//===----------------------------------------------------------------------===//

LogicalResult RouteOp::verify() {
  if (failed(verifyStreamShapes(*this, getK(), getV())))
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
