//===- RowProducts.cpp - Products of few rows -----------------------------===//

#include "RowProducts.h"
#include "AmxTiles.h"
#include "DotProduct.h"
#include "Elements.h"

#include "attn/dialect/Tile/Tile.h"

#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace mlir;
using namespace attn::cpu;

namespace {

/// Alignment of a vector of pairs in scratch.
constexpr unsigned kPairBytes = 64;

/// A row of `size` elements of `element` as f32 times `factor`, then zeros up
/// to a multiple of the vector length.
void copyPadded(KernelBuilder &kb, Type element, Value from, Value to,
                int64_t size, float factor) {
  forEachPart(kb, size, [&](Value d, bool isVector) {
    Value pointer = kb.at(from, element, d);
    Value x = isVector ? loadElements(kb, element, pointer)
                       : loadElement(kb, element, pointer);
    if (factor != 1.0f)
      x = kb.mulf(x, isVector ? kb.splat(factor) : kb.f32(factor));
    kb.store(x, kb.floatAt(to, d), sizeof(float));
  });
  for (int64_t d = size; d % kb.variant.lanes != 0; ++d)
    kb.store(kb.f32(0.0f), kb.floatAt(to, d));
}

/// Sums over the lanes of as many vectors as there are lanes: halves of two
/// vectors are added until one vector is left.
class LaneSums {
public:
  explicit LaneSums(KernelBuilder &kb) : kb(kb), lanes(kb.variant.lanes) {}

  /// Lane i of the result is the sum of `vectors[i]`.
  Value emit(ArrayRef<Value> vectors) {
    SmallVector<Value> inputs(lanes);
    for (auto [lane, input] : llvm::enumerate(getOrder()))
      inputs[input] = vectors[lane];
    for (int64_t run = lanes; run > 1; run /= 2)
      for (int64_t half = inputs.size() / 2, i = 0; i < half; ++i) {
        Value a = inputs[i], b = inputs[i + half];
        inputs[i] = kb.addf(shuffle(a, b, run, 0), shuffle(a, b, run, run / 2));
        if (i + 1 == half)
          inputs.resize(half);
      }
    return inputs.front();
  }

private:
  /// Which input ends in each lane.
  SmallVector<int64_t> getOrder() {
    SmallVector<SmallVector<int64_t>> runs;
    for (int64_t i = 0; i < lanes; ++i)
      runs.push_back({i});
    while (runs.size() > 1) {
      size_t half = runs.size() / 2;
      for (size_t i = 0; i < half; ++i) {
        SmallVector<int64_t> joined;
        for (auto [a, b] : llvm::zip(runs[i], runs[i + half]))
          joined.append({a, b});
        runs[i] = joined;
      }
      runs.resize(half);
    }
    return runs.front();
  }

  /// Of every run of `run` lanes the half from `offset`: of a, then of b.
  Value shuffle(Value a, Value b, int64_t run, int64_t offset) {
    SmallVector<int64_t> mask;
    for (int64_t first = 0; first < lanes; first += run)
      for (int64_t source : {int64_t(0), lanes})
        for (int64_t i = 0; i < run / 2; ++i)
          mask.push_back(source + first + offset + i);
    return vector::ShuffleOp::create(kb.b, kb.loc, a, b, mask);
  }

  KernelBuilder &kb;
  int64_t lanes;
};

} // namespace

int64_t attn::cpu::getRowPitch(int64_t size) {
  return llvm::alignTo(size, tile::kPartAlignment);
}

/// Row `row` of queries, from element `first` on.
static void copyPairs(FoldTask &task, Value first, Value row) {
  KernelBuilder &kb = task.kb;
  int64_t size = task.shape.headSize;
  Value from = halfAt(kb, task.q.pointer, first);
  Value to = halfAt(kb, task.queryRows, kb.mul(row, getRowPitch(size)));
  kb.loop(kb.i64(0), kb.i64(size), kTileDepth, [&](Value d) {
    kb.store(loadPairs(kb, halfAt(kb, from, d), sizeof(int16_t)),
             halfAt(kb, to, d), kPairBytes);
  });
}

