//===- AmxKernel.cpp - A block of keys by tile registers ------------------===//
//
// Products take bf16, so weights are rounded to it before they meet V. What a
// row is divided by sums the rounded weights: a row with one key gives its
// value back. A sum that is a result, or meets sinks and states, is of exact
// weights; then O^T is multiplied by exact / rounded at the end.
//
//===----------------------------------------------------------------------===//

#include "AmxKernel.h"
#include "AmxTiles.h"
#include "Exp2.h"
#include "Softmax.h"

using namespace mlir;
using namespace attn::cpu;

namespace {

constexpr int64_t kHighHalf = -65536;

class AmxVisit {
public:
  AmxVisit(FoldTask &task, const KeyStream &stream, LaneGroup group)
      : task(task), kb(task.kb), shape(task.shape), stream(stream),
        group(group), logits(emitLogitsAt(task, group)),
        column(kb.divide(group.first, kb.i64(kTileRows))) {}

  void emitLogitProduct(const AmxFactor &keys) {
    int64_t columns = shape.queryTile / kTileRows;
    emitAmxProduct(
        kb, {keys, halfAt(kb, task.amx.queries, kb.mul(column, kTileElements)),
             columns * kTileElements, logits, shape.lanePitch,
             shape.keyTile / kTileRows, shape.getHeadChunks(), group.vectors,
             /*accumulate=*/false});
  }

  void emitOutputProduct(const AmxFactor &values) {
    emitAmxProduct(kb, {values, task.amx.weights, group.vectors * kTileElements,
                        emitOutputAt(task, group.first), shape.lanePitch,
                        shape.getOutputRows() / kTileRows, shape.getKeyChunks(),
                        group.vectors,
                        /*accumulate=*/true});
  }

  /// P^T in pairs of keys; adds to the sums.
  void emitWeights() {
    maxima = loadRow(task.maxima);
    SmallVector<Value> sums = loadRow(stream.sums);
    if (task.amx.roundedSums)
      llvm::append_range(sums, loadRow(task.amx.roundedSums));
    int64_t rows = std::min(shape.keyTile, kTileDepth);
    sums = kb.loop(kb.i64(0), kb.i64(shape.keyTile), rows, sums,
                   [&](Value key, ValueRange partial) {
                     return emitChunk(key, rows, partial);
                   });
    storeRow(ArrayRef(sums).take_front(group.vectors), stream.sums);
    if (task.amx.roundedSums)
      storeRow(ArrayRef(sums).drop_front(group.vectors), task.amx.roundedSums);
  }

private:
  /// The tiles of `rows` keys from `key` on, one for each vector of lanes.
  SmallVector<Value> emitChunk(Value key, int64_t rows, ValueRange sums) {
    Value to =
        halfAt(kb, task.amx.weights, kb.mul(key, group.vectors * kTileRows));
    return kb.loop(kb.i64(0), kb.i64(rows / 2), 1, sums,
                   [&](Value pair, ValueRange partial) {
                     Value first = kb.add(key, kb.mul(pair, 2));
                     return emitPair(first,
                                     halfAt(kb, to, kb.mul(pair, kTileDepth)),
                                     partial);
                   });
  }

  SmallVector<Value> emitPair(Value key, Value to, ValueRange partial) {
    SmallVector<Value> sums(partial);
    Value row = kb.floatAt(logits, kb.mul(key, shape.lanePitch));
    for (int64_t j = 0; j < group.vectors; ++j) {
      Value low = emitWeight(row, j, sums);
      Value high = emitWeight(kb.floatAt(row, shape.lanePitch), j, sums);
      low = arith::ShRUIOp::create(kb.b, kb.loc, low, integers(16));
      kb.store(arith::OrIOp::create(kb.b, kb.loc, low, high),
               halfAt(kb, to, j * kTileElements), kTileDepth * 2);
    }
    return sums;
  }

  /// Bits of the rounded weight, in the upper halves of i32.
  Value emitWeight(Value row, int64_t j, MutableArrayRef<Value> sums) {
    Value logit = kb.loadFloats(kb.floatAt(row, j * kb.variant.lanes));
    bool keepsBoth = bool(task.amx.roundedSums);
    RoundedExp2 weight =
        emitRoundedExp2(kb, emitExponent(logit, maxima[j]), keepsBoth);
    Value bits = arith::BitcastOp::create(
        kb.b, kb.loc, kb.vectorOf(kb.b.getI32Type()), weight.rounded);
    bits = arith::AndIOp::create(kb.b, kb.loc, bits, integers(kHighHalf));
    Value rounded = arith::BitcastOp::create(kb.b, kb.loc, kb.floats(), bits);
    sums[j] = kb.addf(sums[j], keepsBoth ? weight.exact : rounded);
    if (keepsBoth) {
      Value &sum = sums[j + group.vectors];
      sum = kb.addf(sum, rounded);
    }
    return bits;
  }

