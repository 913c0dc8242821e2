//===- RoleEmitter.cpp - The steps of a role, one after the other ---------===//

#include "RoleEmitter.h"
#include "Products.h"
#include "Rings.h"
#include "Store.h"
#include "TileOrder.h"
#include "Turns.h"

#include "attn/dialect/Nvvm/Nvvm.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;

/// Is it a consumer?
static bool accumulates(sched::RoleOp role) {
  return role.walk([](sched::AccumulateOp) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

RoleEmitter::RoleEmitter(Cta &cta, sched::RoleOp role, Value active)
    : cta(cta), kb(cta.kb), role(role), active(active),
      state(RingPlaces(cta, accumulates(role))) {
  cta.isLean = !accumulates(role);
  if (accumulates(role))
    consumer = kb.add(cta.warpgroup, -static_cast<int64_t>(role.getFirst()));
}

/// Lengths are on the device, the grid is for the longest: there are tiles
/// without rows.
Value RoleEmitter::hasWork() {
  if (!cta.mayBeEmpty())
    return active;
  Value hasRows = kb.slt(cta.firstQuery, cta.queriesEnd);
  return active ? kb.bitAnd(active, hasRows) : hasRows;
}

void RoleEmitter::emit() {
  auto emitSteps = [&] {
    if (!cta.op.isPersistent())
      beginQueryTile();
    for (Block &block : role.getBody())
      emitBody(block);
  };
  if (active && !cta.op.isPersistent())
    kb.when(active, emitSteps);
  else
    emitSteps();
}

/// What divisions give is made known to be the same in the warp: ptxas keeps
/// it, and addresses made of it, in uniform registers.
void RoleEmitter::locate(QueryTile tile) {
  for (Value *value : {&tile.number, &tile.head, &tile.batch})
    if (*value)
      *value = kb.broadcast(*value);
  cta.locate(tile);
}

void RoleEmitter::emitQueryTiles(sched::QueryTilesOp op) {
  TileOrder order(cta);
  state.places.beginRounds();
  SmallVector<Value> start = state.places.carryRound();
  SmallVector<Type> types(ValueRange(start).getTypes());
  Block *header = kb.block(types);
  kb.br(header, start);
  kb.enter(header);
  state.places.takeRound(header->getArguments());
  Block *visit = kb.block(), *latch = kb.block(types), *done = kb.block();
  auto [number, exists] = order.getNumber(state.places.getRound());
  kb.condBr(exists, visit, {}, done, {});
  kb.enter(visit);
  locate(order.getTile(number));
  if (Value works = hasWork()) {
    Block *inside = kb.block();
    kb.condBr(works, inside, {}, latch, state.places.carryRound());
    kb.enter(inside);
  }
  beginQueryTile();
  emitBody(op.getBody().front());
  kb.br(latch, state.places.carryRound());
  kb.enter(latch);
  SmallVector<Value> next(latch->getArguments());
  next[0] = state.places.getNextRound(next[0]);
  kb.br(header, next);
  kb.enter(done);
}

void RoleEmitter::beginQueryTile() {
  tiles = std::make_unique<KeyTiles>(cta);
  if (!isConsumer())
    return;
  weights = std::make_unique<Weights>(cta, *tiles, consumer);
  state.rows = weights->getEmptyState();
  state.before = Value();
  role.walk([&](sched::ClearOp) { state.before = kb.c32(0); });
  int64_t size = llvm::alignTo(cta.valueSize(), 8) / 2;
  state.accumulator = kb.pack(SmallVector<Value>(size, kb.cf(0)));
}

void RoleEmitter::emitBody(Block &block) {
  for (Operation &op : block)
    emitStep(&op);
}

void RoleEmitter::emitStep(Operation *op) {
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](sched::QueryTilesOp queries) { emitQueryTiles(queries); })
      .Case([&](sched::KeyTilesOp keys) { emitKeyTiles(keys); })
      .Case([&](sched::AcquireOp acquire) {
        Position at = state.places.get(acquire.getBuffer());
        emitWait(cta, getEmptyBarrier(cta, getBuffer(acquire.getBuffer()), at),
                 at.phase);
      })
      .Case([&](sched::LoadOp load) { emitLoad(load); })
      .Case([&](sched::AwaitOp await) { emitAwait(await); })
      .Case([&](sched::ReleaseOp release) { emitRelease(release); })
      .Case([&](sched::ClearOp clear) { emitClear(clear); })
      .Case([&](sched::OpenTurnsOp) { emitOpenTurns(cta, role, consumer); })
      .Case([&](sched::TakeTurnOp) { emitTakeTurn(cta, consumer); })
      .Case([&](sched::PassTurnOp) { emitPassTurn(cta, role, consumer); })
      .Case([&](sched::CloseTurnsOp) { emitCloseTurns(cta, consumer); })
      .Case([&](sched::LogitsOp logits) {
        state.logitsAccumulator =
            emitLogits(cta, getBuffer(logits.getQ()), getBuffer(logits.getK()),
                       state.places.get(logits.getK()), consumer);
      })
      .Case([&](sched::AccumulateOp sum) {
        state.accumulator =
            emitAccumulate(cta, state.accumulator, state.weights,
                           getBuffer(sum.getV()), state.places.get(sum.getV()));
      })
      .Case([&](sched::SettleOp settle) { emitSettle(settle); })
      .Case(
          [&](sched::ScoreOp) { weights->score(state.logits, state.point.at); })
      .Case([&](sched::MaskOp) { emitMask(); })
      .Case([&](sched::SoftmaxOp) {
        weights->softmax(state.logits, state.rows, state.point.at);
      })
      .Case([&](sched::AnchorOp) {
        attn::nvvm::AnchorOp::create(kb.b, kb.loc, state.logits);
      })
      .Case([&](sched::RescaleOp) { emitRescale(); })
      .Case([&](sched::ConvertOp) { emitConvert(); })
      .Case([&](sched::StoreOp store) {
        Value through = store.getThrough();
        emitStore(cta, *weights, state.rows, kb.unpack(state.accumulator),
                  OutputTile(cta,
                             through ? getBuffer(through) : sched::BufferOp(),
                             role.getFirst()));
      });
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

SmallVector<Value> RoleEmitter::getCarried(TilePoint point, bool hasWeights) {
  SmallVector<Value> values{point.at};
  if (point.isFull)
    values.push_back(point.isFull);
  state.places.carry(values);
  if (!isConsumer())
    return values;
  if (state.before)
    values.push_back(state.before);
  for (unsigned r : {0, 1}) {
    values.push_back(state.rows.maximum[r]);
    for (const std::array<Value, 2> &sum : state.rows.sums)
      values.push_back(sum[r]);
  }
  values.push_back(state.accumulator);
  if (hasWeights)
    values.append(state.weights.begin(), state.weights.end());
  return values;
}

void RoleEmitter::setCarried(ValueRange values, bool hasWeights) {
  auto take = [&] {
    Value value = values.front();
    values = values.drop_front();
    return value;
  };
  state.point.at = take();
  state.point.isFull = tiles->hasClassify() ? take() : Value();
  state.places.take(take);
  if (!isConsumer())
    return;
  if (state.before)
    state.before = take();
  for (unsigned r : {0, 1}) {
    state.rows.maximum[r] = take();
    for (std::array<Value, 2> &sum : state.rows.sums)
      sum[r] = take();
  }
  state.accumulator = take();
  if (hasWeights)
    state.weights.assign(values.begin(), values.end());
}

void RoleEmitter::emitTile(Region &region, TilePoint point) {
  if (isConsumer())
    kb.tally("tiles_visited", kb.c32(1));
  state.point = point;
  state.next = tiles->next(point);
  emitBody(region.front());
  if (state.before)
    state.before = point.at;
}

/// All tiles of keys, visited or not.
void RoleEmitter::tallyTiles() {
  for (KeyStream &stream : cta.streams)
    kb.tally("tiles",
             LLVM::UDivOp::create(kb.b, kb.loc,
                                  kb.add(stream.keys.count, cta.keyTile() - 1),
                                  kb.c32(cta.keyTile())));
}

void RoleEmitter::emitKeyTiles(sched::KeyTilesOp op) {
  bool hasBegin = !op.getBegin().empty(), hasEnd = !op.getEnd().empty();
  if (isConsumer())
    tallyTiles();
  TilePoint first = tiles->first();
  SmallVector<Value> before = getCarried(first, false);
  Block *done = kb.block(TypeRange(ValueRange(before)));
  if (hasBegin) {
    Block *none = kb.block();
    Block *begin = kb.block();
    kb.condBr(tiles->isEnd(first), none, {}, begin, {});
    kb.enter(none);
    State atStart = state;
    if (!op.getNone().empty())
      emitBody(op.getNone().front());
    kb.br(done, getCarried(first, false));
    state = atStart;
    kb.enter(begin);
    emitTile(op.getBegin(), first);
    first = state.next;
  }
  SmallVector<Value> carried = getCarried(first, hasBegin);
  Block *header = kb.block(TypeRange(ValueRange(carried)));
  kb.br(header, carried);
  kb.enter(header);
  setCarried(header->getArguments(), hasBegin);
  Block *steady = kb.block();
  Block *end = kb.block();
  kb.condBr(tiles->isEnd(state.point), end, {}, steady, {});
  State atHeader = state;
  kb.enter(steady);
  emitTile(op.getSteady(), state.point);
  kb.br(header, getCarried(state.next, hasBegin));
  kb.enter(end);
  state = atHeader;
  if (hasEnd)
    emitBody(op.getEnd().front());
  kb.br(done, getCarried(state.point, false));
  kb.enter(done);
  setCarried(done->getArguments(), false);
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

void RoleEmitter::emitLoad(sched::LoadOp op) {
  sched::BufferOp buffer = getBuffer(op.getBuffer());
  Position at = state.places.get(op.getBuffer());
  auto load = [&](const TileSource &source) {
    if (op.getCopy())
      emitCopyLoad(cta, buffer, at, source);
    else
      emitTmaLoad(cta, buffer, at, source);
  };
  if (buffer.getTensor() == "q") {
    Tokens rows = cta.queries;
    rows.count = cta.queriesEnd;
    load({cta.op.getQ(), rows, cta.head, cta.firstQuery, cta.headTile()});
  } else {
    SmallVector<Value> none;
    tiles->forStream(state.point.at, none, [&](unsigned s, Value tile) {
      KeyStream &stream = cta.streams[s];
      load({buffer.getTensor() == "k" ? Value(stream.route.getK())
                                      : Value(stream.route.getV()),
            stream.keys, stream.head, kb.mul(tile, cta.keyTile())});
    });
  }
  state.places.advance(op.getBuffer());
}

void RoleEmitter::emitAwait(sched::AwaitOp op) {
  Position at = state.places.get(op.getBuffer());
  auto wait = [&] {
    emitWait(cta, getFullBarrier(cta, getBuffer(op.getBuffer()), at), at.phase);
  };
  if (!op.getIfMore())
    return wait();
  kb.when(kb.bitXor(tiles->isEnd(state.next), kb.c1(true)), wait);
}

void RoleEmitter::emitRelease(sched::ReleaseOp op) {
  sched::BufferOp buffer = getBuffer(op.getBuffer());
  Position at = state.places.get(op.getBuffer());
  // Products of the warpgroup stand between `await` and `release`, but not
  // where a query tile sees no keys: who has not yet seen the phase of Q would
  // wait for it when the next is there.
  if (!at.stage)
    kb.meet(kb.add(consumer, kFirstStoreBarrier), 128);
  kb.when(kb.eq(kb.bitAnd(cta.thread, 127), kb.c32(0)), [&] {
    NVVM::MBarrierArriveOp::create(kb.b, kb.loc, Type(),
                                   getEmptyBarrier(cta, buffer, at), Value());
  });
  state.places.advance(op.getBuffer());
}

/// Fragments of f32 with a logits product are s, others o.
void RoleEmitter::emitSettle(sched::SettleOp op) {
  SmallVector<Value *> slots;
  SmallVector<Value> accs, kept;
  for (Value fragment : op.getFragments()) {
    bool isLogits = llvm::any_of(fragment.getUsers(), [&](Operation *user) {
      auto logits = dyn_cast<sched::LogitsOp>(user);
      return logits && logits.getS() == fragment;
    });
    slots.push_back(isLogits ? &state.logitsAccumulator : &state.accumulator);
    accs.push_back(*slots.back());
    if (!isLogits)
      kept = state.weights;
  }
  SmallVector<Value> settled =
      nvptx::emitSettle(cta, op.getPending(), accs, kept);
  for (auto [slot, value] : llvm::zip(slots, settled)) {
    *slot = value;
    if (slot == &state.logitsAccumulator)
      state.logits = kb.unpack(value);
  }
}

/// V lags behind: the stage holds the tile before the one at hand.
void RoleEmitter::emitClear(sched::ClearOp op) {
  sched::BufferOp buffer = getBuffer(op.getBuffer());
  Position at = state.places.get(op.getBuffer());
  SmallVector<Value> none;
  tiles->forStream(state.before, none, [&](unsigned s, Value tile) {
    KeyStream &stream = cta.streams[s];
    if (!stream.route.getLengths())
      return;
    Value firstKey = kb.mul(tile, cta.keyTile());
    Value keys = kb.sub(stream.keys.count, firstKey);
    kb.when(kb.slt(keys, kb.c32(cta.keyTile())), [&] {
      emitClearRows(cta, buffer, at, keys,
                    kb.add(cta.thread, -128 * int64_t(role.getFirst())),
                    128 * role.getCount());
    });
  });
}

void RoleEmitter::emitMask() {
  SmallVector<Type> types(state.logits.size(), kb.f32());
  Block *behind = kb.block(types);
  Block *inside = kb.block();
  kb.condBr(tiles->isPartial(state.point), inside, {}, behind, state.logits);
  kb.enter(inside);
  kb.tally("tiles_masked", kb.c32(1));
  SmallVector<Value> masked = state.logits;
  weights->mask(masked, state.point.at);
  kb.br(behind, masked);
  kb.enter(behind);
  state.logits.assign(behind->args_begin(), behind->args_end());
}

/// Skipped by warps whose references stay, which is most tiles: a branch that
/// the warp takes alike.
void RoleEmitter::emitRescale() {
  SmallVector<Value> elements = kb.unpack(state.accumulator);
  Block *behind = nullptr;
  if (Value isNeeded = state.rows.isRescaled) {
    behind = kb.block(TypeRange(ValueRange(elements)));
    Block *inside = kb.block();
    kb.condBr(isNeeded, inside, {}, behind, elements);
    kb.enter(inside);
  }
  for (auto [i, element] : llvm::enumerate(elements))
    element = kb.fmul(element, state.rows.rescale[i / 2 % 2]);
  if (behind) {
    kb.br(behind, elements);
    kb.enter(behind);
    elements.assign(behind->args_begin(), behind->args_end());
  }
  state.accumulator = kb.pack(elements);
}

/// Neighbouring accumulator registers, rounded, are A fragments already: block
/// j of 16 keys is registers 4 j to 4 j + 3.
void RoleEmitter::emitConvert() {
  state.weights.clear();
  for (size_t i = 0; i < state.logits.size(); i += 2)
    state.weights.push_back(
        kb.packPair(cta.element(), state.logits[i], state.logits[i + 1]));
}
