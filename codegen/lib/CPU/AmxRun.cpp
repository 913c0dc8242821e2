//===- AmxRun.cpp - Runs of tiles of keys ---------------------------------===//
//
// Bounds and classes are asked again for a block of lanes, so that edges of
// masks are those of its rows.
//
//===----------------------------------------------------------------------===//

#include "AmxRun.h"
#include "QueryPack.h"

#include <optional>

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

namespace {

class RunEmitter {
public:
  RunEmitter(const AmxWalk &walk, Value from, Value to)
      : walk(walk), task(walk.task), kb(task.kb), stream(walk.stream),
        keyTile(task.shape.keyTile), from(from), to(to) {}

  void walkTiles(LaneGroup group) {
    Value first = kb.add(task.firstQuery, group.first);
    SmallVector<Value> rows = {
        first, kb.min(kb.add(first, task.shape.lanePitch - 1), task.lastQuery)};
    SmallVector<Value> bounds = emitKeyBounds(walk.target, stream, rows);
    std::optional<RegionEmitter> classes;
    if (stream.shape.hasClassify()) {
      RouteOp route = stream.shape.route;
      classes.emplace(walk.target, route.getClassify(),
                      attn::RegionKind::Classify, route.getCaptures());
      classes->emitRow(0, rows);
    }
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
  void walkTile(const AmxBlock &block, LaneGroup group, Value isPartial,
                RegionEmitter *classes) {
    if (!classes)
      return emitAmxVisit(task, stream, block, group, isPartial, walk.regions);
    Value last = lastOf(block.firstKey);
    auto [isSeen, isFull] = classes->emitTile(block.firstKey, last);
    Value needsMask = kb.either(isPartial, kb.negate(isFull));
    if (Value isPacked = walk.seen.has(block.firstKey, last))
      isSeen = kb.both(isSeen, isPacked);
    kb.when(isSeen, [&] {
      emitAmxVisit(task, stream, block, group, needsMask, walk.regions);
    });
  }

  Value lastOf(Value key) {
    return kb.add(kb.min(kb.add(key, keyTile), stream.keys), -1);
  }

  const AmxWalk &walk;
  FoldTask &task;
  KernelBuilder &kb;
  const KeyStream &stream;
  int64_t keyTile;
  Value from, to;
};

} // namespace

void attn::cpu::emitAmxRun(const AmxWalk &walk, Value from, Value to) {
  RunEmitter run(walk, from, to);
  walk.task.kb.loop(from, to, walk.task.shape.keyTile,
                    [&](Value) { emitPrefetch(walk.task, walk.fetched); });
  forEachGroup(walk.task, [&](LaneGroup group) { run.walkTiles(group); });
}
