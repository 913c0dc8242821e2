//===- PairKernel.cpp - Blocks of keys by packed pairs --------------------===//
//
// A visit is a tile of keys for a block of lanes. Where shape.overlaps(), the
// product with V waits for the next visit, which does, if its lanes have a
// maximum:
//
//   S^T = K Q^T of this visit, then O^T += V^T P^T of the one before, and
//   between their products, a pair of keys at a time, P^T of this visit.
//
// Score and mask are part of that and leave S^T as it is: products.
//
// So weights meet the maximum m that the visit before left: no product waits
// for a maximum. m is an integer (in units of log2) and may be any; weights
// 2^(s - m), their sums and O^T are relative to it, and all of them end up
// divided by each other. What must hold is that nothing overflows and that
// little is lost: m was above some logit of the row before, and stays while no
// exponent s - m is above 8. Otherwise what this visit weighed is dropped, and
// it goes on as a visit that does not overlap: the largest logit raises m to
// the next integer, sums and O^T are multiplied by 2^(m - m'), exactly, and
// weights are made again. Sums are written after that was decided, and O^T of
// these lanes has by then what was weighed with m.
//
// Where the state of a row is a result, its largest logit is kept besides.
//
// Other visits multiply, score, mask, raise m and weigh one after the other.
// They decide again whether m rises and add in the same order: whether visits
// overlap, and so which rows a task has, changes no bit.
//
//===----------------------------------------------------------------------===//

#include "PairKernel.h"
#include "AmxTiles.h"
#include "PairWeights.h"
#include "Softmax.h"

#include <limits>

using namespace mlir;
using namespace attn::cpu;

namespace {

/// In units of log2, as in Softmax.cpp.
constexpr float kSlack = 8.0f;

/// The product with V that waits, in scratch: which lanes (-1: none), where
/// their weights begin, in elements, and the slot of the values.
class WaitingProduct {
public:
  explicit WaitingProduct(FoldTask &task) : kb(task.kb), task(task) {}

  void clear() { kb.store(kb.i64(-1), at(0)); }
  Value isThere() { return kb.less(kb.i64(-1), loadLane()); }
  Value loadLane() { return load(0); }
  Value loadWeights() { return load(1); }
  Value loadSlot() { return load(2); }
  void set(Value lane, Value weights, Value slot) {
    kb.store(lane, at(0));
    kb.store(weights, at(1));
    kb.store(slot, at(2));
  }

private:
  Value at(int64_t i) { return kb.at(task.pairs.waiting, kb.i64Type(), i); }
  Value load(int64_t i) { return kb.load(kb.i64Type(), at(i)); }

  KernelBuilder &kb;
  FoldTask &task;
};

PairProduct getOutputProduct(FoldTask &task, const PairFactor &values,
                             Value weights, LaneGroup group) {
  const FoldShape &shape = task.shape;
  return {values,
          weights,
          group.vectors * kTileElements,
          emitOutputAt(task, group.first),
          shape.lanePitch,
          shape.getOutputRows() / kTileRows,
          shape.getKeyChunks(),
          group.vectors,
          /*accumulate=*/true,
          shape.overlaps()};
}

PairProduct getWaitingProduct(FoldTask &task, int64_t vectors) {
  KernelBuilder &kb = task.kb;
  WaitingProduct waiting(task);
  return getOutputProduct(task, getPackedValues(task, waiting.loadSlot()),
                          halfAt(kb, task.pairs.weights, waiting.loadWeights()),
                          {waiting.loadLane(), vectors});
}

class PairVisit {
public:
  PairVisit(FoldTask &task, const KeyStream &stream, const PairBlock &block,
            LaneGroup group, LogitRegions regions)
      : task(task), kb(task.kb), shape(task.shape), stream(stream),
        block(block), group(group), regions(regions) {
    tile.firstKey = block.firstKey;
  }

  void emit(Value isPartial) {
    emitPairProduct(kb, getLogitProduct());
    emitSoftmax(task.pairs.weights, isPartial);
    emitPairProduct(kb,
                    getOutputProduct(task, getPackedValues(task, block.slot),
                                     task.pairs.weights, group));
  }

