//===- RegionEmitter.cpp - Regions, split by dependence -------------------===//

#include "RegionEmitter.h"
#include "Elements.h"
#include "RegionOps.h"

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

//===----------------------------------------------------------------------===//
// ScalarValues
//===----------------------------------------------------------------------===//

ScalarValues::ScalarValues(FoldTask &task, Region &region, ValueRange captures)
    : task(task), kb(task.kb) {
  Block &block = region.front();
  auto arguments = block.getArguments().take_back(captures.size());
  for (auto [argument, capture] : llvm::zip(arguments, captures)) {
    if (argument.use_empty())
      continue;
    Table &table = tables[argument];
    table.pointer = task.arguments.pointer(kb, task.args, capture);
    int64_t rank = cast<RankedTensorType>(capture.getType()).getRank();
    for (int64_t axis = 0; axis < rank; ++axis)
      table.strides.push_back(
          task.arguments.stride(kb, task.args, capture, axis));
  }
}

namespace {

/// Elements at `pointer`, lanes or a scalar, as a region holds them.
Value loadHeld(KernelBuilder &kb, Type element, Value pointer) {
  OpBuilder &b = kb.b;
  auto pointers = dyn_cast<VectorType>(pointer.getType());
  // i1 tensors are stored as one byte per element.
  Type stored = element.isInteger(1) ? b.getI8Type() : element;
  Value value;
  if (pointers) {
    Value all =
        kb.splat(arith::ConstantIntOp::create(b, kb.loc, b.getI1Type(), 1));
    auto type = pointers.clone(stored);
    value = LLVM::masked_gather::create(
        b, kb.loc, type, pointer, all, ValueRange(),
        b.getI32IntegerAttr(stored.getIntOrFloatBitWidth() / 8));
  } else {
    value = kb.load(stored, pointer);
  }
  if (auto type = dyn_cast<FloatType>(element); type && !type.isF32())
    return arith::ExtFOp::create(b, kb.loc,
                                 pointers ? Type(pointers.clone(b.getF32Type()))
                                          : b.getF32Type(),
                                 value);
  if (!element.isInteger(1))
    return value;
  Value zero = arith::ConstantIntOp::create(b, kb.loc, stored, 0);
  return arith::CmpIOp::create(b, kb.loc, arith::CmpIPredicate::ne, value,
                               pointers ? kb.splat(zero) : zero);
}

} // namespace

Value ScalarValues::read(ReadOp op, ValueRange indices) {
  const Table &table = tables.find(op.getTable())->second;
  Type element = op.getElement().getType();
  Value pointer = table.pointer, offsets;
  for (auto [index, stride] : llvm::zip(indices, table.strides)) {
    if (!isa<VectorType>(index.getType())) {
      pointer =
          kb.at(pointer, element.isInteger(1) ? kb.b.getI8Type() : element,
                kb.mul(index, stride));
      continue;
    }
    // i32 lanes stay so along the last axis of a table: the short form of a
    // gather. Elsewhere the product with a stride may need 64 bits.
    APInt one;
    bool isLast = matchPattern(stride, m_ConstantInt(&one)) && one.isOne();
    Value part = index;
    if (!isLast || offsets || indices.back() != index)
      part =
          kb.mul(resizeWide(kb, index, /*isNarrow=*/false), kb.splat(stride));
    offsets = offsets ? kb.add(offsets, resizeWide(kb, part, false)) : part;
  }
  if (offsets) {
    Type stored = element.isInteger(1) ? kb.b.getI8Type() : element;
    auto pointers = VectorType::get({kb.variant.lanes}, kb.ptrType());
    pointer = LLVM::GEPOp::create(kb.b, kb.loc, pointers, stored, pointer,
                                  ArrayRef<LLVM::GEPArg>{offsets});
  }
  return loadHeld(kb, element, pointer);
}

void ScalarValues::emit(Operation *op) {
  if (auto length = dyn_cast<LengthOp>(op))
    return set(length,
               length.getSide() == Side::queries ? task.queries : task.keys);
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(get(operand));
  if (auto readOp = dyn_cast<ReadOp>(op))
    return set(readOp, read(readOp, ArrayRef(operands).drop_front()));
  set(op->getResult(0), emitRegionOp(kb, op, operands, /*isNarrow=*/false));
}

