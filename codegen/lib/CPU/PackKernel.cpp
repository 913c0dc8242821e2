//===- PackKernel.cpp - Keys for tile registers, packed once --------------===//
//
// The buffer of a stream holds a record for every tile of keys: K, then V^T.
//
//   padded   [B][Hk][ceil(L / tile)]
//   packed   [Hk][ceil(T / tile) + B]: sequence b has the records from
//            floor(first token / tile) + b on
//
// Records of tiles that nobody sees stay as they are: SeenKeys.h.
//
//===----------------------------------------------------------------------===//

#include "PackKernel.h"
#include "AmxTiles.h"
#include "PairPack.h"
#include "PartKernel.h"
#include "SeenKeys.h"

#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

namespace {

/// The records of a stream and the tasks that fill them.
class PackedStream {
public:
  PackedStream(CallArguments &call, const FoldShape &shape, unsigned position)
      : call(call), kb(call.kb), shape(shape), stream(shape.streams[position]),
        position(position), k(RouteOp(stream.route).getK()),
        lengths(RouteOp(stream.route).getLengths()), axes(isPacked(lengths)) {
    heads = call.size(k, axes.head());
    tiles = emitTileCount(call, k, lengths, shape.keyTile);
  }

  Value countTasks() {
    Value share = getShare();
    return kb.mul(countHeads(), ceilDivide(tiles, share));
  }

  /// Packs the tiles of task number `index` of this stream.
  void emitTask(Scratch &scratch, Value index) {
    FoldTask task(shape, call, scratch);
    Value share = getShare();
    Value tasks = ceilDivide(tiles, share);
    Value run = kb.mul(kb.remainder(index, tasks), share);
    Value head = kb.divide(index, tasks);
    Value keyHead = kb.remainder(head, heads);
    if (axes.batch()) {
      Value first = kb.mul(run, shape.keyTile);
      Value batch = kb.divide(head, heads);
      return emitRun(task, emitSequence(call, k, lengths, batch), keyHead,
                     {first, kb.add(first, kb.mul(share, shape.keyTile))});
    }
    PackedTile tile = emitPackedTile(call, k, lengths, shape.keyTile, run);
    task.range = tile.range;
    emitRun(task, emitSequence(call, k, tile.range), keyHead,
            {tile.firstRow, kb.add(tile.firstRow, shape.keyTile)});
  }

  Value getTiles(const Sequence &sequence, Value keyHead) {
    Value head = keyHead;
    if (!sequence.first)
      head = kb.add(kb.mul(sequence.batch, heads), keyHead);
    Value record = kb.mul(head, tiles);
    if (sequence.first) {
      record = kb.add(record, kb.divide(sequence.first, kb.i64(shape.keyTile)));
      record = kb.add(record, sequence.batch);
    }
    return halfAt(kb, call.buffer(position),
                  kb.mul(record, shape.getTileElements()));
  }

private:
  Value ceilDivide(Value x, Value y) {
    return kb.divide(kb.add(x, kb.add(y, -1)), y);
  }

  Value countHeads() {
    return axes.batch() ? kb.mul(call.size(k, 0), heads) : heads;
  }

  /// Tiles of a task: many where that leaves tasks for all threads. Packed
  /// sequences are looked for tile by tile.
  Value getShare() {
    constexpr int64_t kLeastTasks = 256;
    if (!axes.batch())
      return kb.i64(1);
    Value share = kb.divide(kb.mul(countHeads(), tiles), kb.i64(kLeastTasks));
    return kb.max(kb.min(share, kb.i64(kRunTiles)), kb.i64(1));
  }

  /// Whether some query head reads `keyHead`, as i1; null: each is read.
  Value isRead(Value keyHead) {
    if (!stream.heads)
      return {};
    llvm::SetVector<int64_t> read(stream.heads->begin(), stream.heads->end());
    Value result;
    for (int64_t head : read) {
      Value isHead = arith::CmpIOp::create(
          kb.b, kb.loc, arith::CmpIPredicate::eq, keyHead, kb.i64(head));
      result = result ? kb.either(result, isHead) : isHead;
    }
    return result;
  }

