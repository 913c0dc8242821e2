//===- QueryPack.cpp - Queries in, results out: transposed ----------------===//
//
// Blocks of lanes x lanes elements are transposed in registers. Head sizes
// below the vector length go element by element.
//
//===----------------------------------------------------------------------===//

#include "QueryPack.h"
#include "Elements.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include <limits>

using namespace mlir;
using namespace attn::cpu;

namespace {

/// Start of row `lane` of the tile in `view`.
Value rowAt(FoldTask &task, const RowView &view, Value lane) {
  KernelBuilder &kb = task.kb;
  return kb.at(view.pointer, view.element,
               kb.mul(kb.add(task.firstQuery, lane), view.stride));
}

/// Lane of the last query, for lanes beyond it.
Value clampLane(FoldTask &task, Value lane) {
  return task.kb.min(lane, task.kb.add(task.numQueries, -1));
}

void packElements(FoldTask &task, Value lane, float factor) {
  KernelBuilder &kb = task.kb;
  Value row = rowAt(task, task.q, clampLane(task, lane));
  kb.loop(kb.i64(0), kb.i64(task.shape.headSize), 1, [&](Value d) {
    Value x = loadElement(kb, task.q.element, kb.at(row, task.q.element, d));
    kb.store(kb.mulf(x, kb.f32(factor)),
             kb.floatAt(kb.floatAt(task.queryT, lane),
                        kb.mul(d, task.shape.queryTile)));
  });
}

void packVectors(FoldTask &task, Value firstLane, float factor) {
  KernelBuilder &kb = task.kb;
  SmallVector<Value> rows;
  for (int64_t i = 0; i < kb.variant.lanes; ++i)
    rows.push_back(rowAt(task, task.q, clampLane(task, kb.add(firstLane, i))));
  Value scale = kb.splat(factor);
  forEachVector(kb, task.shape.headSize, [&](Value d) {
    SmallVector<Value> block;
    for (Value row : rows)
      block.push_back(kb.mulf(
          loadElements(kb, task.q.element, kb.at(row, task.q.element, d)),
          scale));
    Value to = kb.floatAt(kb.floatAt(task.queryT, firstLane),
                          kb.mul(d, task.shape.queryTile));
    for (auto [i, column] : llvm::enumerate(transpose(kb, block)))
      kb.storeFloats(column, kb.floatAt(to, i * task.shape.queryTile));
  });
}

/// 1 / sums of a vector of lanes, 0 for a sum of 0; stored over `sums`.
Value invertSums(FoldTask &task, Value firstLane) {
  KernelBuilder &kb = task.kb;
  Value pointer = kb.floatAt(task.sums, firstLane);
  Value sum = kb.loadFloats(pointer), zero = kb.splat(0.0f);
  Value isEmpty =
      arith::CmpFOp::create(kb.b, kb.loc, arith::CmpFPredicate::OEQ, sum, zero);
  Value inverse = arith::DivFOp::create(kb.b, kb.loc, kb.splat(1.0f), sum);
  inverse = kb.select(isEmpty, zero, inverse);
  kb.storeFloats(inverse, pointer);
  return inverse;
}

/// lse = maxima * unit + log(sums), -inf for a sum of 0; stored over `maxima`.
void finishLse(FoldTask &task, Value firstLane, float unit) {
  KernelBuilder &kb = task.kb;
  Value pointer = kb.floatAt(task.maxima, firstLane);
  Value sum = kb.loadFloats(kb.floatAt(task.sums, firstLane));
  Value isEmpty = arith::CmpFOp::create(kb.b, kb.loc, arith::CmpFPredicate::OEQ,
                                        sum, kb.splat(0.0f));
  Value log = math::LogOp::create(kb.b, kb.loc, sum);
  Value lse = kb.fma(kb.loadFloats(pointer), kb.splat(unit), log);
  Value none = kb.splat(-std::numeric_limits<float>::infinity());
  kb.storeFloats(kb.select(isEmpty, none, lse), pointer);
}

void storeElementwise(FoldTask &task, Value lane) {
  KernelBuilder &kb = task.kb;
  Value inverse = kb.load(kb.f32Type(), kb.floatAt(task.sums, lane));
  Value row = rowAt(task, task.out, lane);
  kb.loop(kb.i64(0), kb.i64(task.shape.valueHeadSize), 1, [&](Value d) {
    Value x =
        kb.load(kb.f32Type(), kb.floatAt(kb.floatAt(task.outT, lane),
                                         kb.mul(d, task.shape.queryTile)));
    storeElements(kb, kb.mulf(x, inverse), task.out.element,
                  kb.at(row, task.out.element, d));
  });
}

/// Stores row i of the block where it exists.
void storeBlock(FoldTask &task, ArrayRef<Value> block, Value firstLane,
                Value d) {
  KernelBuilder &kb = task.kb;
  auto storeRow = [&](size_t i) {
    Value row = rowAt(task, task.out, kb.add(firstLane, i));
    storeElements(kb, block[i], task.out.element,
                  kb.at(row, task.out.element, d));
  };
  Value valid = kb.sub(task.numQueries, firstLane);
  kb.when(
      kb.less(valid, kb.i64(block.size())),
      [&] {
        for (size_t i = 0; i < block.size(); ++i)
          kb.when(kb.less(kb.i64(i), valid), [&] { storeRow(i); });
      },
      [&] {
        for (size_t i = 0; i < block.size(); ++i)
          storeRow(i);
      });
}

void storeVectors(FoldTask &task, Value firstLane) {
  KernelBuilder &kb = task.kb;
  Value inverse = kb.loadFloats(kb.floatAt(task.sums, firstLane));
  forEachVector(kb, task.shape.valueHeadSize, [&](Value d) {
    Value from = kb.floatAt(kb.floatAt(task.outT, firstLane),
                            kb.mul(d, task.shape.queryTile));
    SmallVector<Value> block;
    for (int64_t i = 0; i < kb.variant.lanes; ++i)
      block.push_back(kb.mulf(
          kb.loadFloats(kb.floatAt(from, i * task.shape.queryTile)), inverse));
    storeBlock(task, transpose(kb, block), firstLane, d);
  });
}

void prefetchRow(KernelBuilder &kb, Value row, Type element, int64_t size) {
  constexpr int64_t kLine = 64;
  int64_t bytes = size * element.getIntOrFloatBitWidth() / 8;
  for (int64_t offset = 0; offset < bytes; offset += kLine)
    kb.prefetch(kb.at(row, kb.b.getI8Type(), offset));
}

} // namespace

