//===- LayoutOps.cpp - Layout family: verifiers ---------------------------===//

#include "attn/dialect/Attn/AttendRules.h"
#include "attn/dialect/Attn/Layout.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace attn {
namespace {

constexpr unsigned kMostAxes = 3;
constexpr unsigned kMostBits = 16; ///< Of dilations and tiles.

int64_t entryOr(std::optional<ArrayRef<int64_t>> list, unsigned axis,
                int64_t other) {
  return list ? (*list)[axis] : other;
}

// layout.grid-C1
LogicalResult verifyLists(LayoutGridOp op) {
  size_t axes = op.getShape().size();
  if (axes < 1 || axes > kMostAxes)
    return op.emitOpError()
           << "expects 'shape' of one to three axes but got " << axes;
  for (auto [name, list] :
       {std::pair("dilation", op.getDilation()),
        std::pair("tile", op.getTile()), std::pair("shift", op.getShift())})
    if (list && list->size() != axes)
      return op.emitOpError()
             << "expects '" << name << "' of one entry per axis of 'shape', "
             << axes << ", but got " << list->size();
  return success();
}

// layout.grid-C2
LogicalResult verifySizes(LayoutGridOp op) {
  int64_t points = 1;
  for (auto [axis, size] : llvm::enumerate(op.getShape())) {
    if (ShapedType::isDynamic(size))
      continue;
    if (size < 1)
      return op.emitOpError()
             << "expects 'shape' of 1 point or more per axis but got " << size
             << " on axis " << axis;
    if (size > INT32_MAX || (points *= size) > INT32_MAX)
      return op.emitOpError()
             << "expects 'shape' of fewer than 2^31 points but got more";
  }
  return success();
}

/// Rule layout.grid-C2: of an axis that only the launch knows there is a tile
/// of each residue at least.
LogicalResult verifySlots(LayoutGridOp op) {
  int64_t slots = 1;
  for (auto [axis, size] : llvm::enumerate(op.getShape())) {
    int64_t block = op.getAxisTile(axis) * op.getAxisDilation(axis);
    slots *= ShapedType::isDynamic(size) ? block : llvm::alignTo(size, block);
    if (slots > INT32_MAX)
      return op.emitOpError()
             << "expects fewer than 2^31 slots but tiles and dilations up to "
                "axis "
             << axis << " make " << slots << "; make them smaller";
  }
  return success();
}

LogicalResult verifyAxis(LayoutGridOp op, unsigned axis) {
  // layout.grid-C3
  for (auto [name, value] : {std::pair("dilation", op.getAxisDilation(axis)),
                             std::pair("tile", op.getAxisTile(axis))})
    if (value < 1 || !llvm::isUIntN(kMostBits, value))
      return op.emitOpError()
             << "expects '" << name << "' of 1 or more, below 2^" << kMostBits
             << ", but got " << value << " on axis " << axis;
  // layout.grid-C4
  int64_t shift = op.getAxisShift(axis), size = op.getShape()[axis];
  if (shift < 0 || shift > INT32_MAX ||
      (!ShapedType::isDynamic(size) && shift >= size))
    return op.emitOpError()
           << "expects 'shift' of 0 or more, below the axis, but got " << shift
           << " on axis " << axis;
  return success();
}

/// Rules reorder-C1, restore-C1: `ordered` is `plain` with slots for tokens.
LogicalResult verifyTypes(Operation *op, RankedTensorType plain,
                          RankedTensorType ordered) {
  constexpr unsigned kTokens = 2;
  bool agree = plain.getRank() == ordered.getRank() &&
               plain.getElementType() == ordered.getElementType();
  for (unsigned axis = 0; agree && axis < plain.getRank(); ++axis)
    agree =
        axis == kTokens || plain.getDimSize(axis) == ordered.getDimSize(axis);
  if (agree)
    return success();
  return op->emitOpError() << "expects types that differ in the number of "
                              "tokens, axis 2, at most, but got "
                           << op->getOperand(0).getType() << " and "
                           << op->getResult(0).getType();
}

FailureOr<LayoutGridOp> getMadeLayout(Operation *op) {
  auto layout = op->getOperand(1).getDefiningOp<LayoutGridOp>();
  if (layout)
    return layout;
  return op->emitOpError() << "expects 'layout' to be made by "
                              "attn.layout.grid in the same function but got "
                              "a function argument";
}

/// Slots, or points, where all sizes are numbers.
std::optional<int64_t> getStaticCount(LayoutGridOp layout, bool ofSlots) {
  int64_t count = 1;
  for (auto [axis, size] : llvm::enumerate(layout.getShape())) {
    if (ShapedType::isDynamic(size))
      return std::nullopt;
    int64_t block = layout.getAxisTile(axis) * layout.getAxisDilation(axis);
    count *= ofSlots ? llvm::alignTo(size, block) : size;
  }
  return count;
}

LogicalResult verifyCount(Operation *op, StringRef name, RankedTensorType type,
                          LayoutGridOp layout, bool ofSlots) {
  std::optional<int64_t> count = getStaticCount(layout, ofSlots);
  int64_t size = type.getDimSize(2);
  if (!count || ShapedType::isDynamic(size) || size == *count)
    return success();
  return op->emitOpError() << "expects '" << name << "' with the "
                           << (ofSlots ? "slots" : "points")
                           << " of 'layout' on axis 2, " << *count
                           << ", but got " << type;
}

LogicalResult verifyReorder(Operation *op, Value plain, Value ordered,
                            StringRef plainName, StringRef orderedName) {
  auto plainType = cast<RankedTensorType>(plain.getType());
  auto orderedType = cast<RankedTensorType>(ordered.getType());
  FailureOr<LayoutGridOp> layout = getMadeLayout(op);
  if (failed(layout) || failed(verifyTypes(op, plainType, orderedType)) ||
      failed(verifyCount(op, plainName, plainType, *layout, false)))
    return failure();
  return verifyCount(op, orderedName, orderedType, *layout, true);
}

} // namespace

