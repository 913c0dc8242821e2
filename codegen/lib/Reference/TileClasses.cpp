//===- TileClasses.cpp - What a route says about tiles --------------------===//

#include "attn/codegen/TileClasses.h"
#include "RegionCompiler.h"

#include "mlir/IR/AffineMap.h"

#include <algorithm>

using namespace mlir;

namespace attn::reference {

/// The regions of a route; absent ones hold everywhere.
struct TileClasses::Regions {
  llvm::SmallVector<Tensor> tables;
  std::optional<RegionProgram<double>> visible, classify;
  Frame<double> visibleFrame, classifyFrame;
};

namespace {

using Bounds = SmallVector<int64_t>;

Bounds evaluate(AffineMap map, const Tile &tile, int64_t queries,
                int64_t keys) {
  Builder builder(map.getContext());
  SmallVector<Attribute> operands, results;
  for (int64_t value : {tile.q0, tile.q1, queries, keys})
    operands.push_back(builder.getIndexAttr(value));
  if (failed(map.constantFold(operands, results)))
    llvm_unreachable("bounds are affine in rows and lengths");
  return llvm::map_to_vector(results, [](Attribute value) {
    return cast<IntegerAttr>(value).getInt();
  });
}

llvm::Error compileRegion(Region &region, RegionKind kind,
                          const std::vector<std::string> &names,
                          std::optional<RegionProgram<double>> &program) {
  if (region.empty())
    return llvm::Error::success();
  auto compiled = RegionProgram<double>::create(region, kind, names);
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

TileClasses::TileClasses(RouteOp route, int64_t queries, int64_t keys)
    : route(route), queries(queries), keys(keys),
      regions(std::make_unique<Regions>()) {}
TileClasses::TileClasses(TileClasses &&) = default;
TileClasses::~TileClasses() = default;

llvm::Expected<TileClasses>
TileClasses::create(RouteOp route, llvm::ArrayRef<Tensor> arguments,
                    int64_t queries, int64_t keys) {
  TileClasses classes(route, queries, keys);
  Regions &regions = *classes.regions;
  std::vector<std::string> names;
  for (Value capture : route.getCaptures()) {
    unsigned argument = cast<BlockArgument>(capture).getArgNumber();
    regions.tables.push_back(arguments[argument]);
    names.push_back("argument " + std::to_string(argument));
  }
  if (llvm::Error error = compileRegion(route.getVisible(), RegionKind::Visible,
                                        names, regions.visible))
    return error;
  if (llvm::Error error = compileRegion(
          route.getClassify(), RegionKind::Classify, names, regions.classify))
    return error;
  if (regions.visible)
    regions.visibleFrame =
        regions.visible->makeFrame(regions.tables, queries, keys);
  if (regions.classify)
    regions.classifyFrame =
        regions.classify->makeFrame(regions.tables, queries, keys);
  return classes;
}

llvm::Expected<TileClass> TileClasses::classify(int64_t b, const Tile &tile) {
  auto bounds = [&](AffineMap map) {
    return evaluate(map, tile, queries, keys);
  };
  Bounds lower = bounds(route.getLower()), upper = bounds(route.getUpper());
  Bounds fullLower = bounds(route.getFullLower());
  Bounds fullUpper = bounds(route.getFullUpper());
  if (tile.k1 < *llvm::max_element(lower) ||
      tile.k0 >= *llvm::min_element(upper))
    return TileClass::Empty;
  bool all = tile.k0 >= *llvm::max_element(fullLower) &&
             tile.k1 < *llvm::min_element(fullUpper);
  if (!regions->classify)
    return all ? TileClass::Full : TileClass::Partial;
  Frame<double> &frame = regions->classifyFrame;
  regions->classify->run(frame, {b, 0, tile.q0, tile.q1, tile.k0, tile.k1});
  if (llvm::Error error = takeError(frame))
    return error;
  if (!regions->classify->getResult(frame, 0).integer)
    return TileClass::Empty;
  all &= regions->classify->getResult(frame, 1).integer != 0;
  return all ? TileClass::Full : TileClass::Partial;
}

llvm::Expected<bool> TileClasses::isVisible(int64_t b, int64_t i, int64_t j) {
  if (!regions->visible)
    return true;
  regions->visible->run(regions->visibleFrame, {b, 0, i, j});
  if (llvm::Error error = takeError(regions->visibleFrame))
    return error;
  return regions->visible->getResult(regions->visibleFrame, 0).integer != 0;
}

} // namespace attn::reference
