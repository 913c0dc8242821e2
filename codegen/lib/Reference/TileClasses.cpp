//===- TileClasses.cpp - What a route says about tiles --------------------===//

#include "attn/codegen/TileClasses.h"
#include "RegionCompiler.h"
#include "Values.h"

#include "attn/dialect/Attn/Views.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <algorithm>

using namespace mlir;

namespace attn::reference {

/// The regions of a route; absent ones hold everywhere.
struct TileClasses::Regions {
  llvm::SmallVector<Tensor> tables;
  std::optional<RegionProgram<double>> bounds, visible, classify;
  Frame<double> boundsFrame, visibleFrame, classifyFrame;
};

namespace {

Groups toGroups(tensor::CollapseShapeOp view) {
  Groups groups;
  for (const ReassociationIndices &group : view.getReassociationIndices())
    groups.emplace_back(group.begin(), group.end());
  return groups;
}

llvm::Error compileRegion(Region &region, RegionKind kind,
                          llvm::ArrayRef<Capture> captures,
                          std::optional<RegionProgram<double>> &program) {
  if (region.empty())
    return llvm::Error::success();
  auto compiled = RegionProgram<double>::create(region, kind, captures);
  if (!compiled)
    return compiled.takeError();
  program = std::move(*compiled);
  return llvm::Error::success();
}

llvm::Error takeError(Frame<double> &frame) {
  return frame.error.empty() ? llvm::Error::success()
                             : llvm::createStringError(frame.error);
}

} // namespace

TileClasses::TileClasses(RouteOp route, int64_t keys)
    : route(route), keys(keys), regions(std::make_unique<Regions>()) {}
TileClasses::TileClasses(TileClasses &&) = default;
TileClasses::~TileClasses() = default;

llvm::Expected<TileClasses>
TileClasses::create(RouteOp route, llvm::ArrayRef<Tensor> arguments,
                    int64_t queries, int64_t keys) {
  TileClasses classes(route, keys);
  Regions &regions = *classes.regions;
  std::vector<Capture> captures;
  for (Value value : route.getCaptures()) {
    Capture capture;
    if (value.getType().isIndex()) {
      capture = getIndexCapture(value);
    } else {
      capture.value = getViewedArgument(value).getArgNumber();
      capture.name = "argument " + std::to_string(capture.value);
    }
    regions.tables.push_back(arguments[capture.value]);
    if (auto view = value.getDefiningOp<tensor::CollapseShapeOp>())
      regions.tables.back() = collapse(regions.tables.back(), toGroups(view));
    captures.push_back(std::move(capture));
  }
  if (llvm::Error error = compileRegion(route.getBounds(), RegionKind::Bounds,
                                        captures, regions.bounds))
    return error;
  if (llvm::Error error = compileRegion(route.getVisible(), RegionKind::Visible,
                                        captures, regions.visible))
    return error;
  if (llvm::Error error =
          compileRegion(route.getClassify(), RegionKind::Classify, captures,
                        regions.classify))
    return error;
  if (regions.bounds)
    regions.boundsFrame =
        regions.bounds->makeFrame(regions.tables, queries, keys);
  if (regions.visible)
    regions.visibleFrame =
        regions.visible->makeFrame(regions.tables, queries, keys);
  if (regions.classify)
    regions.classifyFrame =
        regions.classify->makeFrame(regions.tables, queries, keys);
  return classes;
}

llvm::Expected<TileClass> TileClasses::classify(int64_t b, int64_t h,
                                                const Tile &tile) {
  int64_t bounds[] = {0, keys, 0, keys};
  if (regions->bounds) {
    regions->bounds->run(regions->boundsFrame, {b, h, tile.q0, tile.q1});
    if (llvm::Error error = takeError(regions->boundsFrame))
      return error;
    for (unsigned n = 0; n < 4; ++n)
      bounds[n] = regions->bounds->getResult(regions->boundsFrame, n).integer;
  }
  auto [lower, upper, fullLower, fullUpper] = bounds;
  if (tile.k1 < lower || tile.k0 >= upper)
    return TileClass::Empty;
  bool all = tile.k0 >= fullLower && tile.k1 < fullUpper;
  if (!regions->classify)
    return all ? TileClass::Full : TileClass::Partial;
  Frame<double> &frame = regions->classifyFrame;
  regions->classify->run(frame, {b, h, tile.q0, tile.q1, tile.k0, tile.k1});
  if (llvm::Error error = takeError(frame))
    return error;
  if (!regions->classify->getResult(frame, 0).integer)
    return TileClass::Empty;
  all &= regions->classify->getResult(frame, 1).integer != 0;
  return all ? TileClass::Full : TileClass::Partial;
}

llvm::Expected<bool> TileClasses::isVisible(int64_t b, int64_t h, int64_t i,
                                            int64_t j) {
  if (!regions->visible)
    return true;
  regions->visible->run(regions->visibleFrame, {b, h, i, j});
  if (llvm::Error error = takeError(regions->visibleFrame))
    return error;
  return regions->visible->getResult(regions->visibleFrame, 0).integer != 0;
}

} // namespace attn::reference
