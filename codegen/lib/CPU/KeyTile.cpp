//===- KeyTile.cpp - One tile of keys and values --------------------------===//

#include "KeyTile.h"
#include "Elements.h"

using namespace mlir;
using namespace attn::cpu;

namespace {

/// Calls `body(index, isVector)` so that all of a row of `size` is covered.
void forEachPart(KernelBuilder &kb, int64_t size,
                 llvm::function_ref<void(Value, bool)> body) {
  if (size < kb.variant.lanes)
    return kb.loop(kb.i64(0), kb.i64(size), 1,
                   [&](Value d) { body(d, false); });
  forEachVector(kb, size, [&](Value d) { body(d, true); });
}

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

/// Rows [first, first + valid) of `from` to `to`, zeros after them.
void copyRows(FoldTask &task, const RowView &from, Value first, Value valid,
              Value to, int64_t size) {
  KernelBuilder &kb = task.kb;
  auto target = [&](Value row) { return kb.floatAt(to, kb.mul(row, size)); };
  kb.loop(kb.i64(0), valid, 1, [&](Value row) {
    Value source = kb.at(from.pointer, from.element,
                         kb.mul(kb.add(first, row), from.stride));
    copyRow(kb, from.element, source, target(row), size);
  });
  kb.loop(valid, kb.i64(task.shape.keyTile), 1,
          [&](Value row) { zeroRow(kb, target(row), size); });
}

} // namespace

KeyTile attn::cpu::emitKeyTile(FoldTask &task, Value firstKey) {
  KernelBuilder &kb = task.kb;
  const FoldShape &shape = task.shape;
  Value left = kb.sub(task.keys, firstKey);
  Value tileSize = kb.i64(shape.keyTile);
  KeyTile tile;
  tile.firstKey = firstKey;
  tile.isRagged = kb.less(left, tileSize);
  auto copy = [&] {
    Value valid = kb.min(left, tileSize);
    copyRows(task, task.k, firstKey, valid, task.keyBlock, shape.headSize);
    copyRows(task, task.v, firstKey, valid, task.valueBlock,
             shape.valueHeadSize);
  };
  tile.keys = task.keyBlock;
  tile.values = task.valueBlock;
  tile.keyStride = kb.i64(shape.headSize);
  tile.valueStride = kb.i64(shape.valueHeadSize);
  if (!shape.readsInPlace()) {
    copy();
    return tile;
  }
  kb.when(tile.isRagged, copy);
  auto inPlace = [&](const RowView &view) {
    return kb.at(view.pointer, view.element, kb.mul(firstKey, view.stride));
  };
  tile.keys = kb.select(tile.isRagged, tile.keys, inPlace(task.k));
  tile.values = kb.select(tile.isRagged, tile.values, inPlace(task.v));
  tile.keyStride = kb.select(tile.isRagged, tile.keyStride, task.k.stride);
  tile.valueStride = kb.select(tile.isRagged, tile.valueStride, task.v.stride);
  return tile;
}
