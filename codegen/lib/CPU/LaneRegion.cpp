//===- LaneRegion.cpp - A region on vectors of queries --------------------===//

#include "LaneRegion.h"

#include "attn/codegen/Kernel/RegionOps.h"

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

LaneRegion::LaneRegion(FoldTask &task, RegionTarget &target, Region &region,
                       RegionKind kind, ValueRange captures)
    : RegionEmitter(target, region, kind, captures), task(task), kb(task.kb) {
  collectRows();
  if (!scratch.empty())
    emitRows();
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
        scratch.insert(
            {{operand, ranges.comparesSaturated(&op, operand) ? 1u : 0u},
             Value()});
    }
  }
  for (auto &[slot, pointer] : scratch) {
    Type held = getHeldType(slot.first.getType(),
                            slot.second || ranges.isNarrow(slot.first));
    int64_t bytes = llvm::divideCeil(held.getIntOrFloatBitWidth(), 8);
    pointer = task.scratch.allocate(bytes * task.shape.queryTile);
  }
}

/// Lanes beyond the last query compute what it does: no capture is read
/// outside.
void LaneRegion::emitRows() {
  VectorType ints = kb.vectorOf(kb.b.getI32Type());
  auto counting = llvm::to_vector(llvm::seq<int32_t>(0, kb.variant.lanes));
  Value iota = arith::ConstantOp::create(
      kb.b, kb.loc, DenseElementsAttr::get(ints, ArrayRef<int32_t>(counting)));
  auto splat32 = [&](Value value) {
    return kb.splat(resizeWide(kb.b, kb.loc, value, /*isNarrow=*/true));
  };
  Value last = splat32(task.lastQuery);
  kb.loop(kb.i64(0), emitUsedLanes(task), kb.variant.lanes, [&](Value lane) {
    Value i =
        task.laneQueries
            ? kb.load(ints, kb.at(task.laneQueries, kb.b.getI32Type(), lane))
            : kb.add(splat32(kb.add(task.firstQuery, lane)), iota);
    emitRow(0, kb.min(i, last));
    for (auto &[slot, pointer] : scratch)
      storeRow(slot, lane);
  });
  rows[0].clear();
}

void LaneRegion::storeRow(RowSlot slot, Value lane) {
  auto [key, saturated] = slot;
  Value value = rows[0].lookup(key);
  if (isWideInteger(key.getType()))
    value = resizeWide(kb.b, kb.loc, value, saturated || ranges.isNarrow(key),
                       saturated);
  Type element = cast<VectorType>(value.getType()).getElementType();
  if (element.isInteger(1)) {
    element = kb.b.getI8Type();
    value = arith::ExtUIOp::create(kb.b, kb.loc, kb.vectorOf(element), value);
  }
  kb.store(value, kb.at(scratch.find(slot)->second, element, lane),
           element.getIntOrFloatBitWidth() / 8);
}

Value LaneRegion::recallRow(Value value, bool saturate) {
  bool isSaturated = saturate && !ranges.isNarrow(value);
  RowSlot slot = {value, isSaturated ? 1u : 0u};
  Type held =
      getHeldType(value.getType(), isSaturated || ranges.isNarrow(value));
  Type stored = held.isInteger(1) ? kb.b.getI8Type() : held;
  Value pointer = kb.at(scratch.find(slot)->second, stored, lane);
  Value lanes =
      kb.load(kb.vectorOf(stored), pointer, stored.getIntOrFloatBitWidth() / 8);
  if (!held.isInteger(1))
    return lanes;
  return arith::CmpIOp::create(kb.b, kb.loc, arith::CmpIPredicate::ne, lanes,
                               integerLike(kb.b, kb.loc, lanes, 0));
}

Value LaneRegion::emitLanes(Value first, Value logit) {
  lane = first;
  Value yielded = emitPair(0, logit);
  return isa<VectorType>(yielded.getType()) ? yielded : kb.splat(yielded);
}
