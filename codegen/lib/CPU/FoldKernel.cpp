//===- FoldKernel.cpp - The kernel of attn_tile.fold ----------------------===//
//
// One task, transposed: queries are lanes.
//
//   pack Q^T; m = lowest, l = 0, O^T = 0
//   for streams:
//     for tiles of keys that some row may see:
//       if not proven empty:
//         S^T = K Q^T; score; mask if not proven full
//         raise m; P^T = 2^(S^T - m); l += sum P^T; O^T += V^T P^T
//   results, over terms
//
//===----------------------------------------------------------------------===//

#include "FoldKernel.h"
#include "Epilogue.h"
#include "Logits.h"
#include "MicroKernel.h"
#include "PairRun.h"
#include "PairWeights.h"
#include "QueryPack.h"
#include "RegionTarget.h"
#include "RowProducts.h"
#include "Softmax.h"

#include <optional>

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

namespace {

/// The tiles of keys of one stream.
class StreamEmitter {
public:
  StreamEmitter(FoldTask &task, const KeyStream &stream)
      : task(task), kb(task.kb), shape(task.shape), stream(stream),
        route(stream.shape.route), target(task, stream) {}

  /// Which keys there are, and fetches the first of them.
  void begin(bool isFirst) {
    SmallVector<Value> bounds =
        emitKeyBounds(target, stream, {task.firstQuery, task.lastQuery});
    end = bounds[1];
    fullLower = bounds[2];
    fullUpper = bounds[3];
    start = kb.mul(kb.divide(bounds[0], kb.i64(shape.keyTile)), shape.keyTile);
    if (task.part)
      takePart();
    shape.usesPairs ? takePacked() : fetchFirst();
    if (isFirst && !task.part)
      placeUpcoming(task, stream, start);
  }

  void emit() {
    task.pairs.tiles = stream.tiles;
    emitRegions();
    emitKeyLoop();
  }

private:
  void takePacked() {
    seen.emplace(task, target, stream);
    start = kb.max(start, seen->start);
    end = kb.min(end, seen->end);
  }

  void fetchFirst() {
    Value first = kb.min(kb.add(start, shape.keyTile), end);
    emitPrefetchRows(task, stream.k, start, first, shape.headSize);
    emitPrefetchRows(task, stream.v, start, first, shape.valueHeadSize);
  }

  /// Parts of regions that do not depend on keys.
  void emitRegions() {
    tile::FoldOp fold = shape.fold;
    if (shape.hasScore)
      score.emplace(task, target, fold.getScore(), attn::RegionKind::Score,
                    fold.getCaptures());
    if (stream.shape.hasVisible())
      visible.emplace(task, target, route.getVisible(),
                      attn::RegionKind::Visible, route.getCaptures());
    if (!stream.shape.hasClassify())
      return;
    classify.emplace(target, route.getClassify(), attn::RegionKind::Classify,
                     route.getCaptures());
    classify->emitRow(0, {task.firstQuery, task.lastQuery});
  }

  /// Tiles are shared out evenly, the last parts may have none.
  void takePart() {
    Value tile = kb.i64(shape.keyTile);
    Value keys = kb.max(kb.sub(end, start), kb.i64(0));
    auto ceilDivide = [&](Value x, Value y) {
      return kb.divide(kb.add(x, kb.add(y, -1)), y);
    };
    Value size =
        kb.mul(ceilDivide(ceilDivide(keys, tile), task.numParts), tile);
    start = kb.add(start, kb.mul(task.part, size));
    end = kb.min(end, kb.add(start, size));
  }

  void emitKeyLoop() {
    constexpr int64_t kLeast = 3;
    Value tiles =
        kb.divide(kb.max(kb.sub(end, start), kb.i64(1)), kb.i64(shape.keyTile));
    fetched = kb.max(
        kb.add(kb.divide(kb.i64(shape.queryTile - 1), kb.max(tiles, kb.i64(1))),
               1),
        kb.i64(kLeast));
    if (shape.hasBlocks()) {
      PairWalk walk{task, stream, target, *seen, getRegions(), fetched};
      forEachRun([&](Value from, Value to) { emitPairRun(walk, from, to); });
      return emitPairFlush(task);
    }
    if (!classifiesRuns())
      return emitTiles(start, end);
    forEachRun([&](Value from, Value to) { emitTiles(from, to); });
  }

  bool classifiesRuns() const {
    return classify && !stream.shape.classesAreOfTiles();
  }

  /// Runs of tiles of which some row may see something.
  void forEachRun(llvm::function_ref<void(Value, Value)> body) {
    int64_t run = kRunTiles * shape.keyTile;
    kb.loop(start, end, run, [&](Value key) {
      Value next = kb.min(kb.add(key, run), end);
      if (!classifiesRuns())
        return body(key, next);
      Value some = classify->emitTile(key, kb.add(next, -1)).first;
      kb.when(some, [&] { body(key, next); });
    });
  }

  void emitTiles(Value from, Value to) {
    kb.loop(from, to, shape.keyTile, [&](Value key) { emitTile(key); });
  }

  void emitTile(Value firstKey) {
    Value next = kb.add(firstKey, shape.keyTile);
    Value isPartial =
        kb.either(kb.less(firstKey, fullLower), kb.less(fullUpper, next));
    if (!classify)
      return emitVisited(firstKey, isPartial);
    Value lastKey = kb.add(kb.min(next, stream.keys), -1);
    auto [some, all] = classify->emitTile(firstKey, lastKey);
    Value needsMask = kb.either(isPartial, kb.negate(all));
    if (Value isPacked = seen ? seen->has(firstKey, lastKey) : Value())
      some = kb.both(some, isPacked);
    kb.when(some, [&] { emitVisited(firstKey, needsMask); });
  }

