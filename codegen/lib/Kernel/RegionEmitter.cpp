//===- RegionEmitter.cpp - Regions, split by dependence -------------------===//

#include "attn/codegen/Kernel/RegionEmitter.h"
#include "attn/codegen/Kernel/RegionOps.h"
#include "attn/dialect/Attn/Views.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace attn;

RegionEmitter::RegionEmitter(RegionTarget &target, Region &region,
                             RegionKind kind, ValueRange captures,
                             ArrayRef<Value> roots)
    : block(region.front()), dependence(region, kind), ranges(region, kind),
      hasPairs(kind == RegionKind::Score || kind == RegionKind::Visible),
      target(target), first(getFirstIndex(kind)) {
  uniform[block.getArgument(first)] = target.getBatch();
  uniform[block.getArgument(first + 1)] = target.getHead();
  collectCaptures(captures);
  if (roots.empty())
    collectWanted(SmallVector<Value>(block.getTerminator()->getOperands()));
  else
    collectWanted(roots);
  emitAll({false, false}, uniform);
}

void RegionEmitter::collectWanted(ArrayRef<Value> roots) {
  SmallVector<Value> left(roots);
  while (!left.empty()) {
    Operation *op = left.pop_back_val().getDefiningOp();
    if (op && wanted.insert(op).second)
      llvm::append_range(left, op->getOperands());
  }
}

void RegionEmitter::collectCaptures(ValueRange captures) {
  auto arguments = block.getArguments().take_back(captures.size());
  for (auto [argument, capture] : llvm::zip(arguments, captures)) {
    if (argument.use_empty())
      continue;
    if (capture.getType().isIndex()) {
      IndexOrigin index = getIndexOrigin(capture);
      uniform[argument] = index.number
                              ? Value(arith::ConstantIntOp::create(
                                    target.b, target.loc, *index.number, 64))
                              : target.getSize(index.argument, index.axis);
      continue;
    }
    Table &table = tables[argument];
    table.pointer = target.getPointer(capture);
    int64_t rank = cast<RankedTensorType>(capture.getType()).getRank();
    for (int64_t axis = 0; axis < rank; ++axis)
      table.strides.push_back(target.getStride(capture, axis));
  }
}

//===----------------------------------------------------------------------===//
// Parts
//===----------------------------------------------------------------------===//

void RegionEmitter::emitAll(Dependence of, Scope &scope) {
  for (Operation &op : block.without_terminator()) {
    Dependence on = dependence.get(op.getResult(0));
    if (on.query == of.query && on.key == of.key && wanted.contains(&op))
      emit(&op, scope);
  }
}

void RegionEmitter::setBatch(Value batch) {
  uniform[block.getArgument(first)] = batch;
}

bool RegionEmitter::readsByKey() {
  return llvm::any_of(block.getOps<ReadOp>(), [&](ReadOp op) {
    return wanted.contains(op) && dependence.get(op).key;
  });
}

bool RegionEmitter::isAtKey(ReadOp op) {
  auto key = dyn_cast<BlockArgument>(op.getIndices().back());
  return hasPairs && key && key.getOwner() == &block &&
         key.getArgNumber() == first + 3 &&
         llvm::none_of(op.getIndices().drop_back(),
                       [&](Value index) { return dependence.get(index).key; });
}

SmallVector<RegionEmitter::KeyRead> RegionEmitter::getKeyReads() {
  SmallVector<KeyRead> reads;
  for (ReadOp op : block.getOps<ReadOp>()) {
    if (!wanted.contains(op) || !isAtKey(op))
      continue;
    const Table &table = tables.find(op.getTable())->second;
    KeyRead read{op.getElement().getType(), table.pointer, {}, {}};
    auto others = op.getIndices().drop_back();
    for (auto [index, stride] : llvm::zip(others, table.strides)) {
      if (dependence.get(index).query)
        read.strides.push_back(stride);
      else
        read.offsets.push_back(target.b.createOrFold<arith::MulIOp>(
            target.loc, get(index, false, false), stride));
    }
    reads.push_back(read);
  }
  return reads;
}

void RegionEmitter::emitRow(unsigned r, ValueRange query) {
  row = r;
  for (auto [i, coordinate] : llvm::enumerate(query))
    rows[r][block.getArgument(first + 2 + i)] = coordinate;
  emitAll({true, false}, rows[r]);
}

void RegionEmitter::beginKey(Value key) {
  column.clear();
  column[block.getArgument(first + 3)] = key;
  emitAll({false, true}, column);
}

Value RegionEmitter::emitPair(unsigned r, Value logit) {
  beginPair(r, logit);
  return lookup(block.getTerminator()->getOperand(0));
}

void RegionEmitter::beginPair(unsigned r, Value logit) {
  row = r;
  pair.clear();
  if (logit)
    pair[block.getArgument(0)] = logit;
  emitAll({true, true}, pair);
}

