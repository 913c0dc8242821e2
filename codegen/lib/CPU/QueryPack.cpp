//===- QueryPack.cpp - Queries in, results out: transposed ----------------===//
//
// Blocks of lanes x lanes elements are transposed in registers. Head sizes
// below the vector length go element by element.
//
//===----------------------------------------------------------------------===//

#include "QueryPack.h"
#include "Elements.h"

using namespace mlir;
using namespace attn::cpu;

namespace {

/// Lane of the last query, for lanes beyond it.
Value clampLane(FoldTask &task, Value lane) {
  return task.kb.min(lane, task.kb.add(task.numQueries, -1));
}

/// The query of `lane`; padding, of which nobody reads the results, has that of
/// the first token.
Value queryRow(FoldTask &task, Value lane) {
  KernelBuilder &kb = task.kb;
  const RowView &q = task.q;
  if (!q.tokens)
    return emitRow(task, q, lane);
  Value token = kb.max(loadToken(kb, q.tokens, lane), kb.i64(0));
  return kb.at(q.pointer, q.element, kb.mul(token, q.stride));
}

void packElements(FoldTask &task, Value lane, float factor) {
  KernelBuilder &kb = task.kb;
  Value row = queryRow(task, clampLane(task, lane));
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
    rows.push_back(queryRow(task, clampLane(task, kb.add(firstLane, i))));
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

void attn::cpu::emitPrefetch(FoldTask &task, Value count) {
  KernelBuilder &kb = task.kb;
  Value rows = emitUsedLanes(task);
  Value first = kb.load(kb.i64Type(), task.fetchedRows);
  kb.when(kb.less(first, rows), [&] {
    Value end = kb.add(first, count);
    kb.store(end, task.fetchedRows);
    kb.loop(first, kb.min(end, rows), 1, [&](Value row) {
      kb.prefetch(emitRow(task, task.out, clampLane(task, row)),
                  task.out.element, task.shape.valueHeadSize);
      for (const auto &[view, size] : task.upcoming)
        kb.prefetch(kb.at(view.pointer, view.element, kb.mul(row, view.stride)),
                    view.element, size);
    });
  });
}

void attn::cpu::emitPrefetchRows(FoldTask &task, const RowView &view,
                                 Value first, Value end, int64_t size) {
  KernelBuilder &kb = task.kb;
  if (view.tokens)
    return;
  kb.loop(first, end, 1, [&](Value row) {
    kb.prefetch(kb.at(view.pointer, view.element, kb.mul(row, view.stride)),
                view.element, size);
  });
}
