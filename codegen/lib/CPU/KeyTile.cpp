//===- KeyTile.cpp - One tile of keys and values --------------------------===//

#include "KeyTile.h"
#include "Elements.h"

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
  const FoldShape &shape = task.shape;
  Value left = kb.sub(stream.keys, firstKey);
  Value tileSize = kb.i64(shape.keyTile);
  KeyTile tile;
  tile.firstKey = firstKey;
  tile.isRagged = kb.less(left, tileSize);
  auto copy = [&] {
    Value valid = kb.min(left, tileSize);
    copyRows(task, stream.k, firstKey, valid, task.keyBlock, shape.headSize);
    copyRows(task, stream.v, firstKey, valid, task.valueBlock,
             shape.valueHeadSize);
  };
  tile.keys = task.keyBlock;
  tile.values = task.valueBlock;
  tile.keyStride = kb.i64(shape.headSize);
  tile.valueStride = kb.i64(shape.valueHeadSize);
  if (stream.slots)
    stream.slots->fill(stream.k.tokens ? stream.k.tokens : stream.v.tokens,
                       firstKey, shape.keyTile);
  if (stream.slots || !shape.readsInPlace()) {
    copy();
    return tile;
  }
  kb.when(tile.isRagged, copy);
  auto inPlace = [&](const RowView &view) {
    return kb.at(view.pointer, view.element, kb.mul(firstKey, view.stride));
  };
  tile.keys = kb.select(tile.isRagged, tile.keys, inPlace(stream.k));
  tile.values = kb.select(tile.isRagged, tile.values, inPlace(stream.v));
  tile.keyStride = kb.select(tile.isRagged, tile.keyStride, stream.k.stride);
  tile.valueStride =
      kb.select(tile.isRagged, tile.valueStride, stream.v.stride);
  return tile;
}
