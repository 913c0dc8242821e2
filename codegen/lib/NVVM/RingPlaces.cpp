//===- RingPlaces.cpp - Where a role stands in its rings ------------------===//

#include "RingPlaces.h"
#include "Rings.h"

#include "attn/dialect/Nvvm/Nvvm.h"

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;

// A fresh empty barrier lets a wait for the phase before pass: loads begin with
// phase 1, reads with phase 0.
RingPlaces::RingPlaces(Cta &cta, bool isConsumer) : cta(&cta), kb(&cta.kb) {
  Value zero = kb->c32(0);
  int64_t start = 0;
  for (auto buffer : cta.op.getPlan().getOps<sched::BufferOp>()) {
    int64_t stages = buffer.getStages();
    if (isConsumer) {
      positions[buffer] = {stages > 1 ? zero : Value(), zero};
      continue;
    }
    fields[buffer] = roundShift;
    start |= stages << roundShift;
    roundShift += llvm::Log2_64_Ceil(2 * stages);
  }
  if (!isConsumer)
    progress = kb->c32(start);
}

Position RingPlaces::get(Value buffer) {
  if (isConsumer() && !isCarried(buffer))
    return {Value(), round ? kb->bitAnd(getPinnedRound(), 1) : kb->c32(0)};
  if (isConsumer())
    return positions.lookup(buffer);
  int64_t stages = getStages(buffer);
  Value field = getField(buffer), count = kb->c32(stages);
  Value stage = LLVM::URemOp::create(kb->b, kb->loc, field, count);
  return {stages > 1 ? stage : Value(),
          LLVM::UDivOp::create(kb->b, kb->loc, field, count)};
}

void RingPlaces::advance(Value buffer) {
  if (!isConsumer()) {
    Value field = kb->add(getField(buffer), 1);
    Value wraps = kb->eq(field, kb->c32(2 * getStages(buffer)));
    field = kb->select(wraps, kb->c32(0), field);
    unsigned shift = fields.lookup(buffer);
    Value others = kb->bitAnd(progress, ~(getFieldMask(buffer) << shift));
    progress = kb->bitOr(others, kb->shl(field, shift));
  } else if (isCarried(buffer)) {
    Position &at = positions[buffer];
    at = nvptx::advance(*cta, buffer.getDefiningOp<sched::BufferOp>(), at);
  }
}

void RingPlaces::beginRounds() { round = kb->c32(0); }

void RingPlaces::carry(SmallVectorImpl<Value> &values) {
  if (!isConsumer())
    values.push_back(progress);
  for (auto &[buffer, at] : positions) {
    if (at.stage)
      values.push_back(at.stage);
    if (isCarried(buffer))
      values.push_back(at.phase);
  }
}

void RingPlaces::take(llvm::function_ref<Value()> take) {
  if (!isConsumer())
    progress = take();
  for (auto &[buffer, at] : positions) {
    if (at.stage)
      at.stage = take();
    if (isCarried(buffer))
      at.phase = take();
  }
}

SmallVector<Value> RingPlaces::carryRound() {
  SmallVector<Value> values;
  if (isConsumer())
    values.push_back(round);
  carry(values);
  return values;
}

void RingPlaces::takeRound(ValueRange values) {
  auto next = values.begin();
  if (isConsumer())
    round = kb->broadcast(*next++);
  take([&] { return *next++; });
  if (!isConsumer())
    round = kb->broadcast(kb->lshr(progress, roundShift));
}

Value RingPlaces::getNextRound(Value first) {
  return kb->add(first, isConsumer() ? 1 : int64_t(1) << roundShift);
}

// Where every query tile has rows, the phase of a buffer of one stage is that
// of the round.
bool RingPlaces::isCarried(Value buffer) {
  return getStages(buffer) > 1 || (round && cta->mayBeEmpty());
}

/// The round of a consumer, not before this point.
Value RingPlaces::getPinnedRound() {
  return attn::nvvm::PinOp::create(kb->b, kb->loc, round);
}

int64_t RingPlaces::getStages(Value buffer) {
  return buffer.getDefiningOp<sched::BufferOp>().getStages();
}

int64_t RingPlaces::getFieldMask(Value buffer) {
  return llvm::NextPowerOf2(2 * getStages(buffer) - 1) - 1;
}

Value RingPlaces::getField(Value buffer) {
  return kb->bitAnd(kb->lshr(progress, fields.lookup(buffer)),
                    getFieldMask(buffer));
}
