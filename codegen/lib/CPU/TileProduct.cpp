//===- TileProduct.cpp - Products of tile registers -----------------------===//
//
// Rows of tiles go in pairs (x, y), a pair after the other. If a product
// staggers, y is half a turn late: a turn has all products of x, those of
// the second half of the depth of y, and before them those of the first half of
// the y of the turn before.
//
//   turn n     x(n):  begin ------------------ store
//              y:     y(n - 1) - store | begin y(n) -
//
// Where sums are added to, y(-1) is the last y, which gets one half of its
// products at the beginning and one at the end: all turns are alike. Where they
// begin with zero, turn 0 has no y(-1), and the last y ends behind the loop.
//
//===----------------------------------------------------------------------===//

#include "TileProduct.h"
#include "AmxTiles.h"

using namespace mlir;
using namespace attn::cpu;

namespace {

constexpr int64_t kBlock = 2; ///< Row tiles and columns of a block.

/// How many of `size` pieces go to place `i` of `places`.
int64_t getShare(int64_t i, int64_t size, int64_t places) {
  return (i + 1) * size / places - i * size / places;
}

/// All rows of tiles for `columns` columns from `column` on.
class ColumnBlock {
public:
  ColumnBlock(KernelBuilder &kb, const PairProduct &product, int64_t column,
              int64_t columns, const PairPieces *pieces)
      : kb(kb), tiles(kb), product(product), column(column), columns(columns),
        lag(product.depth / 2), pieces(pieces) {}

  void emit(SmallVectorImpl<Value> &pieceState) {
    state.assign(pieceState.begin(), pieceState.end());
    int64_t pairs = product.rows / kBlock;
    if (pairs > 0 && product.staggers)
      product.accumulate ? emitAlike(pairs) : emitLate(pairs);
    else if (pairs > 0)
      kb.loop(kb.i64(0), kb.i64(pairs * kBlock), kBlock,
              [&](Value row) { emitRows(row, kBlock); });
    if (product.rows % kBlock)
      emitRows(kb.i64(product.rows - 1), 1);
    pieceState.assign(state.begin(), state.end());
  }

private:
  using Sums = SmallVector<Value>; ///< Accumulators of a row of tiles.

  void emitAlike(int64_t pairs) {
    Value last = kb.i64(kBlock * pairs - 1);
    Sums y = begin(last);
    emitTurns(0, pairs, y, [&](Value turn) {
      Value before = kb.add(kb.mul(turn, kBlock), -1);
      return kb.select(kb.less(before, kb.i64(0)), last, before);
    });
    store(y, last);
  }

  void emitLate(int64_t pairs) {
    Sums y;
    emitTurn(kb.i64(0), y, Value());
    if (pairs > 1)
      emitTurns(1, pairs, y,
                [&](Value turn) { return kb.add(kb.mul(turn, kBlock), -1); });
    if (lag == 0)
      return;
    Value last = kb.i64(kBlock * pairs - 1);
    for (int64_t k = 0; k < lag; ++k)
      addDepth(y, last, k, loadColumns(k));
    store(y, last);
  }

  /// \param getBefore the row of `y` when a turn begins.
  void emitTurns(int64_t first, int64_t pairs, Sums &y,
                 llvm::function_ref<Value(Value)> getBefore) {
    SmallVector<Value> carried = lag ? y : Sums();
    int64_t numTiles = carried.size();
    carried.append(state);
    carried = kb.loop(kb.i64(first), kb.i64(pairs), 1, carried,
                      [&](Value turn, ValueRange values) {
                        Sums sums =
                            llvm::to_vector(values.take_front(numTiles));
                        state = llvm::to_vector(values.drop_front(numTiles));
                        emitTurn(turn, sums, getBefore(turn));
                        SmallVector<Value> next = lag ? sums : Sums();
                        next.append(state);
                        return next;
                      });
    y = llvm::to_vector(ArrayRef(carried).take_front(numTiles));
    state = llvm::to_vector(ArrayRef(carried).drop_front(numTiles));
  }

