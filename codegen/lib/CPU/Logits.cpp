//===- Logits.cpp - Score and mask of one tile of logits ------------------===//

#include "Logits.h"

#include <limits>

using namespace mlir;
using namespace attn::cpu;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// From products to logits, in place.
class LogitPass {
public:
  LogitPass(FoldTask &task, LaneGroup group, const LogitEmitter &logits)
      : task(task), kb(task.kb), group(group), logits(logits) {}

  SmallVector<Value> emit() {
    if (!logits.changes() && !task.shape.usesPairs)
      return loadMaxima();
    SmallVector<Value> least(group.vectors,
                             kb.splat(std::numeric_limits<float>::lowest()));
    Value first = emitLogitsAt(task, group);
    return kb.loop(
        kb.i64(0), kb.i64(task.shape.keyTile), 1, least,
        [&](Value row, ValueRange maxima) {
          logits.beginKey(row);
          Value pointer = kb.floatAt(first, kb.mul(row, task.shape.lanePitch));
          SmallVector<Value> next;
          for (int64_t j = 0; j < group.vectors; ++j)
            next.push_back(kb.maxOr(emitVector(pointer, j), maxima[j]));
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

  /// Returns the logit, in units of maxima.
  Value emitVector(Value rowPointer, int64_t vector) {
    Value pointer = kb.floatAt(rowPointer, vector * kb.variant.lanes);
    Value kept = logits.emit(kb.loadFloats(pointer), vector);
    bool isProduct = task.shape.keepsProducts();
    if (logits.changes() || (task.shape.usesPairs && !isProduct))
      kb.storeFloats(kept, pointer);
    float factor = task.shape.getWeighedFactor();
    return factor == 1.0f ? kept : kb.mulf(kept, kb.splat(factor));
  }

  FoldTask &task;
  KernelBuilder &kb;
  LaneGroup group;
  LogitEmitter logits;
};

} // namespace

LogitEmitter::LogitEmitter(FoldTask &task, const KeyStream &stream,
                           LaneGroup group, const KeyTile &tile,
                           LogitRegions regions, TileMask mask)
    : task(task), kb(task.kb), stream(stream), group(group),
      firstKey(tile.firstKey), regions(regions), mask(mask) {}

void LogitEmitter::beginKey(Value row, int64_t offset) {
  Value key = kb.add(kb.add(firstKey, row), offset);
  if (mask == TileMask::Ragged) {
    exists = kb.splat(kb.less(key, stream.keys));
    // Inside the sequence, so that no capture is read outside.
    key = kb.min(key, kb.add(stream.keys, -1));
  }
  if (regions.score)
    regions.score->beginKey(key);
  if (regions.visible && mask != TileMask::None)
    regions.visible->beginKey(key);
}

Value LogitEmitter::emit(Value product, int64_t vector) {
  const FoldShape &shape = task.shape;
  Value lane = kb.add(group.first, vector * kb.variant.lanes);
  Value kept = product;
  if (shape.usesPairs && !shape.keepsProducts()) // Otherwise Q has the factor.
    kept = kb.mulf(kept, kb.splat(shape.getQueryFactor()));
  if (regions.score)
    kept = regions.score->emitLanes(lane, kept);
  Value isVisible = emitVisible(lane);
  if (!isVisible)
    return kept;
  // -inf by the factor.
  float hidden = shape.getWeighedFactor() < 0 ? kInfinity : -kInfinity;
  return kb.select(isVisible, kept, kb.splat(hidden));
}

Value LogitEmitter::emitVisible(Value lane) {
  bool hasRegion = regions.visible && mask != TileMask::None;
  Value seen = hasRegion ? regions.visible->emitLanes(lane) : Value();
  if (mask != TileMask::Ragged)
    return seen;
  return seen ? kb.both(exists, seen) : exists;
}

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
  auto emit = [&](TileMask mask) {
    LogitEmitter logits(task, stream, group, tile, regions, mask);
    return LogitPass(task, group, logits).emit();
  };
  return kb.choose(
      isPartial, SmallVector<Type>(group.vectors, kb.floats()),
      [&] { return emit(TileMask::Ragged); },
      [&] { return emit(TileMask::None); });
}
