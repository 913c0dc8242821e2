//===- PairRun.cpp - Runs of tiles of keys --------------------------------===//
//
// Bounds and classes are asked again for a block of lanes, so that edges of
// masks are those of its rows.
//
//===----------------------------------------------------------------------===//

#include "PairRun.h"
#include "QueryPack.h"

#include <memory>
#include <optional>

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

namespace {

/// Classes of tiles of keys for a block of rows. Where they come from tables
/// that are made for tiles of the fold, those of all such tiles that the block
/// meets.
class BlockClasses {
public:
  /// \param rows the first and the last.
  BlockClasses(const PairWalk &walk, ValueRange rows)
      : walk(walk), kb(walk.task.kb) {
    if (!walk.stream.shape.classesAreOfTiles()) {
      add(rows[0], rows[1]);
      return;
    }
    Value tile = kb.i64(fold().getQueryTile());
    Value begin = kb.mul(kb.divide(rows[1], tile), tile);
    add(rows[0],
        kb.select(kb.less(rows[0], begin), kb.add(begin, -1), rows[1]));
    add(kb.max(rows[0], begin), rows[1]);
  }

  /// (some, all) of the keys from `first` to `end` - 1.
  std::pair<Value, Value> emit(Value first, Value end) {
    if (classes.size() == 1)
      return classes[0]->emitTile(first, kb.add(end, -1));
    Type flag = kb.b.getI1Type();
    int64_t tile = fold().getKeyTile();
    SmallVector<Value> found = {
        arith::ConstantIntOp::create(kb.b, kb.loc, flag, 0),
        arith::ConstantIntOp::create(kb.b, kb.loc, flag, 1)};
    found = kb.loop(first, end, tile, found, [&](Value key, ValueRange before) {
      Value last = kb.add(kb.min(kb.add(key, tile), end), -1);
      Value isSeen = before[0], isFull = before[1];
      for (auto &rows : classes) {
        auto [some, all] = rows->emitTile(key, last);
        isSeen = kb.either(isSeen, some);
        isFull = kb.both(isFull, all);
      }
      return SmallVector<Value>{isSeen, isFull};
    });
    return {found[0], found[1]};
  }

private:
  tile::FoldOp fold() const { return walk.task.shape.fold; }

  void add(Value first, Value last) {
    RouteOp route = walk.stream.shape.route;
    classes.push_back(std::make_unique<RegionEmitter>(
        walk.target, route.getClassify(), attn::RegionKind::Classify,
        route.getCaptures()));
    classes.back()->emitRow(0, {first, last});
  }

  const PairWalk &walk;
  KernelBuilder &kb;
  SmallVector<std::unique_ptr<RegionEmitter>, 2> classes;
};

class RunEmitter {
public:
  RunEmitter(const PairWalk &walk, Value from, Value to)
      : walk(walk), task(walk.task), kb(task.kb), stream(walk.stream),
        keyTile(task.shape.keyTile), from(from), to(to) {}

  void walkTiles(LaneGroup group) {
    Value first = kb.add(task.firstQuery, group.first);
    SmallVector<Value> rows = {
        first, kb.min(kb.add(first, task.shape.lanePitch - 1), task.lastQuery)};
    SmallVector<Value> bounds = emitKeyBounds(walk.target, stream, rows);
    std::optional<BlockClasses> classes;
    if (stream.shape.hasClassify())
      classes.emplace(walk, rows);
    Value lower = kb.mul(kb.divide(bounds[0], kb.i64(keyTile)), keyTile);
    kb.loop(
        kb.max(lower, from), kb.min(bounds[1], to), keyTile, [&](Value key) {
          Value isPartial = kb.either(kb.less(key, bounds[2]),
                                      kb.less(bounds[3], kb.add(key, keyTile)));
          walkTile({key, kb.divide(key, kb.i64(keyTile))}, group, isPartial,
                   classes ? &*classes : nullptr);
        });
  }

private:
  void walkTile(const PairBlock &block, LaneGroup group, Value isPartial,
                BlockClasses *classes) {
    if (!classes)
      return emitPairVisit(task, stream, block, group, isPartial, walk.regions);
    Value end = kb.min(kb.add(block.firstKey, keyTile), stream.keys);
    auto [isSeen, isFull] = classes->emit(block.firstKey, end);
    Value needsMask = kb.either(isPartial, kb.negate(isFull));
    if (Value isPacked = walk.seen.has(block.firstKey, kb.add(end, -1)))
      isSeen = kb.both(isSeen, isPacked);
    kb.when(isSeen, [&] {
      emitPairVisit(task, stream, block, group, needsMask, walk.regions);
    });
  }

  const PairWalk &walk;
  FoldTask &task;
  KernelBuilder &kb;
  const KeyStream &stream;
  int64_t keyTile;
  Value from, to;
};

} // namespace

void attn::cpu::emitPairRun(const PairWalk &walk, Value from, Value to) {
  RunEmitter run(walk, from, to);
  walk.task.kb.loop(from, to, walk.task.shape.keyTile,
                    [&](Value) { emitPrefetch(walk.task, walk.fetched); });
  forEachGroup(walk.task, [&](LaneGroup group) { run.walkTiles(group); });
}
