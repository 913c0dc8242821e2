//===- FoldTask.cpp - Values of one task of a fold ------------------------===//
//
// Order of tasks: index 0 is the last query tile of the first key head, which
// under a causal mask is the longest; the G heads that share K and V are
// neighbours, so that what one reads is still in the cache for the next.
//
//===----------------------------------------------------------------------===//

#include "FoldTask.h"

#include "attn/manifest/CpuAbi.h"

#include <cstddef>

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

namespace {

Value countTiles(KernelBuilder &kb, Value queries, int64_t tile) {
  return kb.divide(kb.add(queries, tile - 1), kb.i64(tile));
}

/// `tensor` at [batch, head].
RowView viewRows(FoldTask &task, Value tensor, Value batch, Value head) {
  KernelBuilder &kb = task.kb;
  KernelArguments &arguments = task.arguments;
  Value offset =
      kb.add(kb.mul(batch, arguments.stride(kb, task.args, tensor, 0)),
             kb.mul(head, arguments.stride(kb, task.args, tensor, 1)));
  Type element = cast<RankedTensorType>(tensor.getType()).getElementType();
  Value pointer = arguments.pointer(kb, task.args, tensor);
  return {kb.at(pointer, element, offset),
          arguments.stride(kb, task.args, tensor, 2), element};
}

void placeScratch(FoldTask &task, Value worker, Value host) {
  KernelBuilder &kb = task.kb;
  task.scratch = kb.load(kb.ptrType(), kb.at(host, kb.b.getI8Type(),
                                             offsetof(AttnCpuHost, scratch)));
  task.scratchSize =
      arith::ConstantIntOp::create(kb.b, kb.loc, kb.i64Type(), 0);
  Value offset = arith::MulIOp::create(kb.b, kb.loc, worker, task.scratchSize);
  task.scratch = kb.at(task.scratch, kb.b.getI8Type(), offset);
  const FoldShape &shape = task.shape;
  task.queryT = task.allocateFloats(shape.headSize * shape.queryTile);
  task.outT = task.allocateFloats(shape.valueHeadSize * shape.queryTile);
  task.logits = task.allocateFloats(shape.keyTile * shape.queryTile);
  task.tileMaxima = task.allocateFloats(shape.queryTile);
  task.maxima = task.allocateFloats(shape.queryTile);
  task.sums = task.allocateFloats(shape.queryTile);
  task.keyBlock = task.allocateFloats(shape.keyTile * shape.headSize);
  task.valueBlock = task.allocateFloats(shape.keyTile * shape.valueHeadSize);
}

} // namespace

void FoldTask::fixScratchSize() {
  scratchSize.setValueAttr(kb.b.getI64IntegerAttr(layout.getSize()));
}

Value attn::cpu::emitTaskCount(KernelBuilder &kb, KernelArguments &arguments,
                               Value args, tile::FoldOp fold,
                               const FoldShape &shape) {
  Value q = fold.getQ();
  Value heads =
      kb.mul(arguments.size(kb, args, q, 0), arguments.size(kb, args, q, 1));
  return kb.mul(
      heads, countTiles(kb, arguments.size(kb, args, q, 2), shape.queryTile));
}

namespace {

/// Which part of the work a task is.
struct TaskPlace {
  Value batch, head, keyHead;
  Value firstQuery, lastQuery;
};

TaskPlace decodeIndex(FoldTask &task, Value index, Value keyHeads) {
  KernelBuilder &kb = task.kb;
  const FoldShape &shape = task.shape;
  Value tiles = countTiles(kb, task.queries, shape.queryTile);
  Value group = kb.i64(shape.queriesPerKey);
  TaskPlace place;
  Value member = kb.remainder(index, group);
  Value rest = kb.divide(index, group);
  Value tile = kb.sub(kb.add(tiles, -1), kb.remainder(rest, tiles));
  rest = kb.divide(rest, tiles);
  place.keyHead = kb.remainder(rest, keyHeads);
  place.batch = kb.divide(rest, keyHeads);
  place.head = kb.add(kb.mul(place.keyHead, group), member);
  place.firstQuery = kb.mul(tile, shape.queryTile);
  place.lastQuery = kb.add(
      kb.min(kb.add(place.firstQuery, shape.queryTile), task.queries), -1);
  return place;
}

/// Rows of q that a task soon after this one packs. Two tasks ahead: this
/// thread's next one if two threads take turns, the one after it if it is
/// alone.
void placeUpcoming(FoldTask &task, tile::FoldOp fold, Value index,
                   Value keyHeads) {
  KernelBuilder &kb = task.kb;
  Value count = emitTaskCount(kb, task.arguments, task.args, fold, task.shape);
  Value ahead = kb.min(kb.add(index, 2), kb.add(count, -1));
  TaskPlace place = decodeIndex(task, ahead, keyHeads);
  task.upcomingQ = viewRows(task, fold.getQ(), place.batch, place.head);
  task.upcomingQ.pointer =
      kb.at(task.upcomingQ.pointer, task.q.element,
            kb.mul(place.firstQuery, task.upcomingQ.stride));
  task.upcomingLast = kb.sub(place.lastQuery, place.firstQuery);
}

} // namespace

void attn::cpu::emitTaskSetup(FoldTask &task, tile::FoldOp fold, Value index,
                              Value worker, Value host) {
  KernelBuilder &kb = task.kb;
  KernelArguments &arguments = task.arguments;
  const FoldShape &shape = task.shape;
  RouteOp route = shape.route;
  Value q = fold.getQ(), k = route.getK();
  auto size = [&](Value tensor, int64_t axis) {
    return arguments.size(kb, task.args, tensor, axis);
  };
  task.queries = size(q, 2);
  task.keys = size(k, 2);
  Value keyHeads = size(k, 1);
  TaskPlace place = decodeIndex(task, index, keyHeads);
  Value keyHead = place.keyHead;
  task.batch = place.batch;
  task.head = place.head;
  task.firstQuery = place.firstQuery;
  task.lastQuery = place.lastQuery;
  task.numQueries = kb.add(kb.sub(task.lastQuery, task.firstQuery), 1);

  task.q = viewRows(task, q, task.batch, task.head);
  task.k = viewRows(task, k, task.batch, keyHead);
  task.v = viewRows(task, route.getV(), task.batch, keyHead);
  task.out = viewRows(task, fold.getOut(), task.batch, task.head);
  if (fold.getLse())
    task.lse = viewRows(task, fold.getLse(), task.batch, task.head).pointer;
  placeUpcoming(task, fold, index, keyHeads);
  placeScratch(task, worker, host);
}

void attn::cpu::forEachGroup(FoldTask &task,
                             llvm::function_ref<void(LaneGroup)> body) {
  KernelBuilder &kb = task.kb;
  int64_t total = task.shape.queryTile / kb.variant.lanes;
  int64_t vectors = kb.variant.tileVectors;
  while (total % vectors != 0)
    --vectors;
  if (vectors == total)
    return body({kb.i64(0), vectors});
  kb.loop(kb.i64(0), kb.i64(task.shape.queryTile), vectors * kb.variant.lanes,
          [&](Value first) { body({first, vectors}); });
}
