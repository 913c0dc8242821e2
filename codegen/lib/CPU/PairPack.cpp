//===- PairPack.cpp - Factors of tile products ----------------------------===//
//
// Pairs of bf16 move as i32. Loads of the last channels of a row are masked, so
// that nothing behind a tensor is read and what is missing is 0.
//
//===----------------------------------------------------------------------===//

#include "PairPack.h"
#include "AmxTiles.h"
#include "Elements.h"
#include "QueryPack.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace attn::cpu;

namespace {

/// `valid` elements at `pointer` as `size` i16; the others are 0.
Value loadHalves(KernelBuilder &kb, Value pointer, int64_t size,
                 int64_t valid) {
  OpBuilder &b = kb.b;
  auto type = VectorType::get({size}, b.getI16Type());
  if (valid >= size)
    return kb.load(type, pointer, sizeof(int16_t));
  auto isValid = llvm::map_to_vector(llvm::seq(size),
                                     [&](int64_t i) { return i < valid; });
  Value mask = arith::ConstantOp::create(
      b, kb.loc,
      DenseElementsAttr::get(VectorType::get({size}, b.getI1Type()),
                             ArrayRef<bool>(isValid)));
  Value zero = arith::ConstantOp::create(b, kb.loc, b.getZeroAttr(type));
  return LLVM::MaskedLoadOp::create(b, kb.loc, type, pointer, mask, zero,
                                    sizeof(int16_t));
}

VectorType pairs(KernelBuilder &kb) {
  return VectorType::get({kTileRows}, kb.b.getI32Type());
}

/// Calls `body(first, valid)` for runs of `step` channels that cover `size`.
void forEachRun(KernelBuilder &kb, int64_t size, int64_t step,
                llvm::function_ref<void(Value, int64_t)> body) {
  int64_t whole = size / step * step;
  if (whole > 0)
    kb.loop(kb.i64(0), kb.i64(whole), step,
            [&](Value first) { body(first, step); });
  if (whole < size)
    body(kb.i64(whole), size - whole);
}

void storeTile(KernelBuilder &kb, ArrayRef<Value> rows, Value pointer) {
  for (auto [i, row] : llvm::enumerate(rows))
    kb.store(row, halfAt(kb, pointer, i * kTileDepth), kTileDepth * 2);
}

/// Rows [first, first + valid) of `from` to target(row, channel), zeros after
/// them.
void copyRows(FoldTask &task, const RowView &from, Value first, Value valid,
              int64_t size, llvm::function_ref<Value(Value, Value)> target) {
  KernelBuilder &kb = task.kb;
  kb.loop(kb.i64(0), valid, 1, [&](Value row) {
    Value source =
        halfAt(kb, from.pointer, kb.mul(kb.add(first, row), from.stride));
    forEachRun(kb, size, kTileDepth, [&](Value d, int64_t count) {
      kb.store(loadHalves(kb, halfAt(kb, source, d), kTileDepth, count),
               target(row, d), kTileDepth * 2);
    });
  });
  auto type = VectorType::get({kTileDepth}, kb.b.getI16Type());
  Value zero = arith::ConstantOp::create(kb.b, kb.loc, kb.b.getZeroAttr(type));
  int64_t pitch = llvm::alignTo(size, kTileDepth);
  kb.loop(valid, kb.i64(task.shape.keyTile), 1, [&](Value row) {
    forEachRun(kb, pitch, kTileDepth, [&](Value d, int64_t) {
      kb.store(zero, target(row, d), kTileDepth * 2);
    });
  });
}

/// Keys from `firstKey` on that there are.
Value emitValid(FoldTask &task, const KeyStream &stream, Value firstKey) {
  KernelBuilder &kb = task.kb;
  return kb.min(kb.sub(stream.keys, firstKey), kb.i64(task.shape.keyTile));
}

/// The rows of a tile of keys, in place or, if some do not exist, copied.
struct BlockRows {
  Value pointer, stride;
};

BlockRows emitValueRows(FoldTask &task, const KeyStream &stream,
                        Value firstKey) {
  KernelBuilder &kb = task.kb;
  int64_t pitch = llvm::alignTo(task.shape.valueHeadSize, kTileDepth);
  Value copy = task.pairs.valueRows;
  Value valid = emitValid(task, stream, firstKey);
  Value isRagged = kb.less(valid, kb.i64(task.shape.keyTile));
  kb.when(isRagged, [&] {
    copyRows(task, stream.v, firstKey, valid, task.shape.valueHeadSize,
             [&](Value row, Value d) {
               return halfAt(kb, halfAt(kb, copy, kb.mul(row, pitch)), d);
             });
  });
  Value pointer =
      halfAt(kb, stream.v.pointer, kb.mul(firstKey, stream.v.stride));
  return {kb.select(isRagged, copy, pointer),
          kb.select(isRagged, kb.i64(pitch), stream.v.stride)};
}

/// K by tiles of 16 keys and 32 channels, zero where there is none.
void packKeys(FoldTask &task, const KeyStream &stream, Value firstKey,
              const PairFactor &to) {
  KernelBuilder &kb = task.kb;
  copyRows(task, stream.k, firstKey, emitValid(task, stream, firstKey),
           task.shape.headSize, [&](Value row, Value d) {
             Value rows = kb.i64(kTileRows);
             Value tile = kb.mul(kb.divide(row, rows), to.rowStep);
             // Chunk d / 32 has a tile of 16 x 32.
             tile = kb.add(tile, kb.mul(d, kTileRows));
             return halfAt(kb, halfAt(kb, to.pointer, tile),
                           kb.mul(kb.remainder(row, rows), kTileDepth));
           });
}

/// One tile of V^T: channels `d` on of the keys of chunk `chunk`.
void packValues(FoldTask &task, const BlockRows &rows, Value chunk, Value d,
                int64_t valid, Value to) {
  KernelBuilder &kb = task.kb;
  OpBuilder &b = kb.b;
  Value first = kb.mul(chunk, kTileDepth);
  auto load = [&](int64_t row) -> Value {
    if (row >= task.shape.keyTile)
      return arith::ConstantOp::create(b, kb.loc, b.getZeroAttr(pairs(kb)));
    Value pointer =
        halfAt(kb, rows.pointer, kb.mul(kb.add(first, row), rows.stride));
    Value halves = loadHalves(kb, halfAt(kb, pointer, d), kTileRows, valid);
    return arith::ExtUIOp::create(b, kb.loc, pairs(kb), halves);
  };
  Value shift = arith::ConstantOp::create(
      b, kb.loc, DenseElementsAttr::get(pairs(kb), b.getI32IntegerAttr(16)));
  SmallVector<Value> block;
  for (int64_t i = 0; i < kTileRows; ++i) {
    Value high = arith::ShLIOp::create(b, kb.loc, load(2 * i + 1), shift);
    block.push_back(arith::OrIOp::create(b, kb.loc, load(2 * i), high));
  }
  storeTile(kb, transpose(kb, block), to);
}

} // namespace

