//===- FoldTask.cpp - Values of one task of a fold ------------------------===//
//
// Order of tasks: index 0 is the last query tile of the first heads, which
// under a causal mask is the longest; query heads that share K and V are
// neighbours, so that what one reads is still in the cache for the next.
//
//===----------------------------------------------------------------------===//

#include "FoldTask.h"
#include "AmxTiles.h"
#include "PartKernel.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

namespace {

/// Which part of the work a task is.
struct TaskPlace {
  Value batch; ///< Null if packed: the tile is in one of the sequences.
  Value head, tile;
};

TaskPlace decodeIndex(CallArguments &call, const FoldShape &shape,
                      Value index) {
  KernelBuilder &kb = call.kb;
  tile::FoldOp fold = shape.fold;
  Value q = fold.getQ();
  Value tiles = emitTileCount(call, q, fold.getLengths(), shape.queryRows);
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

/// Rounded sums are apart where others read exact ones.
bool needsExactSums(const FoldShape &shape) {
  tile::FoldOp fold = shape.fold;
  return fold.getLse() || shape.hasMass() || shape.givesState() ||
         shape.hasTerms();
}

void placeAmxScratch(FoldTask &task) {
  constexpr int64_t kBytes = 2;
  const FoldShape &shape = task.shape;
  Scratch &scratch = task.scratch;
  int64_t width = shape.getHeadChunks() * kTileDepth;
  int64_t copies = shape.overlaps() ? 2 : 1;
  int64_t valueWidth = llvm::alignTo(shape.valueHeadSize, kTileDepth);
  task.amx.queries = scratch.allocate(width * shape.queryTile * kBytes);
  task.amx.values =
      scratch.allocate(shape.getValueElements() * kBytes * copies);
  task.amx.weights =
      scratch.allocate(shape.getWeightElements() * kBytes * copies);
  if (shape.overlaps())
    task.amx.waiting = scratch.allocate(3 * sizeof(int64_t));
  task.amx.keyRows = scratch.allocate(width * shape.keyTile * kBytes);
  task.amx.valueRows = scratch.allocate(valueWidth * shape.keyTile * kBytes);
  if (needsExactSums(shape))
    task.amx.roundedSums = scratch.allocateFloats(shape.queryTile);
}

/// What products read and write.
void placeOperands(FoldTask &task) {
  const FoldShape &shape = task.shape;
  Scratch &scratch = task.scratch;
  if (shape.usesAmx)
    return placeAmxScratch(task);
  task.queryT = scratch.allocateFloats(shape.headSize * shape.queryTile);
  task.rowBlock = scratch.allocateFloats(
      shape.keyTile * std::max(shape.headSize, shape.valueHeadSize));
}

/// The tokens of a tile of slots, for q and results that are found by them.
void emitQueryTokens(FoldTask &task) {
  tile::FoldOp fold = task.shape.fold;
  LayoutGridOp layout = getStoredLayout(fold.getQ());
  for (Value result : fold->getResults())
    if (!layout)
      layout = getStoredLayout(result);
  if (!layout)
    return;
  SlotRows slots(task.call, layout);
  task.queryTokens = slots.allocate(task.scratch, task.shape.queryTile);
  slots.fill(task.queryTokens, task.firstQuery, task.shape.queryTile);
}

/// Key head that `head` reads. A map becomes one select per change in it.
Value emitKeyHead(KernelBuilder &kb, const StreamShape &shape, Value head) {
  if (!shape.heads)
    return kb.divide(head, kb.i64(shape.headGroup));
  ArrayRef<int64_t> heads = *shape.heads;
  Value keyHead = kb.i64(heads.front());
  for (size_t h = 1; h < heads.size(); ++h)
    if (heads[h] != heads[h - 1])
      keyHead = kb.select(kb.less(head, kb.i64(h)), keyHead, kb.i64(heads[h]));
  return keyHead;
}

/// Where the tokens of a tile of keys go, if K or V are found by them.
void placeKeyTokens(FoldTask &task, KeyStream &stream) {
  RouteOp route = stream.shape.route;
  LayoutGridOp ofK = getStoredLayout(route.getK()),
               ofV = getStoredLayout(route.getV());
  if (!ofK && !ofV)
    return;
  stream.slots.emplace(task.call, ofK ? ofK : ofV);
  Value table = stream.slots->allocate(task.scratch, task.shape.keyTile);
  if (ofK)
    stream.k.tokens = table;
  if (ofV)
    stream.v.tokens = table;
}

} // namespace

void attn::cpu::placeTileScratch(FoldTask &task) {
  const FoldShape &shape = task.shape;
  Scratch &scratch = task.scratch;
  task.logits = scratch.allocateFloats(shape.keyTile * shape.lanePitch);
  task.tileMaxima = scratch.allocateFloats(shape.queryTile);
}

void attn::cpu::placeRowState(FoldTask &task) {
  const FoldShape &shape = task.shape;
  Scratch &scratch = task.scratch;
  task.outT = scratch.allocateFloats(shape.getOutputRows() * shape.queryTile);
  task.maxima = scratch.allocateFloats(shape.queryTile);
  for (unsigned i = 0; i < shape.numSums(); ++i)
    task.sums.push_back(scratch.allocateFloats(shape.queryTile));
}

void attn::cpu::placeResults(FoldTask &task) {
  tile::FoldOp fold = task.shape.fold;
  task.out = emitQueryRows(task, fold.getOut());
  if (fold.getLse())
    task.lse = emitQueryRows(task, fold.getLse());
}

void attn::cpu::placeQueries(FoldTask &task, Value first, Value end) {
  KernelBuilder &kb = task.kb;
  task.firstQuery = first;
  task.lastQuery = kb.add(end, -1);
  task.numQueries = kb.sub(end, first);
}

Value attn::cpu::emitTaskCount(CallArguments &call, const FoldShape &shape) {
  KernelBuilder &kb = call.kb;
  tile::FoldOp fold = shape.fold;
  Value q = fold.getQ();
  Value heads = call.size(q, shape.axes.head());
  if (shape.axes.batch())
    heads = kb.mul(call.size(q, 0), heads);
  Value tasks =
      kb.mul(heads, emitTileCount(call, q, fold.getLengths(), shape.queryRows));
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
  task.index = index;
  task.head = place.head;
  if (place.batch) {
    task.sequence = emitSequence(task.call, q, lengths, place.batch);
    task.firstQuery = kb.mul(place.tile, shape.queryRows);
  } else {
    PackedTile tile =
        emitPackedTile(task.call, q, lengths, shape.queryRows, place.tile);
    task.range = tile.range;
    task.sequence = emitSequence(task.call, q, tile.range);
    task.firstQuery = tile.firstRow;
  }
  RowRun rows =
      emitRowRun(task.call, q, task.sequence, fold.getOperandLengths());
  Value end = kb.min(kb.add(task.firstQuery, shape.queryRows), rows.end);
  placeQueries(task, kb.max(task.firstQuery, rows.first), end);
  bool mayBeEmpty = lengths || !fold.getOperandLengths().empty();
  return mayBeEmpty ? kb.less(task.firstQuery, end) : Value();
}

RowView attn::cpu::emitQueryRows(FoldTask &task, Value tensor) {
  RowView rows = emitRows(task.call, tensor, task.sequence, task.head);
  if (getStoredLayout(tensor))
    rows.tokens = task.queryTokens;
  return rows;
}

Value attn::cpu::emitRow(FoldTask &task, const RowView &view, Value lane) {
  KernelBuilder &kb = task.kb;
  Value row = view.tokens ? loadToken(kb, view.tokens, lane)
                          : kb.add(task.firstQuery, lane);
  return kb.at(view.pointer, view.element, kb.mul(row, view.stride));
}

void attn::cpu::emitTaskSetup(FoldTask &task) {
  tile::FoldOp fold = task.shape.fold;
  placeRowState(task);
  placeTileScratch(task);
  task.fetchedRows = task.scratch.allocate(sizeof(int64_t));
  placeOperands(task);
  emitQueryTokens(task);
  task.q = emitQueryRows(task, fold.getQ());
  placeResults(task);
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
  Value query = kb.mul(place.tile, shape.queryRows);
  add(fold.getQ(), place.head, query, shape.headSize);
  if (isPacked(route.getLengths()))
    return;
  Value key =
      kb.max(kb.add(query, kb.sub(firstKey, task.firstQuery)), kb.i64(0));
  Value keyHead = emitKeyHead(kb, stream.shape, place.head);
  add(route.getK(), keyHead, key, shape.headSize);
  add(route.getV(), keyHead, key, shape.valueHeadSize);
}

KeyStream attn::cpu::emitKeyStream(FoldTask &task, unsigned position) {
  const StreamShape &shape = task.shape.streams[position];
  tile::FoldOp fold = task.shape.fold;
  RouteOp route = shape.route;
  Value k = route.getK(), lengths = route.getLengths();
  bool isKnown = isPacked(lengths) && lengths == fold.getLengths();
  Sequence sequence =
      isKnown ? emitSequence(task.call, k, *task.range)
              : emitSequence(task.call, k, lengths, task.sequence.batch);
  Value keyHead = emitKeyHead(task.kb, shape, task.head);
  KeyStream stream{shape,
                   sequence.length,
                   emitRows(task.call, k, sequence, keyHead),
                   emitRows(task.call, route.getV(), sequence, keyHead),
                   task.sums[task.shape.hasMass() ? position : 0],
                   std::nullopt};
  placeKeyTokens(task, stream);
  return stream;
}

Value attn::cpu::emitOutputAt(FoldTask &task, Value lane) {
  KernelBuilder &kb = task.kb;
  const FoldShape &shape = task.shape;
  if (!shape.hasBlocks())
    return kb.floatAt(task.outT, lane);
  Value inBlock = kb.remainder(lane, kb.i64(shape.lanePitch));
  Value block = kb.mul(kb.sub(lane, inBlock), shape.getOutputRows());
  return kb.floatAt(task.outT, kb.add(block, inBlock));
}

Value attn::cpu::emitUsedLanes(FoldTask &task) {
  KernelBuilder &kb = task.kb;
  int64_t pitch = task.shape.lanePitch;
  if (!task.shape.hasBlocks())
    return kb.i64(task.shape.queryTile);
  return kb.mul(kb.divide(kb.add(task.numQueries, pitch - 1), kb.i64(pitch)),
                pitch);
}

void attn::cpu::forEachGroup(FoldTask &task,
                             llvm::function_ref<void(LaneGroup)> body) {
  KernelBuilder &kb = task.kb;
  int64_t total = task.shape.lanePitch / kb.variant.lanes;
  int64_t vectors = kb.variant.tileVectors;
  while (total % vectors != 0)
    --vectors;
  if (vectors * kb.variant.lanes == task.shape.queryTile)
    return body({kb.i64(0), vectors});
  kb.loop(kb.i64(0), emitUsedLanes(task), vectors * kb.variant.lanes,
          [&](Value first) { body({first, vectors}); });
}