  /// The product with V waits.
  void emitOverlapped(Value isPartial) {
    WaitingProduct waiting(task);
    Value offset =
        kb.sub(kb.i64(shape.getWeightElements()), waiting.loadWeights());
    Value weights = halfAt(kb, task.pairs.weights, offset);
    Value isWaiting = waiting.isThere();
    Value isMasked = masksTogether() ? isRagged() : isPartial;
    Value overlaps =
        kb.both(kb.both(isWaiting, kb.negate(isMasked)), hasMaximum());
    Value needsSoftmax = kb.choose(
        overlaps, kb.b.getI1Type(),
        [&] { return SmallVector<Value>{emitTogether(weights, isPartial)}; },
        [&] {
          kb.when(isWaiting, [&] {
            emitPairProduct(kb, getWaitingProduct(task, group.vectors));
          });
          emitPairProduct(kb, getLogitProduct());
          return SmallVector<Value>{
              arith::ConstantIntOp::create(kb.b, kb.loc, kb.b.getI1Type(), 1)};
        })[0];
    kb.when(needsSoftmax, [&] { emitSoftmax(weights, isPartial); });
    waiting.set(group.first, offset, block.slot);
  }

private:
  PairProduct getLogitProduct() {
    int64_t columns = shape.queryTile / kTileRows;
    Value column = kb.divide(group.first, kb.i64(kTileRows));
    return {getPackedKeys(task, block.slot),
            halfAt(kb, task.pairs.queries, kb.mul(column, kTileElements)),
            columns * kTileElements,
            emitLogitsAt(task, group),
            shape.lanePitch,
            shape.getLogitRows() / kTileRows,
            shape.getHeadChunks(),
            group.vectors,
            /*accumulate=*/false,
            shape.overlaps()};
  }

  /// From logits to weights and sums.
  void emitSoftmax(Value to, Value isPartial) {
    emitRaise(task, group,
              emitLogits(task, stream, group, tile, isPartial, regions));
    PairWeights weights(task, stream, group, to);
    SmallVector<Value> state = weights.begin();
    weights.emitFrom(0, state);
    weights.end(state);
    weights.keepLargest(state);
  }

  /// Some lane's is enough: what is true for all is checked afterwards.
  Value hasMaximum() {
    Value first = kb.load(kb.f32Type(), kb.floatAt(task.maxima, group.first));
    return arith::CmpFOp::create(kb.b, kb.loc, arith::CmpFPredicate::OGT, first,
                                 kb.f32(std::numeric_limits<float>::lowest()));
  }

  /// Tiles with a mask overlap, too, where there are many, unless they are
  /// ragged: it is the same code once more.
  bool masksTogether() const { return stream.shape.masksOften(); }
  Value isRagged() {
    return kb.less(stream.keys, kb.add(tile.firstKey, shape.keyTile));
  }

  Value emitTogether(Value to, Value isPartial) {
    auto emit = [&](TileMask mask) {
      LogitEmitter logits(task, stream, group, tile, regions, mask);
      return emitTogether(PairWeights(task, stream, group, to, logits));
    };
    if (!masksTogether())
      return emit(TileMask::None);
    return kb.choose(
        isPartial, kb.b.getI1Type(),
        [&] { return SmallVector<Value>{emit(TileMask::Regions)}; },
        [&] { return SmallVector<Value>{emit(TileMask::None)}; })[0];
  }

  /// Returns whether the maximum must rise first.
  Value emitTogether(PairWeights weights) {
    auto emitPair = [&](Value from, int64_t offset, PairPieces::State &state) {
      weights.emitPair(from, offset, state);
    };
    PairProduct logits = getLogitProduct(),
                output = getWaitingProduct(task, group.vectors);
    int64_t total = shape.keyTile / 2, turns = logits.rows / 2 - 1;
    int64_t pairs = output.rows / 2;
    int64_t early = getEarlyPairs(logits, output);
    int64_t late = pairs ? (total - turns * early) / pairs : 0;
    PairPieces besideLogits{0, early, emitPair};
    PairPieces besideOutput{turns * early, late, emitPair};
    SmallVector<Value> before = weights.begin(), state = before;
    emitPairProduct(kb, logits, &besideLogits, &state);
    emitPairProduct(kb, output, &besideOutput, &state);
    weights.emitFrom(turns * early + pairs * late, state);
    // Not only where they are used: LLVM would move the additions there.
    weights.end(state);
    Value exceeds = weights.reaches(state, kSlack);
    kb.when(
        exceeds, [&] { weights.end(before); },
        [&] { weights.keepLargest(state); });
    return exceeds;
  }