void attn::cpu::emitQueryPack(FoldTask &task, float factor) {
  KernelBuilder &kb = task.kb;
  Value lanes = kb.i64(task.shape.queryTile);
  if (task.shape.headSize < kb.variant.lanes)
    return kb.loop(kb.i64(0), lanes, 1,
                   [&](Value lane) { packElements(task, lane, factor); });
  kb.loop(kb.i64(0), lanes, kb.variant.lanes,
          [&](Value lane) { packVectors(task, lane, factor); });
}

void attn::cpu::emitPrefetch(FoldTask &task, Value step) {
  KernelBuilder &kb = task.kb;
  constexpr int64_t kRows = 3;
  Value first = kb.mul(step, kRows);
  kb.when(kb.less(first, kb.i64(task.shape.queryTile)), [&] {
    for (int64_t i = 0; i < kRows; ++i) {
      Value row = kb.add(first, i);
      prefetchRow(kb, rowAt(task, task.out, clampLane(task, row)),
                  task.out.element, task.shape.valueHeadSize);
      const RowView &q = task.upcomingQ;
      Value offset = kb.mul(kb.min(row, task.upcomingLast), q.stride);
      prefetchRow(kb, kb.at(q.pointer, q.element, offset), q.element,
                  task.shape.headSize);
    }
  });
}

void attn::cpu::emitEpilogue(FoldTask &task, float unit) {
  KernelBuilder &kb = task.kb;
  kb.loop(kb.i64(0), kb.i64(task.shape.queryTile), kb.variant.lanes,
          [&](Value lane) {
            if (task.lse)
              finishLse(task, lane, unit);
            invertSums(task, lane);
          });
  if (task.lse)
    kb.loop(kb.i64(0), task.numQueries, 1, [&](Value lane) {
      Value value = kb.load(kb.f32Type(), kb.floatAt(task.maxima, lane));
      kb.store(value, kb.floatAt(task.lse, kb.add(task.firstQuery, lane)));
    });
  if (task.shape.valueHeadSize < kb.variant.lanes)
    return kb.loop(kb.i64(0), task.numQueries, 1,
                   [&](Value lane) { storeElementwise(task, lane); });
  kb.loop(kb.i64(0), task.numQueries, kb.variant.lanes,
          [&](Value lane) { storeVectors(task, lane); });
}
