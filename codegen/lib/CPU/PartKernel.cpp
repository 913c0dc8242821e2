//===- PartKernel.cpp - Few queries: keys in parts ------------------------===//
//
// A tile has the rows of whole heads, one after the other: row i of the tile's
// head m is lane m * Lq + i. A record holds (m, l, O^T) of a tile over a part
// of the keys, a line of all lanes for each number; a task works on its record
// in place. Joined under M = max m_p:
//
//   w_p = exp(m_p - M)      l = sum w_p l_p      O^T = sum w_p O^T_p
//
// in the order of the parts, so that nothing depends on who computed them.
//
//===----------------------------------------------------------------------===//

#include "PartKernel.h"
#include "Epilogue.h"
#include "Exp2.h"
#include "FoldKernel.h"
#include "PairKernel.h"
#include "RowProducts.h"

#include <limits>

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

namespace {

/// How the rows of a launch are laid out in tiles.
class RowTiles {
public:
  RowTiles(CallArguments &call, tile::FoldOp fold)
      : call(call), kb(call.kb), split(*fold.getSplit()),
        parts(fold.getParts()) {
    // Without queries there are rows of tiles, but nothing in them.
    queries =
        kb.max(call.size(fold.getQ(), TokenAxes(false).length()), kb.i64(1));
    Value group = kb.i64(split.getHeads());
    together = kb.min(
        group, kb.max(kb.divide(kb.i64(split.getRows()), queries), kb.i64(1)));
    tilesPerGroup = kb.divide(kb.add(group, kb.add(together, -1)), together);
  }

  Value countTiles() { return call.size(parts, 1); }
  Value countParts() { return call.size(parts, 2); }

  struct Tile {
    Value firstHead, heads;
  };
  Tile getTile(Value index) {
    Value member = kb.mul(kb.remainder(index, tilesPerGroup), together);
    Value group = kb.mul(kb.divide(index, tilesPerGroup), split.getHeads());
    return {kb.add(group, member),
            kb.min(together, kb.sub(kb.i64(split.getHeads()), member))};
  }

  struct Place {
    Value tile, lane; ///< `lane` of the first row.
  };
  Place getPlace(Value head) {
    Value group = kb.divide(head, kb.i64(split.getHeads()));
    Value member = kb.remainder(head, kb.i64(split.getHeads()));
    return {kb.add(kb.mul(group, tilesPerGroup), kb.divide(member, together)),
            kb.mul(kb.remainder(member, together), queries)};
  }

  Value getRecord(Value batch, Value tile, Value part) {
    Value index = kb.add(kb.mul(batch, countTiles()), tile);
    index = kb.add(kb.mul(index, countParts()), part);
    return kb.floatAt(call.pointer(parts), kb.mul(index, call.size(parts, 3)));
  }

  Value queries; ///< Lanes of a head.

private:
  CallArguments &call;
  KernelBuilder &kb;
  tile::SplitAttr split;
  Value parts;
  Value together;      ///< Heads of a tile, but for the last one of a group.
  Value tilesPerGroup; ///< Of heads that share keys.
};

/// Maxima and sums are lines of all rows, values lie by rows.
struct Record {
  Record(KernelBuilder &kb, const FoldShape &shape, Value pointer)
      : maxima(pointer) {
    int64_t line = 1;
    for (unsigned i = 0; i < shape.numSums(); ++i)
      sums.push_back(kb.floatAt(pointer, line++ * shape.queryTile));
    values = kb.floatAt(pointer, line * shape.queryTile);
  }

