//===- Softmax.cpp - Online softmax of a group of lanes -------------------===//
//
// The maximum in use may lag behind the true one by 8: weights stay below 2^8
// (e^8 where logits are natural), sums stay exact, and rescaling becomes rare.
// It begins at the least finite number, so that a logit of -inf weighs
// 2^-inf = 0 and never meets -inf - -inf. NaN never becomes a maximum. Where
// the state of a row is a result, the maximum is the true one. Where tile
// registers overlap with softmax (PairKernel.cpp) it lags in any case and is an
// integer above it.
//
//===----------------------------------------------------------------------===//

#include "Softmax.h"
#include "Exp2.h"
#include "RowProducts.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include <limits>

using namespace mlir;
using namespace attn::cpu;

namespace {

constexpr float kSlack = 8.0f;

/// All sums that a new maximum rescales.
SmallVector<Value> getSums(const FoldTask &task) {
  SmallVector<Value> sums = task.sums;
  if (task.pairs.roundedSums)
    sums.push_back(task.pairs.roundedSums);
  return sums;
}

class GroupSoftmax {
public:
  GroupSoftmax(FoldTask &task, LaneGroup group)
      : task(task), kb(task.kb), group(group), pitch(task.shape.lanePitch),
        slack(task.shape.givesState() && !task.pairs.largest ? 0.0f : kSlack),
        maxima(kb.floatAt(task.maxima, group.first)) {}

  void raise(ValueRange tileMaxima) {
    SmallVector<Value> old = loadRow(maxima);
    Value exceeds;
    for (auto [m, tile] : llvm::zip(old, tileMaxima)) {
      Value limit = kb.addf(m, kb.splat(slack));
      Value lanes = arith::CmpFOp::create(
          kb.b, kb.loc, arith::CmpFPredicate::OGT, tile, limit);
      exceeds = exceeds ? kb.either(exceeds, lanes) : lanes;
    }
    kb.when(kb.anyLane(exceeds), [&] { rescale(old, tileMaxima); });
  }

  /// Adds the weights of the tile to `stream`, a row of scratch.
  void weigh(Value stream) {
    Value sums = kb.floatAt(stream, group.first);
    SmallVector<Value> m = loadRow(maxima);
    Value first = kb.floatAt(task.logits, group.first);
    SmallVector<Value> totals =
        kb.loop(kb.i64(0), kb.i64(task.shape.keyTile), 1, loadRow(sums),
                [&](Value key, ValueRange partial) {
                  SmallVector<Value> next;
                  Value row = kb.floatAt(first, kb.mul(key, pitch));
                  for (int64_t j = 0; j < group.vectors; ++j) {
                    Value pointer = kb.floatAt(row, j * kb.variant.lanes);
                    Value weight = exp2(kb.subf(kb.loadFloats(pointer), m[j]));
                    kb.storeFloats(weight, pointer);
                    next.push_back(kb.addf(partial[j], weight));
                  }
                  return next;
                });
    storeRow(totals, sums);
  }

private:
  SmallVector<Value> loadRow(Value pointer) {
    SmallVector<Value> row;
    for (int64_t j = 0; j < group.vectors; ++j)
      row.push_back(kb.loadFloats(kb.floatAt(pointer, j * kb.variant.lanes)));
    return row;
  }

  void storeRow(ArrayRef<Value> row, Value pointer) {
    for (auto [j, value] : llvm::enumerate(row))
      kb.storeFloats(value, kb.floatAt(pointer, j * kb.variant.lanes));
  }

  Value exp2(Value x) {
    if (float unit = task.shape.log2OfUnit(); unit != 1.0f)
      x = kb.mulf(x, kb.splat(unit));
    return emitExp2(kb, x);
  }

  /// Differences of integers make factors that are powers of two.
  Value roundUp(Value maximum) {
    return task.shape.overlaps()
               ? math::CeilOp::create(kb.b, kb.loc, maximum).getResult()
               : maximum;
  }

  void rescale(ArrayRef<Value> old, ValueRange tileMaxima) {
    SmallVector<Value> raised, factors;
    for (int64_t j = 0; j < group.vectors; ++j) {
      raised.push_back(roundUp(kb.maxOr(tileMaxima[j], old[j])));
      factors.push_back(exp2(kb.subf(old[j], raised[j])));
    }
    storeRow(raised, maxima);
    for (Value sums : getSums(task))
      scaleRow(kb.floatAt(sums, group.first), factors);
    if (task.part) {
      storeRow(factors, kb.floatAt(task.tileMaxima, group.first));
      return scaleRows(task);
    }
    Value first = emitOutputAt(task, group.first);
    kb.loop(kb.i64(0), kb.i64(task.shape.valueHeadSize), 1, [&](Value d) {
      scaleRow(kb.floatAt(first, kb.mul(d, pitch)), factors);
    });
  }

  void scaleRow(Value pointer, ArrayRef<Value> factors) {
    SmallVector<Value> row = loadRow(pointer);
    for (auto [value, factor] : llvm::zip(row, factors))
      value = kb.mulf(value, factor);
    storeRow(row, pointer);
  }

  FoldTask &task;
  KernelBuilder &kb;
  LaneGroup group;
  int64_t pitch;
  float slack;
  Value maxima;
};

} // namespace

void attn::cpu::emitSoftmaxInit(FoldTask &task) {
  KernelBuilder &kb = task.kb;
  int64_t lanes = kb.variant.lanes, pitch = task.shape.queryTile;
  auto fill = [&](Value pointer, Value count, float value) {
    kb.loop(kb.i64(0), count, lanes, [&](Value i) {
      kb.storeFloats(kb.splat(value), kb.floatAt(pointer, i));
    });
  };
  fill(task.maxima, kb.i64(pitch), std::numeric_limits<float>::lowest());
  if (task.pairs.largest)
    fill(task.pairs.largest, kb.i64(pitch),
         std::numeric_limits<float>::lowest());
  for (Value sums : getSums(task))
    fill(sums, kb.i64(pitch), 0.0f);
  int64_t values = task.part ? getRowPitch(task.shape.valueHeadSize)
                             : task.shape.getOutputRows();
  fill(task.outT, kb.mul(emitUsedLanes(task), values), 0.0f);
}

void attn::cpu::emitRaise(FoldTask &task, LaneGroup group,
                          ValueRange tileMaxima) {
  GroupSoftmax(task, group).raise(tileMaxima);
}

void attn::cpu::emitSoftmax(FoldTask &task, const KeyStream &stream,
                            LaneGroup group, ValueRange tileMaxima) {
  GroupSoftmax softmax(task, group);
  softmax.raise(tileMaxima);
  softmax.weigh(stream.sums);
}