void attn::cpu::emitRowPack(FoldTask &task, Value rows) {
  KernelBuilder &kb = task.kb;
  int64_t size = task.shape.headSize;
  kb.loop(kb.i64(0), task.numRows, 1, [&](Value row) {
    Value first = kb.load(kb.i64Type(), kb.at(rows, kb.i64Type(), row));
    if (task.shape.hasRowPairs)
      return copyPairs(task, first, row);
    copyPadded(kb, task.q.element, kb.at(task.q.pointer, task.q.element, first),
               kb.floatAt(task.queryRows, kb.mul(row, getRowPitch(size))), size,
               task.shape.getQueryFactor());
  });
}

void attn::cpu::scaleRows(FoldTask &task) {
  KernelBuilder &kb = task.kb;
  int64_t size = task.shape.valueHeadSize;
  kb.loop(kb.i64(0), task.numRows, 1, [&](Value row) {
    Value factor =
        kb.splat(kb.load(kb.f32Type(), kb.floatAt(task.tileMaxima, row)));
    Value values = kb.floatAt(task.outT, kb.mul(row, getRowPitch(size)));
    kb.loop(kb.i64(0), kb.i64(size), kb.variant.lanes, [&](Value d) {
      Value place = kb.floatAt(values, d);
      kb.storeFloats(kb.mulf(kb.loadFloats(place), factor), place);
    });
  });
}

RowProducts::RowProducts(FoldTask &task, const KeyStream &stream,
                         Value firstKey)
    : task(task), kb(task.kb),
      keys(getRows(stream.k, task.keyBlock, task.shape.headSize, firstKey,
                   stream.keys)),
      values(getRows(stream.v, task.valueBlock, task.shape.valueHeadSize,
                     firstKey, stream.keys)) {
  Value next = kb.add(firstKey, task.shape.keyTile);
  Value last = kb.add(stream.keys, -1);
  nextKeys = {stream.k, next, last, task.shape.headSize};
  nextValues = {stream.v, next, last, task.shape.valueHeadSize};
}

/// Where they lie, or with padding in `block` if the size is no multiple of the
/// vector length.
RowProducts::Rows RowProducts::getRows(const RowView &view, Value block,
                                       int64_t size, Value firstKey,
                                       Value keys) {
  Rows rows = {view, firstKey, kb.add(keys, -1), size};
  if (size % kb.variant.lanes == 0)
    return rows;
  int64_t pitch = getRowPitch(size);
  kb.loop(kb.i64(0), kb.i64(task.shape.keyTile), 1, [&](Value key) {
    copyPadded(kb, view.element, rowAt(rows, key),
               kb.floatAt(block, kb.mul(key, pitch)), size, 1.0f);
  });
  return {{block, kb.i64(pitch), kb.f32Type(), {}},
          kb.i64(0),
          kb.i64(task.shape.keyTile - 1),
          static_cast<int64_t>(llvm::alignTo(size, kb.variant.lanes))};
}

Value RowProducts::rowAt(const Rows &rows, Value key) {
  Value row = kb.min(kb.add(rows.first, key), rows.last);
  return kb.at(rows.view.pointer, rows.view.element,
               kb.mul(row, rows.view.stride));
}

/// Products of keys and a group of rows, not summed over lanes: key by key.
SmallVector<Value> RowProducts::multiplyQueries(ArrayRef<Value> keyRows,
                                                Value firstRow) {
  bool hasPairs = task.shape.hasRowPairs;
  Value first = kb.mul(firstRow, getRowPitch(task.shape.headSize));
  Value queries = hasPairs ? halfAt(kb, task.queryRows, first)
                           : kb.floatAt(task.queryRows, first);
  SmallVector<Value> none(keyRows.size() * kRowGroup, kb.splat(0.0f));
  int64_t step = kb.variant.lanes * (hasPairs ? 2 : 1);
  return kb.loop(kb.i64(0), kb.i64(keys.size), step, none,
                 [&](Value d, ValueRange partial) {
                   SmallVector<Value> sums(partial);
                   multiplyChannels(keyRows, queries, d, sums);
                   return sums;
                 });
}

