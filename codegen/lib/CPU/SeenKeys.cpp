//===- SeenKeys.cpp - Which keys of a stream queries may see --------------===//

#include "SeenKeys.h"

#include "attn/passes/Dependence.h"

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

/// Whether `region` of a route may be asked once for all rows of a sequence and
/// all heads: it asks for no head and reads no table by rows or keys, which
/// would be one of tiles.
static bool servesAllRows(Region &region, attn::RegionKind kind) {
  constexpr unsigned kHead = 1;
  if (region.empty() || !region.getArgument(kHead).use_empty())
    return false;
  DependenceAnalysis dependence(region, kind);
  return !region
              .walk([&](ReadOp read) {
                return dependence.get(read.getResult()).isUniform()
                           ? WalkResult::advance()
                           : WalkResult::interrupt();
              })
              .wasInterrupted();
}

SmallVector<Value> attn::cpu::emitKeyBounds(CpuRegionTarget &target,
                                            const KeyStream &stream,
                                            ValueRange rows) {
  RouteOp route = stream.shape.route;
  KernelBuilder &kb = target.kb;
  Value zero = kb.i64(0);
  if (route.getBounds().empty())
    return {zero, stream.keys, zero, stream.keys};
  RegionEmitter emitter(target, route.getBounds(), attn::RegionKind::Bounds,
                        route.getCaptures());
  emitter.emitRow(0, rows);
  SmallVector<Value> bounds = emitter.emitBounds();
  for (Value &bound : bounds)
    bound = kb.max(kb.min(bound, stream.keys), zero);
  return bounds;
}

SeenKeys::SeenKeys(FoldTask &task, CpuRegionTarget &target,
                   const KeyStream &stream) {
  KernelBuilder &kb = task.kb;
  RouteOp route = stream.shape.route;
  SmallVector<Value> rows = {task.rows.first, kb.add(task.rows.end, -1)};
  start = kb.i64(0);
  end = stream.keys;
  if (servesAllRows(route.getBounds(), attn::RegionKind::Bounds)) {
    SmallVector<Value> bounds = emitKeyBounds(target, stream, rows);
    int64_t tile = task.shape.keyTile;
    start = kb.mul(kb.divide(bounds[0], kb.i64(tile)), tile);
    end = bounds[1];
  }
  if (!servesAllRows(route.getClassify(), attn::RegionKind::Classify))
    return;
  classify.emplace(target, route.getClassify(), attn::RegionKind::Classify,
                   route.getCaptures());
  classify->emitRow(0, rows);
}

Value SeenKeys::has(Value firstKey, Value lastKey) {
  return classify ? classify->emitTile(firstKey, lastKey).first : Value();
}
