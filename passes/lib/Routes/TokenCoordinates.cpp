//===- TokenCoordinates.cpp - Coordinates of reordered tokens -------------===//

#include "TokenCoordinates.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace attn {
namespace {

std::optional<int64_t> getNumber(Value value) {
  APInt number;
  if (!value || !matchPattern(value, m_ConstantInt(&number)))
    return std::nullopt;
  return number.getSExtValue();
}

bool isSame(Value a, Value b) {
  return a == b || (getNumber(a) && getNumber(a) == getNumber(b));
}

bool isQuotient(Operation *op) {
  return isa<arith::DivUIOp, arith::DivSIOp, arith::FloorDivSIOp>(op);
}

bool isRemainder(Operation *op) {
  return isa<arith::RemUIOp, arith::RemSIOp>(op);
}

using Digits = ArrayRef<std::pair<Value, int64_t>>;

/// Is `value` a digit of a radix of at most `end`?
bool isBelow(Digits digits, Value value, int64_t end) {
  return llvm::any_of(digits, [&](const auto &digit) {
    return digit.first == value && digit.second <= end;
  });
}

/// `x * factor + rest` by a divisor of `factor`, all 0 or more: the value that
/// `op`, a division, has; null: it is not of that form.
Value divideSum(OpBuilder &builder, Operation *op, Digits digits) {
  auto sum = op->getOperand(0).getDefiningOp<arith::AddIOp>();
  std::optional<int64_t> by = getNumber(op->getOperand(1));
  if (!sum || !by || *by < 1)
    return Value();
  auto product = sum.getLhs().getDefiningOp<arith::MulIOp>();
  std::optional<int64_t> factor =
      product ? getNumber(product.getRhs()) : std::nullopt;
  if (!factor || *factor % *by != 0)
    return Value();
  Location loc = op->getLoc();
  auto number = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(builder, loc, value);
  };
  Value rest = sum.getRhs();
  bool isDigit = isBelow(digits, rest, *by);
  if (isRemainder(op))
    return isDigit
               ? rest
               : builder.createOrFold<arith::RemUIOp>(loc, rest, number(*by));
  Value whole = builder.createOrFold<arith::MulIOp>(loc, product.getLhs(),
                                                    number(*factor / *by));
  if (isDigit)
    return whole;
  return builder.createOrFold<arith::AddIOp>(
      loc, whole, builder.createOrFold<arith::DivUIOp>(loc, rest, number(*by)));
}

} // namespace

SmallVector<Value> PairLayouts::getSizes() {
  SmallVector<Value> sizes;
  for (LayoutGridOp layout : {queries, keys})
    if (layout)
      llvm::append_range(sizes, layout.getSizes());
  return sizes;
}

TokenBuilder::TokenBuilder(OpBuilder &builder, Location loc,
                           PairLayouts layouts, IndexCapture getCapture,
                           bool readsTables)
    : builder(builder), loc(loc), layouts(layouts),
      getCapture(std::move(getCapture)),
      padding(readsTables ? Padding::Nearest : Padding::Nothing) {}

LayoutGridOp TokenBuilder::getLayout(Side side) {
  return side == Side::queries ? layouts.queries : layouts.keys;
}

SmallVector<Value> TokenBuilder::getSizes(OpBuilder &builder,
                                          LayoutGridOp layout) {
  SmallVector<Value> sizes;
  ValueRange values = layout.getSizes();
  for (int64_t size : layout.getShape()) {
    std::optional<int64_t> number = size;
    Value value;
    if (ShapedType::isDynamic(size)) {
      value = values.front();
      values = values.drop_front();
      number = getNumber(value);
    }
    sizes.push_back(number
                        ? arith::ConstantIndexOp::create(builder, loc, *number)
                        : getCapture(value));
  }
  return sizes;
}

SlotToken TokenBuilder::build(Value slot, Side side) {
  LayoutGridOp layout = getLayout(side);
  if (!layout)
    return {slot, Value(), {}, {}, {}};
  SmallVector<Value> sizes = getSizes(builder, layout);
  SlotToken built = buildSlotToken(builder, loc, layout, slot, sizes, padding);
  for (unsigned axis = 1; axis < sizes.size(); ++axis)
    divisions.push_back({built.rows[axis], sizes[axis], built.rows[axis - 1],
                         built.coordinates[axis]});
  llvm::append_range(digits, built.digits);
  return built;
}

void TokenBuilder::finish(Region &region) {
  SmallVector<LengthOp> lengths;
  region.walk([&](LengthOp op) { lengths.push_back(op); });
  for (LengthOp length : lengths) {
    LayoutGridOp layout = getLayout(length.getSide());
    if (!layout)
      continue;
    OpBuilder before(length);
    length.replaceAllUsesWith(
        buildNumPoints(before, length.getLoc(), getSizes(before, layout)));
    length.erase();
  }
  for (Operation &op : llvm::make_early_inc_range(region.front())) {
    if (!isQuotient(&op) && !isRemainder(&op))
      continue;
    Value replacement;
    for (const Division &known : divisions)
      if (op.getOperand(0) == known.dividend &&
          isSame(op.getOperand(1), known.size))
        replacement = isQuotient(&op) ? known.quotient : known.remainder;
    OpBuilder before(&op);
    if (!replacement && op.getResult(0).getType().isIndex())
      replacement = divideSum(before, &op, digits);
    if (!replacement)
      continue;
    op.getResult(0).replaceAllUsesWith(replacement);
    op.erase();
  }
}

void scoreTokens(AttendOp attend, PairLayouts layouts) {
  constexpr unsigned kQuery = 3, kKey = 4; // ^bb0(%s, %b, %h, %i, %j, ...)
  Block &block = attend.getScore().front();
  bool readsTables = llvm::any_of(attend.getCaptures().getTypes(),
                                  llvm::IsaPred<RankedTensorType>);
  DenseMap<Value, Value> captures;
  for (Value size : layouts.getSizes()) {
    if (getNumber(size) || captures.contains(size))
      continue;
    attend.getCapturesMutable().append(size);
    captures[size] = block.addArgument(size.getType(), attend.getLoc());
  }
  OpBuilder builder = OpBuilder::atBlockBegin(&block);
  TokenBuilder tokens(
      builder, attend.getLoc(), layouts,
      [&](Value size) { return captures.lookup(size); }, readsTables);
  for (auto [side, argument] :
       {std::pair(Side::queries, kQuery), std::pair(Side::keys, kKey)}) {
    BlockArgument slot = block.getArgument(argument);
    SmallVector<OpOperand *> uses;
    for (OpOperand &use : slot.getUses())
      uses.push_back(&use);
    Value token = tokens.build(slot, side).token;
    for (OpOperand *use : uses)
      use->set(token);
  }
  tokens.finish(attend.getScore());
}

} // namespace attn
