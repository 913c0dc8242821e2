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
#include "Softmax.h"

#include <cmath>
#include <optional>

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

namespace {

constexpr float kLog2E = 1.44269504088896340736f;
constexpr float kLn2 = 0.693147180559945309417f;

/// Value of an affine expression over i64. Divisors are positive constants.
Value emitAffine(KernelBuilder &kb, AffineExpr expr, ArrayRef<Value> dims,
                 ArrayRef<Value> symbols) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return kb.i64(constant.getValue());
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return dims[dim.getPosition()];
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return symbols[symbol.getPosition()];
  auto binary = cast<AffineBinaryOpExpr>(expr);
  Value x = emitAffine(kb, binary.getLHS(), dims, symbols);
  Value y = emitAffine(kb, binary.getRHS(), dims, symbols);
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    return kb.add(x, y);
  case AffineExprKind::Mul:
    return kb.mul(x, y);
  case AffineExprKind::FloorDiv:
    return arith::FloorDivSIOp::create(kb.b, kb.loc, x, y);
  case AffineExprKind::CeilDiv:
    return arith::CeilDivSIOp::create(kb.b, kb.loc, x, y);
  default:
    break;
  }
  // x mod y, never negative.
  Value floor = arith::FloorDivSIOp::create(kb.b, kb.loc, x, y);
  return kb.sub(x, kb.mul(floor, y));
}

class FoldEmitter {
public:
  FoldEmitter(FoldTask &task, tile::FoldOp fold)
      : task(task), kb(task.kb), shape(task.shape), fold(fold) {}

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
      score.emplace(task, fold.getScore(), attn::RegionKind::Score,
                    fold.getCaptures());
    if (shape.hasVisible)
      visible.emplace(task, route.getVisible(), attn::RegionKind::Visible,
                      route.getCaptures());
    if (shape.hasClassify)
      classify.emplace(task, route.getClassify(), route.getCaptures());
  }

  Value emitBound(AffineMap map, bool isLower) {
    Value bound = isLower ? kb.i64(0) : task.keys;
    for (AffineExpr result : map.getResults()) {
      Value value = emitAffine(kb, result, {task.firstQuery, task.lastQuery},
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
  std::optional<LaneRegion> score, visible;
  std::optional<TileRegion> classify;
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
