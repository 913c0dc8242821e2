//===- FoldTask.cpp - Values of one task of a fold ------------------------===//

#include "FoldTask.h"
#include "AmxTiles.h"
#include "PackKernel.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

namespace {

constexpr int64_t kBytes = 2; ///< Of an element of a factor.

void placePairScratch(FoldTask &task) {
  const FoldShape &shape = task.shape;
  Scratch &scratch = task.scratch;
  int64_t width = shape.getHeadChunks() * kTileDepth;
  int64_t copies = shape.overlaps() ? 2 : 1;
  auto allocate = [&](int64_t elements, int64_t count) {
    return scratch.allocate(elements * count * kBytes);
  };
  task.pairs.queries = allocate(width, shape.queryTile);
  task.pairs.weights = allocate(shape.getWeightElements(), copies);
  if (shape.overlaps())
    task.pairs.waiting = scratch.allocate(3 * sizeof(int64_t));
  if (shape.needsExactSums())
    task.pairs.roundedSums = scratch.allocateFloats(shape.queryTile);
  if (shape.overlaps() && shape.givesState())
    task.pairs.largest = scratch.allocateFloats(shape.queryTile);
}

/// What products read and write.
void placeOperands(FoldTask &task) {
  const FoldShape &shape = task.shape;
  Scratch &scratch = task.scratch;
  if (shape.usesPairs)
    return placePairScratch(task);
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
  task.logits = scratch.allocateFloats(shape.getLogitRows() * shape.lanePitch);
  task.tileMaxima = scratch.allocateFloats(shape.queryTile);
}

void attn::cpu::placePackScratch(FoldTask &task) {
  const FoldShape &shape = task.shape;
  int64_t width = llvm::alignTo(shape.valueHeadSize, kTileDepth);
  task.pairs.valueRows = task.scratch.allocate(width * shape.keyTile * kBytes);
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

KeyStream attn::cpu::emitKeyRows(FoldTask &task, unsigned position,
                                 const Sequence &sequence, Value keyHead) {
  const FoldShape &shape = task.shape;
  const StreamShape &stream = shape.streams[position];
  RouteOp route = stream.route;
  KeyStream rows{stream,
                 sequence.length,
                 emitRows(task.call, route.getK(), sequence, keyHead),
                 emitRows(task.call, route.getV(), sequence, keyHead),
                 {},
                 {},
                 std::nullopt};
  if (shape.usesPairs)
    rows.tiles = emitPackedTiles(task.call, shape, position, sequence, keyHead);
  return rows;
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
  KeyStream stream = emitKeyRows(task, position, sequence, keyHead);
  stream.sums = task.sums[task.shape.hasMass() ? position : 0];
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
