//===- AmxPack.cpp - Factors of tile products in scratch ------------------===//
//
// Pairs of bf16 move as i32. Loads of the last channels of a row are masked, so
// that nothing behind a tensor is read and what is missing is 0.
//
//===----------------------------------------------------------------------===//

#include "AmxPack.h"
#include "AmxTiles.h"
#include "Elements.h"

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

/// Rows [first, first + valid) of `from` to `to`, zeros after them.
void copyRows(FoldTask &task, const RowView &from, Value first, Value valid,
              Value to, int64_t size) {
  KernelBuilder &kb = task.kb;
  int64_t pitch = llvm::alignTo(size, kTileDepth);
  auto target = [&](Value row, Value d) {
    return halfAt(kb, halfAt(kb, to, kb.mul(row, pitch)), d);
  };
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
  kb.loop(valid, kb.i64(task.shape.keyTile), 1, [&](Value row) {
    forEachRun(kb, pitch, kTileDepth, [&](Value d, int64_t) {
      kb.store(zero, target(row, d), kTileDepth * 2);
    });
  });
}

/// The rows of a block of keys, in place or copied to `copy`.
struct BlockRows {
  Value pointer, stride;
};

BlockRows emitBlockRows(FoldTask &task, const KeyStream &stream,
                        const RowView &from, Value firstKey, Value copy,
                        int64_t size, bool inPlace) {
  KernelBuilder &kb = task.kb;
  Value left = kb.sub(stream.keys, firstKey);
  Value blockSize = kb.i64(task.shape.keyTile);
  Value pitch = kb.i64(llvm::alignTo(size, kTileDepth));
  auto emitCopy = [&] {
    copyRows(task, from, firstKey, kb.min(left, blockSize), copy, size);
  };
  if (!inPlace) {
    emitCopy();
    return {copy, pitch};
  }
  Value isRagged = kb.less(left, blockSize);
  kb.when(isRagged, emitCopy);
  Value pointer = halfAt(kb, from.pointer, kb.mul(firstKey, from.stride));
  return {kb.select(isRagged, copy, pointer),
          kb.select(isRagged, pitch, from.stride)};
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

void attn::cpu::emitAmxQueries(FoldTask &task) {
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
    Value to = halfAt(kb, task.amx.queries, kb.mul(column, kTileElements));
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

AmxFactor attn::cpu::emitAmxKeys(FoldTask &task, const KeyStream &stream,
                                 Value firstKey) {
  KernelBuilder &kb = task.kb;
  int64_t size = task.shape.headSize;
  BlockRows rows =
      emitBlockRows(task, stream, stream.k, firstKey, task.amx.keyRows, size,
                    /*inPlace=*/size % kTileDepth == 0);
  return {rows.pointer, kb.mul(rows.stride, kTileRows), rows.stride,
          kTileDepth};
}

AmxFactor attn::cpu::emitAmxValues(FoldTask &task, const KeyStream &stream,
                                   Value firstKey, Value offset) {
  KernelBuilder &kb = task.kb;
  int64_t chunks = task.shape.getKeyChunks();
  AmxFactor packed = getPackedValues(task, offset);
  BlockRows rows =
      emitBlockRows(task, stream, stream.v, firstKey, task.amx.valueRows,
                    task.shape.valueHeadSize, /*inPlace=*/true);
  forEachRun(kb, task.shape.valueHeadSize, kTileRows, [&](Value d, int64_t n) {
    Value row = halfAt(kb, packed.pointer, kb.mul(d, chunks * kTileDepth));
    kb.loop(kb.i64(0), kb.i64(chunks), 1, [&](Value chunk) {
      packValues(task, rows, chunk, d, n,
                 halfAt(kb, row, kb.mul(chunk, kTileElements)));
    });
  });
  return packed;
}

AmxFactor attn::cpu::getPackedValues(FoldTask &task, Value offset) {
  KernelBuilder &kb = task.kb;
  int64_t rowStep = task.shape.getKeyChunks() * kTileElements;
  return {halfAt(kb, task.amx.values, offset), kb.i64(rowStep),
          kb.i64(kTileDepth), kTileElements};
}