  /// In units of log2.
  Value emitExponent(Value logit, Value maximum) {
    if (shape.keepsProducts()) {
      Value negated = arith::NegFOp::create(kb.b, kb.loc, maximum);
      return kb.fma(logit, kb.splat(shape.getQueryFactor()), negated);
    }
    Value x = kb.subf(logit, maximum);
    float unit = shape.log2OfUnit();
    return unit == 1.0f ? x : kb.mulf(x, kb.splat(unit));
  }

  Value integers(int64_t value) {
    return kb.splat(
        arith::ConstantIntOp::create(kb.b, kb.loc, kb.b.getI32Type(), value));
  }

  SmallVector<Value> loadRow(Value pointer) {
    SmallVector<Value> row;
    for (int64_t j = 0; j < group.vectors; ++j)
      row.push_back(kb.loadFloats(
          kb.floatAt(kb.floatAt(pointer, group.first), j * kb.variant.lanes)));
    return row;
  }

  void storeRow(ArrayRef<Value> row, Value pointer) {
    for (auto [j, value] : llvm::enumerate(row))
      kb.storeFloats(value, kb.floatAt(kb.floatAt(pointer, group.first),
                                       j * kb.variant.lanes));
  }

  FoldTask &task;
  KernelBuilder &kb;
  const FoldShape &shape;
  const KeyStream &stream;
  LaneGroup group;
  Value logits;
  Value column; ///< Tile of queries.
  SmallVector<Value> maxima;
};

} // namespace

void attn::cpu::emitAmxBegin(FoldTask &task) {
  KernelBuilder &kb = task.kb;
  emitAmxQueries(task);
  if (task.shape.keyTile % kTileDepth == 0)
    return;
  // Half a tile of weights has no keys.
  int64_t floats = task.shape.lanePitch * kTileRows;
  kb.loop(kb.i64(0), kb.i64(floats), kb.variant.lanes, [&](Value i) {
    kb.storeFloats(kb.splat(0.0f), kb.floatAt(task.amx.weights, i));
  });
}

AmxBlock attn::cpu::emitAmxBlock(FoldTask &task, const KeyStream &stream,
                                 Value firstKey) {
  return {firstKey, emitAmxKeys(task, stream, firstKey),
          emitAmxValues(task, stream, firstKey)};
}

void attn::cpu::emitAmxVisit(FoldTask &task, const KeyStream &stream,
                             const AmxBlock &block, LaneGroup group,
                             Value isPartial, LogitRegions regions) {
  KeyTile tile;
  tile.firstKey = block.firstKey;
  AmxVisit visit(task, stream, group);
  visit.emitLogitProduct(block.keys);
  emitRaise(task, group,
            emitLogits(task, stream, group, tile, isPartial, regions));
  visit.emitWeights();
  visit.emitOutputProduct(block.values);
}

void attn::cpu::emitAmxEnd(FoldTask &task) {
  if (!task.amx.roundedSums)
    return;
  KernelBuilder &kb = task.kb;
  kb.loop(kb.i64(0), emitUsedLanes(task), kb.variant.lanes, [&](Value lane) {
    auto load = [&](Value row) { return kb.loadFloats(kb.floatAt(row, lane)); };
    Value exact = load(task.sums.front());
    for (Value row : ArrayRef(task.sums).drop_front())
      exact = kb.addf(exact, load(row));
    Value rounded = load(task.amx.roundedSums);
    Value isNone = arith::CmpFOp::create(
        kb.b, kb.loc, arith::CmpFPredicate::OEQ, rounded, kb.splat(0.0f));
    Value factor = arith::DivFOp::create(kb.b, kb.loc, exact, rounded);
    factor = kb.select(isNone, kb.splat(1.0f), factor);
    kb.loop(kb.i64(0), kb.i64(task.shape.valueHeadSize), 1, [&](Value d) {
      Value at =
          kb.floatAt(emitOutputAt(task, lane), kb.mul(d, task.shape.lanePitch));
      kb.storeFloats(kb.mulf(kb.loadFloats(at), factor), at);
    });
  });
}
