//===- TaskPlace.cpp - Which rows and heads a task has --------------------===//
//
// Order of tasks: index 0 is the last query tile of the first heads, which
// under a causal mask is the longest; query heads that share K and V are
// neighbours, so that what one reads is still in the cache for the next.
//
//===----------------------------------------------------------------------===//

#include "FoldTask.h"
#include "PartKernel.h"

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

namespace {

/// Which part of the work a task is.
struct TaskPlace {
  Value batch; ///< Null if packed: the tile is in one of the sequences.
  Value head;
  Value tile; ///< Of as many rows as a task has.
};

/// Rows of a task: several tiles of queries if that leaves tasks for all
/// threads. What a row gets does not depend on it.
Value emitTaskRows(CallArguments &call, const FoldShape &shape) {
  constexpr int64_t kLeastTasks = 64;
  KernelBuilder &kb = call.kb;
  if (shape.mostTiles == 1)
    return kb.i64(shape.queryRows);
  Value q = tile::FoldOp(shape.fold).getQ();
  Value tiles = emitTileCount(call, q, shape.axes, shape.queryRows);
  tiles =
      kb.mul(kb.mul(call.size(q, 0), call.size(q, shape.axes.head())), tiles);
  Value share = kb.divide(tiles, kb.i64(kLeastTasks));
  share = kb.max(kb.min(share, kb.i64(shape.mostTiles)), kb.i64(1));
  return kb.mul(share, shape.queryRows);
}

/// Tasks of a head.
Value emitTasksPerHead(CallArguments &call, const FoldShape &shape) {
  KernelBuilder &kb = call.kb;
  tile::FoldOp fold = shape.fold;
  Value q = fold.getQ();
  if (shape.mostTiles == 1)
    return emitTileCount(call, q, fold.getLengths(), shape.queryRows);
  Value rows = emitTaskRows(call, shape);
  Value size = call.size(q, shape.axes.length());
  return kb.divide(kb.add(size, kb.add(rows, -1)), rows);
}

TaskPlace decodeIndex(CallArguments &call, const FoldShape &shape,
                      Value index) {
  KernelBuilder &kb = call.kb;
  tile::FoldOp fold = shape.fold;
  Value q = fold.getQ();
  Value tiles = emitTasksPerHead(call, shape);
  Value group = kb.i64(shape.headGroup);
  Value member = kb.remainder(index, group);
  Value rest = kb.divide(index, group);
  TaskPlace place;
  place.tile = kb.sub(kb.add(tiles, -1), kb.remainder(rest, tiles));
  rest = kb.divide(rest, tiles);
  Value heads = kb.divide(call.size(q, shape.axes.head()), group);
  if (shape.axes.batch())
    place.batch = kb.divide(rest, heads);
  place.head = kb.add(kb.mul(kb.remainder(rest, heads), group), member);
  return place;
}

} // namespace

// A map becomes one select per change in it.
Value attn::cpu::emitKeyHead(KernelBuilder &kb, const StreamShape &shape,
                             Value head) {
  if (!shape.heads)
    return kb.divide(head, kb.i64(shape.headGroup));
  ArrayRef<int64_t> heads = *shape.heads;
  Value keyHead = kb.i64(heads.front());
  for (size_t h = 1; h < heads.size(); ++h)
    if (heads[h] != heads[h - 1])
      keyHead = kb.select(kb.less(head, kb.i64(h)), keyHead, kb.i64(heads[h]));
  return keyHead;
}

Value attn::cpu::emitTaskCount(CallArguments &call, const FoldShape &shape) {
  KernelBuilder &kb = call.kb;
  tile::FoldOp fold = shape.fold;
  Value q = fold.getQ();
  Value heads = call.size(q, shape.axes.head());
  if (shape.axes.batch())
    heads = kb.mul(call.size(q, 0), heads);
  Value tasks = kb.mul(heads, emitTasksPerHead(call, shape));
  if (!fold.getSplit())
    return tasks;
  return kb.select(hasParts(call, fold), kb.i64(0), tasks);
}

Value attn::cpu::emitTaskPlace(FoldTask &task, Value index) {
  KernelBuilder &kb = task.kb;
  const FoldShape &shape = task.shape;
  tile::FoldOp fold = shape.fold;
  Value q = fold.getQ(), lengths = fold.getLengths();
  TaskPlace place = decodeIndex(task.call, shape, index);
  Value rowsOfTask = emitTaskRows(task.call, shape);
  task.index = index;
  task.head = place.head;
  if (place.batch) {
    task.sequence = emitSequence(task.call, q, lengths, place.batch);
    task.firstQuery = kb.mul(place.tile, rowsOfTask);
  } else {
    PackedTile tile =
        emitPackedTile(task.call, q, lengths, shape.queryRows, place.tile);
    task.range = tile.range;
    task.sequence = emitSequence(task.call, q, tile.range);
    task.firstQuery = tile.firstRow;
  }
  task.rows = emitRowRun(task.call, q, task.sequence, fold.getOperandLengths());
  Value end = kb.min(kb.add(task.firstQuery, rowsOfTask), task.rows.end);
  placeQueries(task, kb.max(task.firstQuery, task.rows.first), end);
  bool mayBeEmpty = lengths || !fold.getOperandLengths().empty();
  return mayBeEmpty ? kb.less(task.firstQuery, end) : Value();
}

/// Two tasks ahead: this thread's next one if two threads take turns, the one
/// after it if it is alone. Its keys are taken to begin as far from its queries
/// as they do here. Where packed sequences begin is not looked up for it.
void attn::cpu::placeUpcoming(FoldTask &task, const KeyStream &stream,
                              Value firstKey) {
  KernelBuilder &kb = task.kb;
  const FoldShape &shape = task.shape;
  if (!shape.axes.batch())
    return;
  tile::FoldOp fold = shape.fold;
  RouteOp route = stream.shape.route;
  Value last = kb.add(emitTaskCount(task.call, shape), -1);
  TaskPlace place =
      decodeIndex(task.call, shape, kb.min(kb.add(task.index, 2), last));
  auto add = [&](Value tensor, Value head, Value row, int64_t size) {
    if (getStoredLayout(tensor))
      return;
    Sequence padded = emitSequence(task.call, tensor, {}, place.batch);
    RowView rows = emitRows(task.call, tensor, padded, head);
    rows.pointer = kb.at(rows.pointer, rows.element, kb.mul(row, rows.stride));
    task.upcoming.push_back({rows, size});
  };
  Value query = kb.mul(place.tile, emitTaskRows(task.call, shape));
  add(fold.getQ(), place.head, query, shape.headSize);
  if (shape.usesPairs || isPacked(route.getLengths()))
    return;
  Value key =
      kb.max(kb.add(query, kb.sub(firstKey, task.firstQuery)), kb.i64(0));
  Value keyHead = emitKeyHead(kb, stream.shape, place.head);
  add(route.getK(), keyHead, key, shape.headSize);
  add(route.getV(), keyHead, key, shape.valueHeadSize);
}