  Value maxima, values;
  SmallVector<Value> sums;
};

/// Which queries of sequence `batch` there are. Returns whether any, i1.
Value placeSequence(FoldTask &task, Value batch) {
  tile::FoldOp fold = task.shape.fold;
  Value q = fold.getQ();
  task.sequence = emitSequence(task.call, q, fold.getLengths(), batch);
  task.rows = emitRowRun(task.call, q, task.sequence, fold.getOperandLengths());
  placeQueries(task, task.rows.first, task.rows.end);
  return task.kb.less(task.rows.first, task.rows.end);
}

/// Packs q. Rows without a query repeat the last one of their head, those
/// behind the last head are of that.
void packRows(FoldTask &task, Value heads, Value queries) {
  KernelBuilder &kb = task.kb;
  Value q = tile::FoldOp(task.shape.fold).getQ();
  int64_t lanes = task.shape.queryTile;
  Value rows = task.scratch.allocate(lanes * sizeof(int64_t));
  task.laneQueries = task.scratch.allocate(lanes * sizeof(int32_t));
  Value headStride = task.call.stride(q, task.shape.axes.head());
  Value lastHead = kb.add(heads, -1);
  kb.loop(kb.i64(0), kb.i64(lanes), 1, [&](Value lane) {
    Value head = kb.min(kb.divide(lane, queries), lastHead);
    Value query = kb.min(kb.remainder(lane, queries), task.lastQuery);
    Value row = kb.add(kb.mul(head, headStride), kb.mul(query, task.q.stride));
    kb.store(row, kb.at(rows, kb.i64Type(), lane));
    Type i32 = kb.b.getI32Type();
    Value narrow = arith::TruncIOp::create(kb.b, kb.loc, i32, query);
    kb.store(narrow, kb.at(task.laneQueries, i32, lane));
  });
  Value groups = kb.divide(kb.add(kb.mul(heads, queries), kRowGroup - 1),
                           kb.i64(kRowGroup));
  task.numRows = kb.mul(groups, kRowGroup);
  emitRowPack(task, rows);
}

/// Logits of rows that do not exist are never written: 0.
void placePartScratch(FoldTask &task) {
  const FoldShape &shape = task.shape;
  Scratch &scratch = task.scratch;
  KernelBuilder &kb = task.kb;
  int64_t keyPitch = getRowPitch(shape.headSize),
          valuePitch = getRowPitch(shape.valueHeadSize);
  placeTileScratch(task);
  task.queryRows = scratch.allocateFloats(shape.queryTile * keyPitch);
  task.keyBlock = scratch.allocateFloats(shape.keyTile * keyPitch);
  task.valueBlock = scratch.allocateFloats(shape.keyTile * valuePitch);
  if (shape.hasRowPairs) {
    task.pairs.weights =
        scratch.allocateFloats(shape.keyTile / 2 * shape.queryTile);
    if (shape.needsExactSums())
      task.pairs.roundedSums = scratch.allocateFloats(shape.queryTile);
  }
  kb.loop(kb.i64(0), kb.i64(shape.keyTile * shape.queryTile), kb.variant.lanes,
          [&](Value i) {
            kb.storeFloats(kb.splat(0.0f), kb.floatAt(task.logits, i));
          });
}

/// Joins the records from `first` on, of which `lane` is the first row.
class Join {
public:
  Join(FoldTask &task, Value first, Value recordSize, Value count, Value lane)
      : task(task), kb(task.kb), first(first), recordSize(recordSize),
        count(count), firstLane(lane),
        pitch(getRowPitch(task.shape.valueHeadSize)) {
    weights = task.scratch.allocateFloats(task.shape.queryTile);
    joined = task.scratch.allocateFloats(task.shape.queryTile * pitch);
  }

  void emit() {
    forEachLanes([&](Value lane) { raiseMaxima(lane); });
    kb.loop(kb.i64(0), task.numQueries, 1, [&](Value row) {
      forEachChannel(
          row, [&](Value, Value to) { kb.storeFloats(kb.splat(0.0f), to); });
    });
    kb.loop(kb.i64(0), count, 1, [&](Value part) { add(recordOf(part)); });
    kb.loop(kb.i64(0), task.numQueries, 1, [&](Value row) { transpose(row); });
  }

private:
  void forEachLanes(llvm::function_ref<void(Value)> body) {
    kb.loop(kb.i64(0), kb.i64(task.shape.queryTile), kb.variant.lanes, body);
  }

  void raiseMaxima(Value lane) {
    Value least = kb.splat(std::numeric_limits<float>::lowest());
    auto raise = [&](Value part, ValueRange maximum) {
      Value next = load(recordOf(part).maxima, lane);
      return SmallVector<Value>{kb.maxOr(next, maximum.front())};
    };
    Value maximum = kb.loop(kb.i64(0), count, 1, least, raise).front();
    kb.storeFloats(maximum, kb.floatAt(task.maxima, lane));
    for (Value sums : task.sums)
      kb.storeFloats(kb.splat(0.0f), kb.floatAt(sums, lane));
  }

  void add(const Record &record) {
    forEachLanes([&](Value lane) { addSums(record, lane); });
    kb.loop(kb.i64(0), task.numQueries, 1, [&](Value row) {
      Value weight = kb.splat(kb.load(kb.f32Type(), kb.floatAt(weights, row)));
      Value from =
          kb.floatAt(record.values, kb.mul(kb.add(firstLane, row), pitch));
      forEachChannel(row, [&](Value d, Value to) {
        Value value = kb.loadFloats(kb.floatAt(from, d));
        kb.storeFloats(kb.fma(weight, value, kb.loadFloats(to)), to);
      });
    });
  }

  void addSums(const Record &record, Value lane) {
    Value maximum = kb.loadFloats(kb.floatAt(task.maxima, lane));
    Value below = kb.subf(load(record.maxima, lane), maximum);
    if (float unit = task.shape.log2OfUnit(); unit != 1.0f)
      below = kb.mulf(below, kb.splat(unit));
    Value weight = emitExp2(kb, below);
    kb.storeFloats(weight, kb.floatAt(weights, lane));
    for (auto [sums, from] : llvm::zip(task.sums, record.sums)) {
      Value to = kb.floatAt(sums, lane);
      kb.storeFloats(kb.fma(weight, load(from, lane), kb.loadFloats(to)), to);
    }
  }