//===----------------------------------------------------------------------===//
// LaneRegion
//===----------------------------------------------------------------------===//

LaneRegion::LaneRegion(FoldTask &task, Region &region, RegionKind kind,
                       ValueRange captures)
    : task(task), kb(task.kb), block(region.front()), kind(kind),
      dependence(region, kind), ranges(region),
      scalars(task, region, captures) {
  unsigned first = getFirstIndex(kind);
  scalars.set(block.getArgument(first), task.batch);
  scalars.set(block.getArgument(first + 1), task.head);
  for (Operation &op : block.without_terminator())
    if (dependence.get(op.getResult(0)).isUniform())
      scalars.emit(&op);
  collectRows();
  if (!rows.empty())
    emitRows();
}

bool LaneRegion::comparesSaturated(Operation *op, Value operand) {
  auto compare = dyn_cast<arith::CmpIOp>(op);
  if (!compare || !isWideInteger(operand.getType()) || ranges.isNarrow(operand))
    return false;
  switch (compare.getPredicate()) {
  case arith::CmpIPredicate::ult:
  case arith::CmpIPredicate::ule:
  case arith::CmpIPredicate::ugt:
  case arith::CmpIPredicate::uge:
    return false;
  default:
    return ranges.isInside32(compare.getLhs() == operand ? compare.getRhs()
                                                         : compare.getLhs());
  }
}

/// Finds the values of {q} that operations of {q, k} and the yield read.
void LaneRegion::collectRows() {
  for (Operation &op : block) {
    bool isPair =
        op.getNumResults() == 0 || dependence.get(op.getResult(0)).isPair();
    if (!isPair)
      continue;
    for (Value operand : op.getOperands()) {
      Dependence on = dependence.get(operand);
      if (on.query && !on.key)
        rows.insert(
            {{operand, comparesSaturated(&op, operand) ? 1u : 0u}, Value()});
    }
  }
  for (auto &[slot, pointer] : rows) {
    Type held = getHeldType(slot.first.getType(),
                            slot.second || ranges.isNarrow(slot.first));
    int64_t bytes = llvm::divideCeil(held.getIntOrFloatBitWidth(), 8);
    pointer = task.allocate(bytes * task.shape.queryTile);
  }
}

void LaneRegion::emitRows() {
  inRows = true;
  Type i32 = kb.b.getI32Type();
  VectorType ints = kb.vectorOf(i32);
  auto counting = llvm::to_vector(llvm::seq<int32_t>(0, kb.variant.lanes));
  Value iota = arith::ConstantOp::create(
      kb.b, kb.loc, DenseElementsAttr::get(ints, ArrayRef<int32_t>(counting)));
  auto splat32 = [&](Value value) {
    return kb.splat(resizeWide(kb, value, /*isNarrow=*/true));
  };
  Value last = splat32(task.lastQuery);
  kb.loop(kb.i64(0), kb.i64(task.shape.queryTile), kb.variant.lanes,
          [&](Value lane) {
            lanes.clear();
            Value i = kb.add(splat32(kb.add(task.firstQuery, lane)), iota);
            lanes[block.getArgument(getFirstIndex(kind) + 2)] = kb.min(i, last);
            for (Operation &op : block.without_terminator()) {
              Dependence on = dependence.get(op.getResult(0));
              if (on.query && !on.key)
                emitLanes(&op, lane);
            }
            for (auto &[slot, pointer] : rows)
              storeRow(slot, lanes.lookup(slot.first), lane);
          });
  lanes.clear();
  inRows = false;
}

void LaneRegion::storeRow(RowSlot slot, Value value, Value lane) {
  auto [key, saturated] = slot;
  if (isWideInteger(key.getType()))
    value = resizeWide(kb, value, saturated || ranges.isNarrow(key), saturated);
  Type element = cast<VectorType>(value.getType()).getElementType();
  if (element.isInteger(1)) {
    element = kb.b.getI8Type();
    value = arith::ExtUIOp::create(kb.b, kb.loc, kb.vectorOf(element), value);
  }
  kb.store(value, kb.at(rows.find(slot)->second, element, lane),
           element.getIntOrFloatBitWidth() / 8);
}