/// A vector of channels from `d` on.
void RowProducts::multiplyChannels(ArrayRef<Value> keyRows, Value queries,
                                   Value d, MutableArrayRef<Value> sums) {
  int64_t pitch = getRowPitch(task.shape.headSize);
  Type element = keys.view.element;
  bool hasPairs = task.shape.hasRowPairs;
  SmallVector<Value> rows;
  for (int64_t r = 0; r < kRowGroup; ++r) {
    Value at = kb.add(d, r * pitch);
    rows.push_back(hasPairs ? loadPairs(kb, halfAt(kb, queries, at), kPairBytes)
                            : kb.loadFloats(kb.floatAt(queries, at)));
  }
  for (auto [i, row] : llvm::enumerate(keyRows)) {
    Value at = kb.at(row, element, d);
    Value key = hasPairs ? loadPairs(kb, at, sizeof(int16_t))
                         : loadElements(kb, element, at);
    for (int64_t r = 0; r < kRowGroup; ++r) {
      Value &sum = sums[i * kRowGroup + r];
      sum = hasPairs ? addPairs(kb, key, rows[r], sum)
                     : kb.fma(key, rows[r], sum);
    }
  }
}

void RowProducts::emitLogits() {
  int64_t together = kb.variant.lanes / kRowGroup;
  kb.loop(kb.i64(0), kb.i64(task.shape.keyTile), together, [&](Value key) {
    SmallVector<Value> keyRows;
    for (int64_t i = 0; i < together; ++i) {
      keyRows.push_back(rowAt(keys, kb.add(key, i)));
      kb.prefetch(rowAt(nextKeys, kb.add(key, i)), nextKeys.view.element,
                  nextKeys.size);
    }
    kb.loop(kb.i64(0), task.numRows, kRowGroup, [&](Value row) {
      Value sums = LaneSums(kb).emit(multiplyQueries(keyRows, row));
      if (task.shape.hasRowPairs)
        sums = kb.mulf(sums, kb.splat(task.shape.getQueryFactor()));
      for (int64_t i = 0; i < together; ++i) {
        Value part = vector::ExtractStridedSliceOp::create(
            kb.b, kb.loc, sums, {i * kRowGroup}, {kRowGroup}, {1});
        Value line = kb.floatAt(task.logits,
                                kb.mul(kb.add(key, i), task.shape.queryTile));
        kb.store(part, kb.floatAt(line, row), kRowGroup * sizeof(float));
      }
    });
  });
  emitMaxima();
}

void RowProducts::emitMaxima() {
  int64_t pitch = task.shape.queryTile;
  for (int64_t lane = 0; lane < pitch; lane += kb.variant.lanes) {
    Value least = kb.splat(std::numeric_limits<float>::lowest());
    Value first = kb.floatAt(task.logits, lane);
    auto raise = [&](Value key, ValueRange maximum) {
      Value logits = kb.loadFloats(kb.floatAt(first, kb.mul(key, pitch)));
      return SmallVector<Value>{kb.maxOr(logits, maximum.front())};
    };
    Value maximum =
        kb.loop(kb.i64(0), kb.i64(task.shape.keyTile), 1, least, raise).front();
    kb.storeFloats(maximum, kb.floatAt(task.tileMaxima, lane));
  }
}

void RowProducts::emitValues() {
  // As many accumulators as half of the registers hold.
  int64_t vectors = kb.variant.tileRows * 2 / kRowGroup;
  int64_t step = vectors * kb.variant.lanes;
  int64_t whole = values.size / step * step;
  kb.loop(kb.i64(0), task.numRows, kRowGroup, [&](Value row) {
    if (whole > 0)
      kb.loop(kb.i64(0), kb.i64(whole), step,
              [&](Value d) { addValues({d, vectors, row}); });
    if (whole < values.size)
      addValues({kb.i64(whole), (values.size - whole) / kb.variant.lanes, row});
  });
}

