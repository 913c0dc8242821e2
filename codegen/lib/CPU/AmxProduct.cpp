//===- AmxProduct.cpp - Products of tile registers ------------------------===//

#include "AmxProduct.h"
#include "AmxTiles.h"

using namespace mlir;
using namespace attn::cpu;

namespace {

constexpr int64_t kBlock = 2; ///< Row tiles and columns of a block.

/// `rows` x `columns` accumulators from tile (`row`, `column`) on.
class AmxBlock {
public:
  AmxBlock(KernelBuilder &kb, const AmxProduct &product, Value row,
           int64_t rows, int64_t column, int64_t columns)
      : kb(kb), tiles(kb), product(product), rows(rows), column(column),
        columns(columns) {
    a = halfAt(kb, product.a.pointer, kb.mul(row, product.a.rowStep));
    c = kb.floatAt(kb.floatAt(product.c, column * kTileRows),
                   kb.mul(row, kTileRows * product.pitch));
  }

  void emit() {
    SmallVector<Value> sums;
    for (int64_t i = 0; i < rows * columns; ++i)
      sums.push_back(product.accumulate
                         ? tiles.loadSums(sumsAt(i), product.pitch)
                         : tiles.zeroSums());
    for (int64_t k = 0; k < product.depth; ++k)
      addDepth(k, sums);
    for (int64_t i = 0; i < rows * columns; ++i)
      tiles.storeSums(sums[i], sumsAt(i), product.pitch);
  }

private:
  /// Accumulators are numbered row by row.
  Value sumsAt(int64_t i) {
    return kb.floatAt(c, i / columns * kTileRows * product.pitch +
                             i % columns * kTileRows);
  }

  void addDepth(int64_t k, SmallVectorImpl<Value> &sums) {
    SmallVector<Value> second;
    Value pitch = kb.i64(kTileDepth);
    for (int64_t j = 0; j < columns; ++j)
      second.push_back(tiles.loadHalves(
          halfAt(kb, product.b,
                 k * product.depthStep + (column + j) * kTileElements),
          pitch));
    for (int64_t i = 0; i < rows; ++i) {
      Value row = halfAt(kb, a, kb.mul(product.a.rowStep, i));
      Value first = tiles.streamHalves(halfAt(kb, row, k * product.a.depthStep),
                                       product.a.pitch);
      for (int64_t j = 0; j < columns; ++j) {
        Value &sum = sums[i * columns + j];
        sum = tiles.multiply(first, second[j], sum);
      }
    }
  }

  KernelBuilder &kb;
  AmxTiles tiles;
  const AmxProduct &product;
  int64_t rows, column, columns;
  Value a, c;
};

void emitRows(KernelBuilder &kb, const AmxProduct &product, Value row,
              int64_t rows) {
  for (int64_t j = 0; j < product.columns; j += kBlock)
    AmxBlock(kb, product, row, rows, j, std::min(kBlock, product.columns - j))
        .emit();
}

} // namespace

void attn::cpu::emitAmxProduct(KernelBuilder &kb, const AmxProduct &product) {
  int64_t whole = product.rows / kBlock * kBlock;
  if (whole > 0)
    kb.loop(kb.i64(0), kb.i64(whole), kBlock,
            [&](Value row) { emitRows(kb, product, row, kBlock); });
  if (whole < product.rows)
    emitRows(kb, product, kb.i64(whole), product.rows - whole);
}