  /// Vectors of a row: the channel, and their place in scratch.
  void forEachChannel(Value row, llvm::function_ref<void(Value, Value)> body) {
    Value values = kb.floatAt(joined, kb.mul(row, pitch));
    kb.loop(kb.i64(0), kb.i64(task.shape.valueHeadSize), kb.variant.lanes,
            [&](Value d) { body(d, kb.floatAt(values, d)); });
  }

  /// The epilogue takes O^T.
  void transpose(Value row) {
    Value from = kb.floatAt(joined, kb.mul(row, pitch));
    Value to = kb.floatAt(task.outT, row);
    kb.loop(kb.i64(0), kb.i64(task.shape.valueHeadSize), 1, [&](Value d) {
      kb.store(kb.load(kb.f32Type(), kb.floatAt(from, d)),
               kb.floatAt(to, kb.mul(d, task.shape.queryTile)));
    });
  }

  Record recordOf(Value part) {
    return {kb, task.shape, kb.floatAt(first, kb.mul(part, recordSize))};
  }

  /// A vector of a line, from any row.
  Value load(Value line, Value lane) {
    Value pointer = kb.floatAt(line, kb.add(firstLane, lane));
    return kb.load(kb.floats(), pointer, sizeof(float));
  }

  FoldTask &task;
  KernelBuilder &kb;
  Value first, recordSize, count, firstLane;
  int64_t pitch;
  Value weights; ///< Scratch: of the part at hand, a row per lane.
  Value joined;  ///< Scratch: O by rows.
};

} // namespace

/// O is relative to sums of rounded weights: makes it relative to exact ones.
static void emitExactRows(FoldTask &task) {
  KernelBuilder &kb = task.kb;
  kb.loop(kb.i64(0), kb.i64(task.shape.queryTile), kb.variant.lanes,
          [&](Value lane) {
            kb.storeFloats(emitExactOverRounded(task, lane),
                           kb.floatAt(task.tileMaxima, lane));
          });
  scaleRows(task);
}

Value attn::cpu::hasParts(CallArguments &call, tile::FoldOp fold) {
  return call.kb.less(call.kb.i64(0), call.size(fold.getParts(), 2));
}

Value attn::cpu::emitPartCount(CallArguments &call, const FoldShape &shape) {
  Value parts = tile::FoldOp(shape.fold).getParts();
  Value tiles = call.kb.mul(call.size(parts, 0), call.size(parts, 1));
  return call.kb.mul(tiles, call.size(parts, 2));
}

void attn::cpu::emitPartTask(const FoldShape &whole, CallArguments &call,
                             Scratch &scratch, Value index) {
  tile::FoldOp fold = whole.fold;
  FoldShape shape = whole.withRows(fold.getSplit()->getRows());
  FoldTask task(shape, call, scratch);
  KernelBuilder &kb = task.kb;
  RowTiles tiles(call, fold);
  task.index = index;
  task.numParts = tiles.countParts();
  task.part = kb.remainder(index, task.numParts);
  Value rest = kb.divide(index, task.numParts);
  Value position = kb.remainder(rest, tiles.countTiles());
  Value batch = kb.divide(rest, tiles.countTiles());
  RowTiles::Tile rows = tiles.getTile(position);
  task.head = rows.firstHead;
  kb.when(placeSequence(task, batch), [&] {
    task.q = emitRows(call, fold.getQ(), task.sequence, task.head);
    placePartScratch(task);
    packRows(task, rows.heads, tiles.queries);
    Record record(kb, shape, tiles.getRecord(batch, position, task.part));
    task.maxima = record.maxima;
    task.sums = record.sums;
    task.outT = record.values;
    emitStreams(task);
    if (task.pairs.roundedSums)
      emitExactRows(task);
  });
}

Value attn::cpu::emitJoinCount(CallArguments &call, const FoldShape &shape) {
  KernelBuilder &kb = call.kb;
  tile::FoldOp fold = shape.fold;
  Value rows = kb.mul(call.size(fold.getQ(), 0),
                      call.size(fold.getQ(), shape.axes.head()));
  return kb.select(hasParts(call, fold), rows, kb.i64(0));
}

void attn::cpu::emitJoinTask(const FoldShape &whole, CallArguments &call,
                             Scratch &scratch, Value index) {
  tile::FoldOp fold = whole.fold;
  FoldShape shape = whole.withRows(fold.getSplit()->getRows());
  FoldTask task(shape, call, scratch);
  KernelBuilder &kb = task.kb;
  RowTiles tiles(call, fold);
  Value heads = call.size(fold.getQ(), shape.axes.head());
  Value batch = kb.divide(index, heads);
  task.head = kb.remainder(index, heads);
  kb.when(placeSequence(task, batch), [&] {
    placeResults(task);
    placeRowState(task);
    RowTiles::Place place = tiles.getPlace(task.head);
    Value first = tiles.getRecord(batch, place.tile, kb.i64(0));
    Value recordSize = call.size(fold.getParts(), 3);
    Join(task, first, recordSize, tiles.countParts(), place.lane).emit();
    emitEpilogue(task);
  });
}