  /// Pairs of keys weighed beside a pair of row tiles of logits, but for the
  /// first: as many per product as later, but none whose logits are still in
  /// tile registers: half of those of a turn are stored in the next.
  int64_t getEarlyPairs(const PairProduct &logits, const PairProduct &output) {
    int64_t most = kTileRows / 2, products = 2 * logits.depth;
    int64_t all = products * (logits.rows / 2 - 1) + output.rows * output.depth;
    int64_t share = llvm::divideCeil(products * shape.keyTile / 2, all);
    return std::min(most, share);
  }

  FoldTask &task;
  KernelBuilder &kb;
  const FoldShape &shape;
  const KeyStream &stream;
  const PairBlock &block;
  LaneGroup group;
  LogitRegions regions;
  KeyTile tile;
};

/// O^T times exact / rounded.
void emitCorrection(FoldTask &task) {
  KernelBuilder &kb = task.kb;
  kb.loop(kb.i64(0), emitUsedLanes(task), kb.variant.lanes, [&](Value lane) {
    Value factor = emitExactOverRounded(task, lane);
    kb.loop(kb.i64(0), kb.i64(task.shape.valueHeadSize), 1, [&](Value d) {
      Value at =
          kb.floatAt(emitOutputAt(task, lane), kb.mul(d, task.shape.lanePitch));
      kb.storeFloats(kb.mulf(kb.loadFloats(at), factor), at);
    });
  });
}

} // namespace

Value attn::cpu::emitExactOverRounded(FoldTask &task, Value lane) {
  KernelBuilder &kb = task.kb;
  auto load = [&](Value row) { return kb.loadFloats(kb.floatAt(row, lane)); };
  Value exact = load(task.sums.front());
  for (Value row : ArrayRef(task.sums).drop_front())
    exact = kb.addf(exact, load(row));
  Value rounded = load(task.pairs.roundedSums);
  Value isNone = arith::CmpFOp::create(kb.b, kb.loc, arith::CmpFPredicate::OEQ,
                                       rounded, kb.splat(0.0f));
  Value factor = arith::DivFOp::create(kb.b, kb.loc, exact, rounded);
  return kb.select(isNone, kb.splat(1.0f), factor);
}

void attn::cpu::emitPairBegin(FoldTask &task) {
  KernelBuilder &kb = task.kb;
  emitPairQueries(task);
  if (task.shape.overlaps())
    WaitingProduct(task).set(kb.i64(-1), kb.i64(0), kb.i64(0));
  if (task.shape.keyTile % kTileDepth == 0)
    return;
  // Half a tile of weights has no keys.
  int64_t floats = task.shape.lanePitch * kTileRows;
  kb.loop(kb.i64(0), kb.i64(floats), kb.variant.lanes, [&](Value i) {
    kb.storeFloats(kb.splat(0.0f), kb.floatAt(task.pairs.weights, i));
  });
}

void attn::cpu::emitPairVisit(FoldTask &task, const KeyStream &stream,
                              const PairBlock &block, LaneGroup group,
                              Value isPartial, LogitRegions regions) {
  PairVisit visit(task, stream, block, group, regions);
  task.shape.overlaps() ? visit.emitOverlapped(isPartial)
                        : visit.emit(isPartial);
}

void attn::cpu::emitPairFlush(FoldTask &task) {
  if (!task.shape.overlaps())
    return;
  WaitingProduct waiting(task);
  int64_t vectors = task.shape.lanePitch / task.kb.variant.lanes;
  task.kb.when(waiting.isThere(), [&] {
    emitPairProduct(task.kb, getWaitingProduct(task, vectors));
    waiting.clear();
  });
}

void attn::cpu::emitPairEnd(FoldTask &task) {
  if (task.pairs.roundedSums)
    emitCorrection(task);
}