  /// Packs what is seen of `keys` of `sequence`.
  void emitRun(FoldTask &task, const Sequence &sequence, Value keyHead,
               RowRun keys) {
    Value isNeeded = kb.less(keys.first, sequence.length);
    if (Value read = isRead(keyHead))
      isNeeded = kb.both(isNeeded, read);
    kb.when(isNeeded, [&] {
      placeRows(task, sequence.batch);
      kb.when(kb.less(task.rows.first, task.rows.end),
              [&] { emitSeen(task, sequence, keyHead, keys); });
    });
  }

  /// Which queries there are.
  void placeRows(FoldTask &task, Value batch) {
    tile::FoldOp fold = shape.fold;
    Value q = fold.getQ();
    bool isKnown = task.range && fold.getLengths() == lengths;
    task.sequence = isKnown ? emitSequence(call, q, *task.range)
                            : emitSequence(call, q, fold.getLengths(), batch);
    task.rows = emitRowRun(call, q, task.sequence, fold.getOperandLengths());
  }

  void emitSeen(FoldTask &task, const Sequence &sequence, Value keyHead,
                RowRun keys) {
    KeyStream rows = emitKeyRows(task, position, sequence, keyHead);
    task.pairs.tiles = rows.tiles;
    placePackScratch(task);
    CpuRegionTarget target(task, rows);
    SeenKeys seen(task, target, rows);
    kb.loop(kb.max(keys.first, seen.start), kb.min(keys.end, seen.end),
            shape.keyTile, [&](Value key) {
              Value next = kb.min(kb.add(key, shape.keyTile), sequence.length);
              auto pack = [&] { emitPairTile(task, rows, key); };
              Value isSeen = seen.has(key, kb.add(next, -1));
              isSeen ? kb.when(isSeen, pack) : pack();
            });
  }

  CallArguments &call;
  KernelBuilder &kb;
  const FoldShape &shape;
  const StreamShape &stream;
  unsigned position;
  Value k, lengths;
  TokenAxes axes;
  Value heads; ///< Key heads.
  Value tiles; ///< Records of a head.
};

} // namespace

SmallVector<CpuBuffer> attn::cpu::getPackBuffers(const FoldShape &shape) {
  SmallVector<CpuBuffer> buffers;
  tile::FoldOp fold = shape.fold;
  for (Value stream : fold.getStreams())
    buffers.push_back(
        {"", fold, stream, shape.keyTile, shape.getTileElements()});
  return buffers;
}

Value attn::cpu::emitPackedTiles(CallArguments &call, const FoldShape &shape,
                                 unsigned position, const Sequence &sequence,
                                 Value keyHead) {
  return PackedStream(call, shape, position).getTiles(sequence, keyHead);
}

Value attn::cpu::emitPackCount(CallArguments &call, const FoldShape &shape) {
  KernelBuilder &kb = call.kb;
  tile::FoldOp fold = shape.fold;
  Value count = kb.i64(0);
  for (unsigned i = 0; i < shape.streams.size(); ++i)
    count = kb.add(count, PackedStream(call, shape, i).countTasks());
  if (!fold.getSplit())
    return count;
  return kb.select(hasParts(call, fold), kb.i64(0), count);
}

void attn::cpu::emitPackTask(const FoldShape &shape, CallArguments &call,
                             Scratch &scratch, Value index) {
  KernelBuilder &kb = call.kb;
  Value first = kb.i64(0);
  for (unsigned i = 0; i < shape.streams.size(); ++i) {
    PackedStream stream(call, shape, i);
    Value end = kb.add(first, stream.countTasks());
    Value isOwn =
        kb.both(kb.negate(kb.less(index, first)), kb.less(index, end));
    kb.when(isOwn, [&] { stream.emitTask(scratch, kb.sub(index, first)); });
    first = end;
  }
}
