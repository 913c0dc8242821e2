//===- FoldKernel.cpp - The kernel of attn_tile.fold ----------------------===//
//
// One task, transposed: queries are lanes.
//
//   pack Q^T; m = lowest, l = 0, O^T = 0
//   for tiles of keys that some row may see:
//     if not proven empty:
//       S^T = K Q^T; score; mask if not proven full
//       raise m; P^T = 2^(S^T - m); l += sum P^T; O^T += V^T P^T
//   out = O / l, lse
//
//===----------------------------------------------------------------------===//

#include "FoldKernel.h"
#include "Logits.h"
#include "MicroKernel.h"
#include "QueryPack.h"
#include "RegionTarget.h"
#include "Softmax.h"

#include "attn/codegen/Kernel/Bounds.h"

#include <cmath>
#include <optional>

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

namespace {

constexpr float kLog2E = 1.44269504088896340736f;
constexpr float kLn2 = 0.693147180559945309417f;

class FoldEmitter {
public:
  FoldEmitter(FoldTask &task, tile::FoldOp fold)
      : task(task), kb(task.kb), shape(task.shape), fold(fold), target(task) {}

  void emit() {
    emitRegions();
    emitQueryPack(task,
                  static_cast<float>(shape.hasScore ? shape.scale
                                                    : shape.scale * M_LOG2E));
    emitSoftmaxInit(task);
    emitKeyLoop();
    emitEpilogue(task, shape.hasScore ? 1.0f : kLn2);
  }

private:
  /// Parts of regions that do not depend on keys.
  void emitRegions() {
    RouteOp route = shape.route;
    if (shape.hasScore)
      score.emplace(task, target, fold.getScore(), attn::RegionKind::Score,
                    fold.getCaptures());
    if (shape.hasVisible)
      visible.emplace(task, target, route.getVisible(),
                      attn::RegionKind::Visible, route.getCaptures());
    if (!shape.hasClassify)
      return;
    classify.emplace(target, route.getClassify(), attn::RegionKind::Classify,
                     route.getCaptures());
    classify->emitRow(0, {task.firstQuery, task.lastQuery});
  }

  Value emitBound(AffineMap map, bool isLower) {
    Value bound = isLower ? kb.i64(0) : task.keys;
    for (AffineExpr result : map.getResults()) {
      Value value =
          emitAffine(kb.b, kb.loc, result, {task.firstQuery, task.lastQuery},
                     {task.queries, task.keys});
      bound = isLower ? kb.max(bound, value) : kb.min(bound, value);
    }
    return bound;
  }

  void emitKeyLoop() {
    RouteOp route = shape.route;
    fullLower = emitBound(route.getFullLower(), true);
    fullUpper = emitBound(route.getFullUpper(), false);
    Value lower = emitBound(route.getLower(), true);
    Value upper = emitBound(route.getUpper(), false);
    start = kb.mul(kb.divide(lower, kb.i64(shape.keyTile)), shape.keyTile);
    kb.loop(start, upper, shape.keyTile, [&](Value key) { emitTile(key); });
  }

  void emitTile(Value firstKey) {
    Value end = kb.add(firstKey, shape.keyTile);
    Value isPartial =
        kb.either(kb.less(firstKey, fullLower), kb.less(fullUpper, end));
    if (!classify)
      return emitVisited(firstKey, isPartial);
    auto [some, all] =
        classify->emitTile(firstKey, kb.add(kb.min(end, task.keys), -1));
    Value needsMask = kb.either(isPartial, kb.negate(all));
    kb.when(some, [&] { emitVisited(firstKey, needsMask); });
  }

  void emitVisited(Value firstKey, Value isPartial) {
    KeyTile tile = emitKeyTile(task, firstKey);
    emitPrefetch(task,
                 kb.divide(kb.sub(firstKey, start), kb.i64(shape.keyTile)));
    forEachGroup(task, [&](LaneGroup group) {
      LogitRegions regions{score ? &*score : nullptr,
                           visible ? &*visible : nullptr};
      emitProduct(kb, {{tile.keys, tile.keyStride, {}},
                       kb.floatAt(task.queryT, group.first),
                       kb.floatAt(task.logits, group.first),
                       shape.queryTile,
                       shape.keyTile,
                       shape.headSize,
                       group.vectors,
                       /*accumulate=*/false,
                       emitMaximaInit(task, group, regions)});
      SmallVector<Value> maxima =
          emitLogits(task, group, tile, isPartial, regions);
      emitSoftmax(task, group, maxima, shape.hasScore ? kLog2E : 1.0f);
      emitProduct(kb, {{tile.values, {}, tile.valueStride},
                       kb.floatAt(task.logits, group.first),
                       kb.floatAt(task.outT, group.first),
                       shape.queryTile,
                       shape.valueHeadSize,
                       shape.keyTile,
                       group.vectors,
                       /*accumulate=*/true,
                       /*maxima=*/{}});
    });
  }

  FoldTask &task;
  KernelBuilder &kb;
  const FoldShape &shape;
  tile::FoldOp fold;
  CpuRegionTarget target;
  std::optional<LaneRegion> score, visible;
  std::optional<RegionEmitter> classify; ///< On scalars.
  Value fullLower, fullUpper;
  Value start; ///< First key of the first tile.
};

} // namespace

void attn::cpu::emitFoldTask(FoldTask &task, tile::FoldOp fold, Value host,
                             Value index, Value worker) {
  emitTaskSetup(task, fold, index, worker, host);
  FoldEmitter(task, fold).emit();
  task.fixScratchSize();
}