  /// `y` are sums of row `before`, then of this turn; null: there are none.
  void emitTurn(Value turn, Sums &y, Value before) {
    Value row = kb.mul(turn, kBlock), next = kb.add(row, 1);
    beginPieces(turn, /*isSkipped=*/!before);
    Sums x = begin(row);
    for (int64_t k = 0; k < product.depth; ++k) {
      SmallVector<Value> second = loadColumns(k);
      addDepth(x, row, k, second);
      if (k == lag) {
        if (before && lag > 0)
          store(y, before);
        y = begin(next);
      }
      if (k >= lag)
        addDepth(y, next, k, second);
      else if (before)
        addDepth(y, before, k, second);
    }
    store(x, row);
    if (lag == 0)
      store(y, next);
    piecesHere = 0;
  }

  void emitRows(Value row, int64_t rows) {
    SmallVector<Sums> sums;
    for (int64_t i = 0; i < rows; ++i)
      sums.push_back(begin(kb.add(row, i)));
    for (int64_t k = 0; k < product.depth; ++k) {
      SmallVector<Value> second = loadColumns(k);
      for (int64_t i = 0; i < rows; ++i)
        addDepth(sums[i], kb.add(row, i), k, second);
    }
    for (int64_t i = 0; i < rows; ++i)
      store(sums[i], kb.add(row, i));
  }

  Value sumsAt(Value row, int64_t j) {
    return kb.floatAt(kb.floatAt(product.c, (column + j) * kTileRows),
                      kb.mul(row, kTileRows * product.pitch));
  }

  // A tile of zeros per accumulator: one that several begin with is spilled.
  Sums begin(Value row) {
    Sums sums;
    for (int64_t j = 0; j < columns; ++j)
      sums.push_back(product.accumulate
                         ? tiles.loadSums(sumsAt(row, j), product.pitch)
                         : tiles.zeroSums());
    return sums;
  }

  void store(ArrayRef<Value> sums, Value row) {
    for (int64_t j = 0; j < columns; ++j)
      tiles.storeSums(sums[j], sumsAt(row, j), product.pitch);
  }

  SmallVector<Value> loadColumns(int64_t k) {
    SmallVector<Value> second;
    Value pitch = kb.i64(kTileDepth);
    for (int64_t j = 0; j < columns; ++j)
      second.push_back(tiles.loadHalves(
          halfAt(kb, product.b,
                 k * product.depthStep + (column + j) * kTileElements),
          pitch));
    return second;
  }

  void addDepth(Sums &sums, Value row, int64_t k, ArrayRef<Value> second) {
    Value at = halfAt(kb, product.a.pointer, kb.mul(product.a.rowStep, row));
    Value first = tiles.streamHalves(halfAt(kb, at, k * product.a.depthStep),
                                     product.a.pitch);
    for (int64_t j = 0; j < columns; ++j) {
      sums[j] = tiles.multiply(first, second[j], sums[j]);
      emitPieces();
    }
  }

  void beginPieces(Value turn, bool isSkipped) {
    piecesHere = isSkipped || !pieces ? 0 : pieces->perPair;
    place = numPieces = 0;
    if (!pieces)
      return;
    firstPiece =
        kb.add(kb.mul(kb.add(turn, product.accumulate ? 0 : -1), piecesHere),
               pieces->first);
  }

  /// The share of a product.
  void emitPieces() {
    int64_t places = kBlock * columns * product.depth;
    for (int64_t count = getShare(place++, piecesHere, places); count > 0;
         --count)
      pieces->emit(firstPiece, numPieces++, state);
  }

  KernelBuilder &kb;
  AmxTiles tiles;
  const PairProduct &product;
  int64_t column, columns;
  int64_t lag; ///< Depth at which y begins.
  const PairPieces *pieces;
  SmallVector<Value> state; ///< Of pieces.
  // Of this turn.
  Value firstPiece;
  int64_t piecesHere = 0, numPieces = 0;
  int64_t place = 0;
};

} // namespace

void attn::cpu::emitTileProduct(KernelBuilder &kb, const PairProduct &product,
                                const PairPieces *pieces,
                                SmallVectorImpl<Value> *state) {
  SmallVector<Value> none;
  for (int64_t j = 0; j < product.columns; j += kBlock)
    ColumnBlock(kb, product, j, std::min(kBlock, product.columns - j), pieces)
        .emit(state ? *state : none);
}
