//===- KeyTile.cpp - One tile of keys and values --------------------------===//

#include "KeyTile.h"
#include "Elements.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace attn::cpu;

namespace {

void copyRow(KernelBuilder &kb, Type element, Value from, Value to,
             int64_t size) {
  forEachPart(kb, size, [&](Value d, bool isVector) {
    Value pointer = kb.at(from, element, d);
    kb.store(isVector ? loadElements(kb, element, pointer)
                      : loadElement(kb, element, pointer),
             kb.floatAt(to, d), sizeof(float));
  });
}

void zeroRow(KernelBuilder &kb, Value to, int64_t size) {
  forEachPart(kb, size, [&](Value d, bool isVector) {
    kb.store(isVector ? kb.splat(0.0f) : kb.f32(0.0f), kb.floatAt(to, d),
             sizeof(float));
  });
}

/// Rows of scratch are in the second-level cache when a tile is widened into
/// them. A store that misses the first level waits for its line, and stores go
/// in order; this many rows ahead lines come side by side.
constexpr int64_t kStoresAhead = 4;

/// Rows [first, first + valid) of `from` to `to`, zeros after them and where a
/// slot is padding.
void copyRows(FoldTask &task, const RowView &from, Value first, Value valid,
              Value to, int64_t size) {
  KernelBuilder &kb = task.kb;
  auto target = [&](Value row) { return kb.floatAt(to, kb.mul(row, size)); };
  auto copy = [&](Value row, Value place) {
    Value source =
        kb.at(from.pointer, from.element, kb.mul(place, from.stride));
    copyRow(kb, from.element, source, target(row), size);
  };
  kb.loop(kb.i64(0), valid, 1, [&](Value row) {
    kb.prefetch(target(kb.add(row, kStoresAhead)), kb.f32Type(), size,
                CacheLevel::First);
    if (!from.tokens)
      return copy(row, kb.add(first, row));
    Value token = loadToken(kb, from.tokens, row);
    kb.when(
        kb.less(token, kb.i64(0)), [&] { zeroRow(kb, target(row), size); },
        [&] { copy(row, token); });
  });
  kb.loop(valid, kb.i64(task.shape.keyTile), 1,
          [&](Value row) { zeroRow(kb, target(row), size); });
}

} // namespace

KeyTile attn::cpu::emitKeyTile(FoldTask &task, const KeyStream &stream,
                               Value firstKey) {
  KernelBuilder &kb = task.kb;
  KeyTile tile;
  tile.firstKey = firstKey;
  tile.left = kb.sub(stream.keys, firstKey);
  tile.isRagged = kb.less(tile.left, kb.i64(task.shape.keyTile));
  if (stream.slots)
    stream.slots->fill(stream.k.tokens ? stream.k.tokens : stream.v.tokens,
                       firstKey, task.shape.keyTile);
  return tile;
}

TileRows attn::cpu::emitTileRows(FoldTask &task, const KeyTile &tile,
                                 const RowView &view, int64_t size) {
  KernelBuilder &kb = task.kb;
  const FoldShape &shape = task.shape;
  TileRows rows = {task.rowBlock, kb.i64(size)};
  auto copy = [&] {
    Value valid = kb.min(tile.left, kb.i64(shape.keyTile));
    copyRows(task, view, tile.firstKey, valid, task.rowBlock, size);
  };
  if (view.tokens || !shape.readsInPlace()) {
    copy();
    return rows;
  }
  kb.when(tile.isRagged, copy);
  Value inPlace =
      kb.at(view.pointer, view.element, kb.mul(tile.firstKey, view.stride));
  return {kb.select(tile.isRagged, rows.pointer, inPlace),
          kb.select(tile.isRagged, rows.stride, view.stride)};
}

void attn::cpu::emitFetchShare(FoldTask &task, const KeyStream &stream,
                               const RowView &view, Value firstKey,
                               int64_t size, const TileShare &share) {
  if (view.tokens)
    return;
  KernelBuilder &kb = task.kb;
  int64_t keyTile = task.shape.keyTile;
  int64_t keys = llvm::divideCeil(keyTile * share.count, share.total);
  Value before = kb.divide(kb.mul(share.row, keyTile), kb.i64(share.total));
  Value first = kb.add(firstKey, before), last = kb.add(stream.keys, -1);
  for (int64_t i = 0; i < keys; ++i) {
    Value key = kb.min(kb.add(first, i), last);
    kb.prefetch(kb.at(view.pointer, view.element, kb.mul(key, view.stride)),
                view.element, size);
  }
}