Value RegionEmitter::getHeld(unsigned r, Value value) {
  row = r;
  return lookup(value);
}

SmallVector<Value> RegionEmitter::emitBounds() {
  SmallVector<Value> bounds;
  for (Value bound : block.getTerminator()->getOperands())
    bounds.push_back(get(bound, /*isNarrow=*/false, /*saturate=*/false));
  return bounds;
}

std::pair<Value, Value> RegionEmitter::emitTile(Value firstKey, Value lastKey) {
  column.clear();
  pair.clear();
  column[block.getArgument(4)] = firstKey;
  column[block.getArgument(5)] = lastKey;
  for (Operation &op : block.without_terminator()) {
    Dependence on = dependence.get(op.getResult(0));
    if (on.key && wanted.contains(&op))
      emit(&op, on.query ? pair : column);
  }
  Operation *yield = block.getTerminator();
  return {lookup(yield->getOperand(0)), lookup(yield->getOperand(1))};
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

Value RegionEmitter::lookup(Value value, bool saturate) {
  for (Scope *scope : {&pair, &column, &rows[row], &uniform})
    if (Value known = scope->lookup(value))
      return known;
  return recallRow(value, saturate);
}

Value RegionEmitter::get(Value value, bool isNarrow, bool saturate) {
  Value held = lookup(value, saturate);
  if (!isWideInteger(value.getType()))
    return held;
  Operation *made = held.getDefiningOp();
  if (!made || !isNarrow || !saturate ||
      getElementTypeOrSelf(held.getType()).isInteger(32))
    return resizeWide(target.b, target.loc, held, isNarrow, saturate);
  Value &known = saturated[held];
  if (!known) {
    OpBuilder::InsertionGuard guard(target.b);
    target.b.setInsertionPointAfter(made);
    known = resizeWide(target.b, target.loc, held, true, true);
  }
  return known;
}

void RegionEmitter::emit(Operation *op, Scope &scope) {
  Value result = op->getResult(0);
  if (auto length = dyn_cast<LengthOp>(op))
    scope[result] = target.getLength(length.getSide());
  else if (auto readOp = dyn_cast<ReadOp>(op))
    scope[result] = read(readOp);
  else
    scope[result] = emitArithmetic(op);
}

Value RegionEmitter::emitArithmetic(Operation *op) {
  bool isNarrow = ranges.computesNarrow(op);
  bool saturates = llvm::any_of(op->getOperands(), [&](Value operand) {
    return ranges.comparesSaturated(op, operand);
  });
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(get(operand, isNarrow || saturates,
                           ranges.comparesSaturated(op, operand)));
  auto vector = llvm::find_if(operands, [](Value operand) {
    return isa<VectorType>(operand.getType());
  });
  if (vector != operands.end()) {
    Value like = *vector;
    for (Value &operand : operands)
      if (!isa<VectorType>(operand.getType()))
        operand = splatLike(target.b, target.loc, like, operand);
  }
  return emitRegionOp(target, op, operands, isNarrow || saturates);
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

RegionTarget::Address RegionEmitter::getAddress(ReadOp op) {
  OpBuilder &b = target.b;
  Location loc = target.loc;
  const Table &table = tables.find(op.getTable())->second;
  RegionTarget::Address address{table.pointer, {}, {}, isAtKey(op)};
  for (auto [index, stride] : llvm::zip(op.getIndices(), table.strides)) {
    if (!isa<VectorType>(lookup(index).getType())) {
      address.offsets.push_back(
          b.createOrFold<arith::MulIOp>(loc, get(index, false, false), stride));
      continue;
    }
    // i32 lanes stay so along the last axis of a table: the short form of a
    // gather. Elsewhere the product with a stride may need 64 bits.
    Value part = get(index, ranges.isNarrow(index), false);
    bool isShort = matchPattern(stride, m_One()) && !address.lanes &&
                   index == op.getIndices().back();
    if (!isShort) {
      part = resizeWide(b, loc, part, /*isNarrow=*/false);
      part = b.createOrFold<arith::MulIOp>(loc, part,
                                           splatLike(b, loc, part, stride));
    }
    if (address.lanes)
      part = b.createOrFold<arith::AddIOp>(loc, address.lanes, part);
    address.lanes = part;
  }
  return address;
}

/// i1 tensors are stored as one byte per element.
Value RegionEmitter::read(ReadOp op) {
  OpBuilder &b = target.b;
  Type element = op.getElement().getType();
  if (!element.isInteger(1))
    return target.load(element, getAddress(op));
  Value byte = target.load(b.getI8Type(), getAddress(op));
  return arith::CmpIOp::create(b, target.loc, arith::CmpIPredicate::ne, byte,
                               integerLike(b, target.loc, byte, 0));
}