Value LaneRegion::loadRow(RowSlot slot, Value lane) {
  Type held = getHeldType(slot.first.getType(),
                          slot.second || ranges.isNarrow(slot.first));
  Type stored = held.isInteger(1) ? kb.b.getI8Type() : held;
  Value pointer = kb.at(rows.find(slot)->second, stored, lane);
  Value value =
      kb.load(kb.vectorOf(stored), pointer, stored.getIntOrFloatBitWidth() / 8);
  if (!held.isInteger(1))
    return value;
  Value zero = kb.splat(arith::ConstantIntOp::create(kb.b, kb.loc, stored, 0));
  return arith::CmpIOp::create(kb.b, kb.loc, arith::CmpIPredicate::ne, value,
                               zero);
}

Value LaneRegion::getLanes(Value value, bool isNarrow, bool saturate,
                           Value lane) {
  bool isWide = isWideInteger(value.getType());
  Value result = lanes.lookup(value);
  if (!result && !dependence.get(value).query) {
    Value scalar = scalars.get(value);
    return kb.splat(isWide ? resizeWide(kb, scalar, isNarrow, saturate)
                           : scalar);
  }
  if (!result) {
    bool isSaturated = saturate && !ranges.isNarrow(value);
    result = loadRow({value, isSaturated ? 1u : 0u}, lane);
    saturate = false;
  }
  return isWide ? resizeWide(kb, result, isNarrow, saturate) : result;
}

void LaneRegion::emitLanes(Operation *op, Value lane) {
  if (auto read = dyn_cast<ReadOp>(op)) {
    SmallVector<Value> indices;
    for (Value index : read.getIndices())
      indices.push_back(
          dependence.get(index).query
              ? getLanes(index, ranges.isNarrow(index), false, lane)
              : scalars.get(index));
    lanes[read] = scalars.read(read, indices);
    return;
  }
  bool isNarrow = ranges.computesNarrow(op);
  bool saturates = llvm::any_of(op->getOperands(), [&](Value operand) {
    return comparesSaturated(op, operand);
  });
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(getLanes(operand, isNarrow || saturates,
                                comparesSaturated(op, operand), lane));
  lanes[op->getResult(0)] =
      emitRegionOp(kb, op, operands, isNarrow || saturates);
}

void LaneRegion::beginKey(Value key) {
  scalars.set(block.getArgument(getFirstIndex(kind) + 3), key);
  for (Operation &op : block.without_terminator()) {
    Dependence on = dependence.get(op.getResult(0));
    if (on.key && !on.query)
      scalars.emit(&op);
  }
}

Value LaneRegion::emitPair(Value lane, Value logit) {
  lanes.clear();
  if (logit)
    lanes[block.getArgument(0)] = logit;
  for (Operation &op : block.without_terminator())
    if (dependence.get(op.getResult(0)).isPair())
      emitLanes(&op, lane);
  Value yielded = block.getTerminator()->getOperand(0);
  return getLanes(yielded, /*isNarrow=*/false, /*saturate=*/false, lane);
}

//===----------------------------------------------------------------------===//
// TileRegion
//===----------------------------------------------------------------------===//

TileRegion::TileRegion(FoldTask &task, Region &region, ValueRange captures)
    : block(region.front()), dependence(region, RegionKind::Classify),
      scalars(task, region, captures) {
  scalars.set(block.getArgument(0), task.batch);
  scalars.set(block.getArgument(1), task.head);
  scalars.set(block.getArgument(2), task.firstQuery);
  scalars.set(block.getArgument(3), task.lastQuery);
  for (Operation &op : block.without_terminator())
    if (!dependence.get(op.getResult(0)).key)
      scalars.emit(&op);
}

std::pair<Value, Value> TileRegion::emitTile(Value firstKey, Value lastKey) {
  scalars.set(block.getArgument(4), firstKey);
  scalars.set(block.getArgument(5), lastKey);
  for (Operation &op : block.without_terminator())
    if (dependence.get(op.getResult(0)).key)
      scalars.emit(&op);
  Operation *yield = block.getTerminator();
  return {scalars.get(yield->getOperand(0)), scalars.get(yield->getOperand(1))};
}