void RowProducts::addValues(const Block &block) {
  int64_t pitch = getRowPitch(task.shape.valueHeadSize);
  Value out = kb.floatAt(kb.floatAt(task.outT, kb.mul(block.firstRow, pitch)),
                         block.channel);
  auto placeOf = [&](int64_t i) {
    return kb.floatAt(out, i / block.vectors * pitch +
                               i % block.vectors * kb.variant.lanes);
  };
  SmallVector<Value> sums;
  for (int64_t i = 0; i < kRowGroup * block.vectors; ++i)
    sums.push_back(kb.loadFloats(placeOf(i)));
  bool hasPairs = task.shape.hasRowPairs;
  auto add = [&](Value key, ValueRange partial) {
    SmallVector<Value> next(partial);
    hasPairs ? addKeyPair(block, key, next) : addKey(block, key, next);
    return next;
  };
  sums = kb.loop(kb.i64(0), kb.i64(task.shape.keyTile), hasPairs ? 2 : 1, sums,
                 add);
  for (auto [i, sum] : llvm::enumerate(sums))
    kb.storeFloats(sum, placeOf(i));
}

/// Fetches the same place of the next tile, too.
Value RowProducts::valuesAt(const Block &block, Value key) {
  Type fetched = nextValues.view.element;
  kb.prefetch(kb.at(rowAt(nextValues, key), fetched, block.channel), fetched,
              block.vectors * kb.variant.lanes);
  return kb.at(rowAt(values, key), values.view.element, block.channel);
}

void RowProducts::addKey(const Block &block, Value key,
                         MutableArrayRef<Value> sums) {
  Type element = values.view.element;
  Value from = valuesAt(block, key);
  SmallVector<Value> row;
  for (int64_t j = 0; j < block.vectors; ++j)
    row.push_back(
        loadElements(kb, element, kb.at(from, element, j * kb.variant.lanes)));
  Value weights =
      kb.floatAt(kb.floatAt(task.logits, kb.mul(key, task.shape.queryTile)),
                 block.firstRow);
  for (int64_t r = 0; r < kRowGroup; ++r) {
    Value weight = kb.splat(kb.load(kb.f32Type(), kb.floatAt(weights, r)));
    for (int64_t j = 0; j < block.vectors; ++j) {
      Value &sum = sums[r * block.vectors + j];
      sum = kb.fma(weight, row[j], sum);
    }
  }
}

/// Keys `key` and `key` + 1: their elements of a channel become a pair.
void RowProducts::addKeyPair(const Block &block, Value key,
                             MutableArrayRef<Value> sums) {
  int64_t lanes = kb.variant.lanes;
  Value from[] = {valuesAt(block, key), valuesAt(block, kb.add(key, 1))};
  SmallVector<Value> pairs;
  for (int64_t d = 0; d < block.vectors * lanes; d += 2 * lanes) {
    Value x = loadPairs(kb, halfAt(kb, from[0], d), sizeof(int16_t));
    Value y = loadPairs(kb, halfAt(kb, from[1], d), sizeof(int16_t));
    for (int64_t first : {int64_t(0), lanes}) {
      SmallVector<int64_t> order;
      for (int64_t i = first; i < first + lanes; ++i)
        order.append({i, 2 * lanes + i});
      pairs.push_back(vector::ShuffleOp::create(kb.b, kb.loc, x, y, order));
    }
  }
  // A line of 16 pairs per two keys.
  Value weights = halfAt(kb, halfAt(kb, task.pairs.weights, kb.mul(key, lanes)),
                         kb.mul(block.firstRow, 2));
  for (int64_t r = 0; r < kRowGroup; ++r) {
    Value weight = splatPair(kb, halfAt(kb, weights, 2 * r));
    for (int64_t j = 0; j < block.vectors; ++j) {
      Value &sum = sums[r * block.vectors + j];
      sum = addPairs(kb, weight, pairs[j], sum);
    }
  }
}