  /// Few rows: channels are the lanes of products.
  void emitVisitedRows(Value firstKey, Value isPartial) {
    RowProducts products(task, stream, firstKey);
    products.emitLogits();
    KeyTile tile;
    tile.firstKey = firstKey;
    forEachGroup(task, [&](LaneGroup group) {
      SmallVector<Value> maxima =
          emitLogits(task, stream, group, tile, isPartial, getRegions());
      emitRowSoftmax(group, maxima);
    });
    products.emitValues();
  }

  void emitRowSoftmax(LaneGroup group, ValueRange maxima) {
    if (!shape.hasRowPairs)
      return emitSoftmax(task, stream, group, maxima);
    emitRaise(task, group, maxima);
    PairWeights weights(task, stream, group, task.pairs.weights);
    SmallVector<Value> state = weights.begin();
    weights.emitFrom(0, state);
    weights.end(state);
  }

  LogitRegions getRegions() {
    return {score ? &*score : nullptr, visible ? &*visible : nullptr};
  }

  void emitVisited(Value firstKey, Value isPartial) {
    if (shape.usesPairs)
      return emitPairVisited(firstKey, isPartial);
    if (task.part)
      return emitVisitedRows(firstKey, isPartial);
    KeyTile tile = emitKeyTile(task, stream, firstKey);
    emitPrefetch(task, fetched);
    TileRows keys = emitTileRows(task, tile, stream.k, shape.headSize);
    LogitRegions regions = getRegions();
    auto fetchValues = [&](Value row, int64_t count) {
      emitFetchShare(task, stream, stream.v, firstKey, shape.valueHeadSize,
                     {row, count, shape.keyTile});
    };
    auto fetchKeys = [&](Value row, int64_t count) {
      emitFetchShare(task, stream, stream.k, kb.add(firstKey, shape.keyTile),
                     shape.headSize, {row, count, shape.valueHeadSize});
    };
    forEachGroup(task, [&](LaneGroup group) {
      emitProduct(kb, {{keys.pointer, keys.stride, {}},
                       kb.floatAt(task.queryT, group.first),
                       kb.floatAt(task.logits, group.first),
                       shape.queryTile,
                       shape.keyTile,
                       shape.headSize,
                       group.vectors,
                       /*accumulate=*/false,
                       emitMaximaInit(task, group, regions),
                       fetchValues});
      SmallVector<Value> maxima =
          emitLogits(task, stream, group, tile, isPartial, regions);
      emitSoftmax(task, stream, group, maxima);
    });
    TileRows values = emitTileRows(task, tile, stream.v, shape.valueHeadSize);
    forEachGroup(task, [&](LaneGroup group) {
      emitProduct(kb, {{values.pointer, {}, values.stride},
                       kb.floatAt(task.logits, group.first),
                       kb.floatAt(task.outT, group.first),
                       shape.queryTile,
                       shape.valueHeadSize,
                       shape.keyTile,
                       group.vectors,
                       /*accumulate=*/true,
                       /*maxima=*/{},
                       fetchKeys});
    });
  }

  void emitPairVisited(Value firstKey, Value isPartial) {
    PairBlock block{firstKey, kb.divide(firstKey, kb.i64(shape.keyTile))};
    emitPrefetch(task, fetched);
    forEachGroup(task, [&](LaneGroup group) {
      emitPairVisit(task, stream, block, group, isPartial, getRegions());
    });
  }

  FoldTask &task;
  KernelBuilder &kb;
  const FoldShape &shape;
  const KeyStream &stream;
  RouteOp route;
  CpuRegionTarget target;
  std::optional<LaneRegion> score, visible;
  std::optional<RegionEmitter> classify; ///< On scalars.
  std::optional<SeenKeys> seen;          ///< If they are packed.
  Value fullLower, fullUpper;
  Value start, end; ///< First key of the first tile, behind the last key.
  Value fetched;    ///< Rows of queries that every tile fetches.
};

void emitTask(FoldTask &task) {
  emitTaskSetup(task);
  emitStreams(task);
  emitEpilogue(task);
}

} // namespace

void attn::cpu::emitStreams(FoldTask &task) {
  const FoldShape &shape = task.shape;
  if (!task.part)
    task.kb.store(task.kb.i64(0), task.fetchedRows);
  KeyStream first = emitKeyStream(task, 0);
  StreamEmitter firstEmitter(task, first);
  firstEmitter.begin(/*isFirst=*/true);
  if (shape.usesPairs)
    emitPairBegin(task);
  else if (!task.part)
    emitQueryPack(task, shape.getQueryFactor());
  emitSoftmaxInit(task);
  firstEmitter.emit();
  for (unsigned i = 1; i < shape.streams.size(); ++i) {
    KeyStream stream = emitKeyStream(task, i);
    StreamEmitter emitter(task, stream);
    emitter.begin(/*isFirst=*/false);
    emitter.emit();
  }
  if (shape.usesPairs)
    emitPairEnd(task);
}

void attn::cpu::emitFoldTask(FoldTask &task, Value index) {
  Value hasRows = emitTaskPlace(task, index);
  if (!hasRows)
    return emitTask(task);
  task.kb.when(hasRows, [&] { emitTask(task); });
}
