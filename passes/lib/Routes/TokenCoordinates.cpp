//===- TokenCoordinates.cpp - Coordinates of reordered tokens -------------===//

#include "TokenCoordinates.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace attn {
namespace {

SmallVector<Value> getSizes(OpBuilder &builder, Location loc,
                            LayoutGridOp layout, IndexCapture getCapture) {
  SmallVector<Value> sizes;
  ValueRange values = layout.getSizes();
  for (int64_t size : layout.getShape()) {
    if (!ShapedType::isDynamic(size)) {
      sizes.push_back(arith::ConstantIndexOp::create(builder, loc, size));
      continue;
    }
    sizes.push_back(getCapture(values.front()));
    values = values.drop_front();
  }
  return sizes;
}

} // namespace

SmallVector<Value> PairLayouts::getSizes() {
  SmallVector<Value> sizes;
  for (LayoutGridOp layout : {queries, keys})
    if (layout)
      llvm::append_range(sizes, layout.getSizes());
  return sizes;
}

SlotToken buildToken(OpBuilder &builder, Location loc, LayoutGridOp layout,
                     Value slot, IndexCapture getCapture) {
  if (!layout)
    return {slot, Value()};
  return buildSlotToken(builder, loc, layout, slot,
                        getSizes(builder, loc, layout, getCapture));
}

void countTokens(Region &region, PairLayouts layouts, IndexCapture getCapture) {
  SmallVector<LengthOp> lengths;
  region.walk([&](LengthOp op) { lengths.push_back(op); });
  for (LengthOp length : lengths) {
    LayoutGridOp layout =
        length.getSide() == Side::queries ? layouts.queries : layouts.keys;
    if (!layout)
      continue;
    OpBuilder builder(length);
    length.replaceAllUsesWith(buildNumPoints(
        builder, length.getLoc(),
        getSizes(builder, length.getLoc(), layout, getCapture)));
    length.erase();
  }
}

void scoreTokens(AttendOp attend, PairLayouts layouts) {
  constexpr unsigned kQuery = 3, kKey = 4; // ^bb0(%s, %b, %h, %i, %j, ...)
  Block &block = attend.getScore().front();
  DenseMap<Value, Value> captures;
  for (Value size : layouts.getSizes()) {
    if (captures.contains(size))
      continue;
    attend.getCapturesMutable().append(size);
    captures[size] = block.addArgument(size.getType(), attend.getLoc());
  }
  auto getCapture = [&](Value size) { return captures.lookup(size); };
  OpBuilder builder = OpBuilder::atBlockBegin(&block);
  for (auto [layout, argument] :
       {std::pair(layouts.queries, kQuery), std::pair(layouts.keys, kKey)}) {
    if (!layout)
      continue;
    BlockArgument slot = block.getArgument(argument);
    SmallVector<OpOperand *> uses;
    for (OpOperand &use : slot.getUses())
      uses.push_back(&use);
    Value token =
        buildToken(builder, attend.getLoc(), layout, slot, getCapture).token;
    for (OpOperand *use : uses)
      use->set(token);
  }
  countTokens(attend.getScore(), layouts, getCapture);
}

} // namespace attn
