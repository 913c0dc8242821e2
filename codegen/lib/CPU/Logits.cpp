//===- Logits.cpp - Score and mask of one tile of logits ------------------===//

#include "Logits.h"

#include <limits>

using namespace mlir;
using namespace attn::cpu;

namespace {

class LogitPass {
public:
  LogitPass(FoldTask &task, const KeyStream &stream, LaneGroup group,
            const KeyTile &tile, LogitRegions regions)
      : task(task), kb(task.kb), stream(stream), group(group), tile(tile),
        regions(regions) {}

  SmallVector<Value> emit(bool isPartial) {
    if (!isPartial && !regions.score && !task.shape.usesAmx)
      return loadMaxima();
    SmallVector<Value> least(group.vectors,
                             kb.splat(std::numeric_limits<float>::lowest()));
    Value first = emitLogitsAt(task, group);
    return kb.loop(kb.i64(0), kb.i64(task.shape.keyTile), 1, least,
                   [&](Value row, ValueRange maxima) {
                     beginKey(row, isPartial);
                     Value pointer =
                         kb.floatAt(first, kb.mul(row, task.shape.lanePitch));
                     SmallVector<Value> next;
                     for (int64_t j = 0; j < group.vectors; ++j)
                       next.push_back(kb.maxOr(
                           emitVector(pointer, j, isPartial), maxima[j]));
                     return next;
                   });
  }

private:
  /// What the product left.
  SmallVector<Value> loadMaxima() {
    SmallVector<Value> maxima;
    for (int64_t j = 0; j < group.vectors; ++j)
      maxima.push_back(kb.loadFloats(kb.floatAt(
          kb.floatAt(task.tileMaxima, group.first), j * kb.variant.lanes)));
    return maxima;
  }

  /// Coordinates stay inside the sequence, so that no capture is read outside.
  void beginKey(Value row, bool isPartial) {
    Value key = kb.add(tile.firstKey, row);
    Value clamped = kb.min(key, kb.add(stream.keys, -1));
    if (regions.score)
      regions.score->beginKey(clamped);
    if (!isPartial)
      return;
    exists = kb.splat(kb.less(key, stream.keys));
    if (regions.visible)
      regions.visible->beginKey(clamped);
  }

  Value emitVector(Value rowPointer, int64_t vector, bool isPartial) {
    int64_t offset = vector * kb.variant.lanes;
    Value lane = kb.add(group.first, offset);
    Value pointer = kb.floatAt(rowPointer, offset);
    Value product = kb.loadFloats(pointer), logit = product;
    if (task.shape.usesAmx) // Otherwise Q has the factor.
      logit = kb.mulf(logit, kb.splat(task.shape.getQueryFactor()));
    if (regions.score)
      logit = regions.score->emitLanes(lane, logit);
    if (isPartial) {
      Value isVisible = exists;
      if (regions.visible)
        isVisible = kb.both(isVisible, regions.visible->emitLanes(lane));
      Value hidden = kb.splat(-std::numeric_limits<float>::infinity());
      logit = kb.select(isVisible, logit, hidden);
      if (task.shape.keepsProducts())
        kb.storeFloats(kb.select(isVisible, product, hiddenProduct()), pointer);
    }
    bool changes = regions.score || isPartial || task.shape.usesAmx;
    if (changes && !task.shape.keepsProducts())
      kb.storeFloats(logit, pointer);
    return logit;
  }

  /// What becomes -inf by the factor.
  Value hiddenProduct() {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    return kb.splat(task.shape.getQueryFactor() < 0 ? kInfinity : -kInfinity);
  }

  FoldTask &task;
  KernelBuilder &kb;
  const KeyStream &stream;
  LaneGroup group;
  const KeyTile &tile;
  LogitRegions regions;
  Value exists;
};

} // namespace

Value attn::cpu::emitLogitsAt(FoldTask &task, LaneGroup group) {
  return task.shape.hasBlocks() ? task.logits
                                : task.kb.floatAt(task.logits, group.first);
}

Value attn::cpu::emitMaximaInit(FoldTask &task, LaneGroup group,
                                LogitRegions regions) {
  if (regions.score)
    return {};
  KernelBuilder &kb = task.kb;
  Value first = kb.floatAt(task.tileMaxima, group.first);
  Value least = kb.splat(std::numeric_limits<float>::lowest());
  for (int64_t j = 0; j < group.vectors; ++j)
    kb.storeFloats(least, kb.floatAt(first, j * kb.variant.lanes));
  return first;
}

SmallVector<Value> attn::cpu::emitLogits(FoldTask &task,
                                         const KeyStream &stream,
                                         LaneGroup group, const KeyTile &tile,
                                         Value isPartial,
                                         LogitRegions regions) {
  KernelBuilder &kb = task.kb;
  LogitPass pass(task, stream, group, tile, regions);
  return kb.choose(
      isPartial, SmallVector<Type>(group.vectors, kb.floats()),
      [&] { return pass.emit(/*isPartial=*/true); },
      [&] { return pass.emit(/*isPartial=*/false); });
}
