//===- RegionEmitter.cpp - Regions, split by dependence -------------------===//

#include "RegionEmitter.h"
#include "RegionOps.h"

#include "attn/dialect/Nvvm/Nvvm.h"

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;

RegionEmitter::RegionEmitter(Cta &cta, Region &region, RegionKind kind,
                             ValueRange captures)
    : cta(cta), kb(cta.kb), block(region.front()), kind(kind),
      dependence(region, kind), ranges(region) {
  unsigned first = getFirstIndex(kind);
  uniform[block.getArgument(first)] = cta.batch;
  uniform[block.getArgument(first + 1)] = cta.head;
  collectTables(captures);
  emitAll({false, false}, uniform);
}

void RegionEmitter::collectTables(ValueRange captures) {
  auto arguments = block.getArguments().take_back(captures.size());
  for (auto [argument, capture] : llvm::zip(arguments, captures)) {
    if (argument.use_empty())
      continue;
    Table &table = tables[argument];
    table.pointer = cta.args.pointer(kb, capture);
    int64_t rank = cast<RankedTensorType>(capture.getType()).getRank();
    for (int64_t axis = 0; axis < rank; ++axis)
      table.strides.push_back(cta.args.stride(kb, capture, axis));
  }
}

void RegionEmitter::emitAll(Dependence wanted, Scope &scope) {
  for (Operation &op : block.without_terminator()) {
    Dependence on = dependence.get(op.getResult(0));
    if (on.query == wanted.query && on.key == wanted.key)
      emit(&op, scope);
  }
}

void RegionEmitter::emitRow(unsigned r, Value query) {
  row = r;
  rows[r][block.getArgument(getFirstIndex(kind) + 2)] = query;
  emitAll({true, false}, rows[r]);
}

void RegionEmitter::beginKey(Value key) {
  column.clear();
  column[block.getArgument(getFirstIndex(kind) + 3)] = key;
  emitAll({false, true}, column);
}

Value RegionEmitter::emitPair(unsigned r, Value logit) {
  row = r;
  pair.clear();
  if (logit)
    pair[block.getArgument(0)] = logit;
  emitAll({true, true}, pair);
  return lookup(block.getTerminator()->getOperand(0));
}

void RegionEmitter::pinAddresses() {
  pinnedBatch = attn::nvvm::PinOp::create(kb.b, kb.loc, cta.batch);
}

bool RegionEmitter::readsByKey() {
  return llvm::any_of(block.getOps<ReadOp>(),
                      [&](ReadOp op) { return dependence.get(op).key; });
}

void RegionEmitter::beginQueries(Value first, Value last) {
  rows[0][block.getArgument(2)] = first;
  rows[0][block.getArgument(3)] = last;
  emitAll({true, false}, rows[0]);
}

std::pair<Value, Value> RegionEmitter::emitTile(Value firstKey, Value lastKey) {
  column.clear();
  pair.clear();
  column[block.getArgument(4)] = firstKey;
  column[block.getArgument(5)] = lastKey;
  for (Operation &op : block.without_terminator())
    if (Dependence on = dependence.get(op.getResult(0)); on.key)
      emit(&op, on.query ? pair : column);
  Operation *yield = block.getTerminator();
  return {lookup(yield->getOperand(0)), lookup(yield->getOperand(1))};
}

Value RegionEmitter::lookup(Value value) {
  for (Scope *scope : {&pair, &column, &rows[row], &uniform})
    if (Value known = scope->lookup(value))
      return known;
  return {};
}

Value RegionEmitter::get(Value value, bool isNarrow, bool saturate) {
  Value held = lookup(value);
  if (!isWideInteger(value.getType()))
    return held;
  if (!isNarrow || !saturate || held.getType().isInteger(32))
    return resizeWide(kb, held, isNarrow, false);
  Value &known = saturated[held];
  if (!known) {
    OpBuilder::InsertionGuard guard(kb.b);
    if (Operation *made = held.getDefiningOp())
      kb.b.setInsertionPointAfter(made);
    known = resizeWide(kb, held, true, true);
  }
  return known;
}

void RegionEmitter::emit(Operation *op, Scope &scope) {
  if (auto length = dyn_cast<LengthOp>(op)) {
    scope[length] = length.getSide() == Side::queries ? cta.queries : cta.keys;
    return;
  }
  if (auto readOp = dyn_cast<ReadOp>(op)) {
    scope[readOp] = read(readOp);
    return;
  }
  bool isNarrow = ranges.computesNarrow(op);
  bool saturates = llvm::any_of(op->getOperands(), [&](Value operand) {
    return ranges.comparesSaturated(op, operand);
  });
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(get(operand, isNarrow || saturates,
                           ranges.comparesSaturated(op, operand)));
  scope[op->getResult(0)] =
      emitRegionOp(kb, op, operands, isNarrow || saturates);
}

/// Tables are constant while the kernel runs: loads may move.
Value RegionEmitter::read(ReadOp op) {
  const Table &table = tables.find(op.getTable())->second;
  Type element = op.getElement().getType();
  // i1 tensors are stored as one byte per element.
  Type stored = element.isInteger(1) ? kb.b.getI8Type() : element;
  if (isa<FloatType>(element) && !element.isF32())
    stored = kb.b.getI16Type();
  Value offset;
  for (auto [index, stride] : llvm::zip(op.getIndices(), table.strides)) {
    bool isPinned =
        pinnedBatch && index == block.getArgument(getFirstIndex(kind));
    Value held = isPinned ? kb.sext(pinnedBatch) : get(index, false, false);
    Value part = kb.mul(held, stride);
    offset = offset ? kb.add(offset, part) : part;
  }
  unsigned bytes = stored.getIntOrFloatBitWidth() / 8;
  Value pointer = table.pointer;
  if (offset)
    pointer = kb.at(pointer, kb.mul(offset, bytes));
  auto load = LLVM::LoadOp::create(kb.b, kb.loc, stored, pointer, bytes);
  load.setInvariant(true);
  Value value = load;
  if (element.isBF16())
    return LLVM::BitcastOp::create(
        kb.b, kb.loc, kb.f32(),
        kb.shl(LLVM::ZExtOp::create(kb.b, kb.loc, kb.i32(), value), 16));
  if (element.isF16())
    return LLVM::FPExtOp::create(
        kb.b, kb.loc, kb.f32(),
        Value(LLVM::BitcastOp::create(kb.b, kb.loc, element, value)));
  if (element.isInteger(1))
    return kb.compare(LLVM::ICmpPredicate::ne, value, kb.cst(stored, 0));
  return value;
}
