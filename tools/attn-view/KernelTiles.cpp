//===- KernelTiles.cpp - Tiles that the kernels of a target have ----------===//

#include "KernelTiles.h"
#include "DiagnosticText.h"

#include "attn/dialect/Sched/Sched.h"
#include "attn/dialect/Tile/Tile.h"

using namespace mlir;
using attn::reference::TileShape;

namespace attn::view {
namespace {

std::vector<TileShape> getTiles(ModuleOp module, StringRef function) {
  std::vector<TileShape> tiles;
  module.lookupSymbol<func::FuncOp>(function).walk([&](Operation *op) {
    if (auto fold = dyn_cast<tile::FoldOp>(op))
      tiles.push_back(
          {int64_t(fold.getQueryTile()), int64_t(fold.getKeyTile())});
    else if (auto forward = dyn_cast<sched::ForwardOp>(op))
      tiles.push_back(
          {forward.getQueriesPerTile(), int64_t(forward.getKeyTile())});
  });
  return tiles;
}

} // namespace

llvm::Expected<KernelTiles>
findKernelTiles(MaskProgram &program, func::FuncOp function, StringRef target) {
  DiagnosticText diagnostics(program.context);
  auto compileTo = [&](Stage stage) {
    return compileToStage(*program.input, stage, target, {});
  };
  KernelTiles result;
  // A GPU may hold no kernel of a program that has tiles there: of f32, or of
  // large heads.
  FailureOr<OwningOpRef<ModuleOp>> compiled =
      compileTo(target == "cpu" ? Stage::Tiles : Stage::Schedule);
  if (failed(compiled)) {
    result.fault = std::exchange(diagnostics.text, "");
    compiled = compileTo(Stage::Tiles);
  }
  if (failed(compiled))
    return llvm::createStringError(diagnostics.text);
  result.tiles = getTiles(**compiled, function.getSymName());
  size_t attends = llvm::range_size(function.getOps<AttendOp>());
  if (result.tiles.size() != attends)
    return llvm::createStringError(
        "of " + std::to_string(attends) + " attends target " + target.str() +
        " makes " + std::to_string(result.tiles.size()) +
        " kernels, since some compute the same; leave those out");
  return result;
}

} // namespace attn::view