int64_t LayoutGridOp::getAxisDilation(unsigned axis) {
  return entryOr(getDilation(), axis, 1);
}
int64_t LayoutGridOp::getAxisTile(unsigned axis) {
  return entryOr(getTile(), axis, 1);
}
int64_t LayoutGridOp::getAxisShift(unsigned axis) {
  return entryOr(getShift(), axis, 0);
}

LogicalResult LayoutGridOp::verify() {
  if (failed(verifyLists(*this)) || failed(verifySizes(*this)))
    return failure();
  for (unsigned axis = 0; axis < getShape().size(); ++axis)
    if (failed(verifyAxis(*this, axis)))
      return failure();
  if (failed(verifySlots(*this)))
    return failure();
  // layout.grid-C5
  size_t values = llvm::count_if(getShape(), ShapedType::isDynamic);
  if (values != getSizes().size())
    return emitOpError() << "expects " << values << " sizes as values but got "
                         << getSizes().size();
  return success();
}

LogicalResult ReorderOp::verify() {
  auto type = cast<RankedTensorType>(getTensor().getType());
  // reorder-C1
  if (type.getRank() != 4 || !isAttentionElement(type.getElementType()))
    return emitOpError() << "expects 'tensor' [B, H, L, D] of f32, f16 or bf16 "
                            "but got "
                         << type;
  // reorder-C2
  return verifyReorder(*this, getTensor(), getResult(), "tensor", "result");
}

LogicalResult RestoreOp::verify() {
  auto type = cast<RankedTensorType>(getTensor().getType());
  // restore-C1
  if (type.getRank() != 3 && type.getRank() != 4)
    return emitOpError()
           << "expects 'tensor' [B, H, S, D] or [B, H, S] but got " << type;
  if (failed(
          verifyReorder(*this, getResult(), getTensor(), "result", "tensor")))
    return failure();
  if (getLayoutOf(getTensor()) == getLayout() &&
      !getTensor().getDefiningOp<ReorderOp>())
    return success();
  return emitOpError() << "expects a result of an attend over queries that "
                          "attn.reorder gave this layout";
}

} // namespace attn