void attn::cpu::emitPairQueries(FoldTask &task) {
  KernelBuilder &kb = task.kb;
  int64_t columns = task.shape.queryTile / kTileRows;
  Value last = kb.add(task.numQueries, -1);
  Value used = kb.divide(emitUsedLanes(task), kb.i64(kTileRows));
  kb.loop(kb.i64(0), used, 1, [&](Value column) {
    SmallVector<Value> rows;
    for (int64_t i = 0; i < kTileRows; ++i) {
      Value lane = kb.min(kb.add(kb.mul(column, kTileRows), i), last);
      rows.push_back(
          halfAt(kb, task.q.pointer,
                 kb.mul(kb.add(task.firstQuery, lane), task.q.stride)));
    }
    Value to = halfAt(kb, task.pairs.queries, kb.mul(column, kTileElements));
    forEachRun(kb, task.shape.headSize, kTileDepth, [&](Value d, int64_t n) {
      SmallVector<Value> block;
      for (Value row : rows)
        block.push_back(LLVM::BitcastOp::create(
            kb.b, kb.loc, pairs(kb),
            loadHalves(kb, halfAt(kb, row, d), kTileDepth, n)));
      // Chunk d / 32 has a tile per column.
      storeTile(kb, transpose(kb, block),
                halfAt(kb, to, kb.mul(d, columns * kTileRows)));
    });
  });
}

static Value tileAt(FoldTask &task, Value slot) {
  return halfAt(task.kb, task.pairs.tiles,
                task.kb.mul(slot, task.shape.getTileElements()));
}

PairFactor attn::cpu::getPackedKeys(FoldTask &task, Value slot) {
  KernelBuilder &kb = task.kb;
  const FoldShape &shape = task.shape;
  return {tileAt(task, slot), kb.i64(shape.getHeadChunks() * kTileElements),
          kb.i64(kTileDepth), kTileElements};
}

PairFactor attn::cpu::getPackedValues(FoldTask &task, Value slot) {
  KernelBuilder &kb = task.kb;
  const FoldShape &shape = task.shape;
  return {halfAt(kb, tileAt(task, slot), shape.getKeyElements()),
          kb.i64(shape.getKeyChunks() * kTileElements), kb.i64(kTileDepth),
          kTileElements};
}

void attn::cpu::emitPairTile(FoldTask &task, const KeyStream &stream,
                             Value firstKey) {
  KernelBuilder &kb = task.kb;
  Value slot = kb.divide(firstKey, kb.i64(task.shape.keyTile));
  Value next = kb.min(kb.add(firstKey, task.shape.keyTile), stream.keys);
  emitPrefetchRows(task, stream.v, firstKey, next, task.shape.valueHeadSize);
  packKeys(task, stream, firstKey, getPackedKeys(task, slot));
  PairFactor to = getPackedValues(task, slot);
  BlockRows rows = emitValueRows(task, stream, firstKey);
  int64_t chunks = task.shape.getKeyChunks();
  forEachRun(kb, task.shape.valueHeadSize, kTileRows, [&](Value d, int64_t n) {
    Value row = halfAt(kb, to.pointer, kb.mul(d, chunks * kTileDepth));
    kb.loop(kb.i64(0), kb.i64(chunks), 1, [&](Value chunk) {
      packValues(task, rows, chunk, d, n,
                 halfAt(kb, row, kb.mul(chunk, kTileElements)));
    });
  });
}
