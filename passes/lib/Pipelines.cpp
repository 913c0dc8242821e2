//===- Pipelines.cpp - The only pass order --------------------------------===//

#include "attn/passes/Pipelines.h"
#include "attn/passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace attn {
namespace {

constexpr std::pair<Stage, StringLiteral> kStages[] = {
    {Stage::Input, "input"},       {Stage::Routes, "routes"},
    {Stage::Tiles, "tiles"},       {Stage::Schedule, "schedule"},
    {Stage::LowLevel, "lowlevel"}, {Stage::Artifact, "artifact"}};

void addCheck(OpPassManager &manager, Stage stage) {
  manager.addPass(createVerifyStage({getStageName(stage).str()}));
}

} // namespace

StringRef getStageName(Stage stage) {
  return kStages[static_cast<unsigned>(stage)].second;
}

std::optional<Stage> parseStage(StringRef name) {
  for (auto [stage, word] : kStages)
    if (word == name)
      return stage;
  return std::nullopt;
}

void buildPipeline(OpPassManager &manager, Stage to, StringRef target) {
  addCheck(manager, Stage::Input);
  if (to == Stage::Input)
    return;
  manager.addNestedPass<func::FuncOp>(createCSEPass());
  manager.addNestedPass<func::FuncOp>(createFlattenIf());
  manager.addNestedPass<func::FuncOp>(createMaskToRoutes());
  addCheck(manager, Stage::Routes);
  if (to == Stage::Routes)
    return;
  manager.addPass(createAttachTarget({target.str()}));
  manager.addPass(createTileAttend());
  manager.addPass(createSplitKeys());
  manager.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  manager.addNestedPass<func::FuncOp>(createCSEPass());
  manager.addPass(createLayoutsInPlace());
  addCheck(manager, Stage::Tiles);
  if (to == Stage::Tiles)
    return;
  manager.addPass(createScheduleForward());
  addCheck(manager, Stage::Schedule);
}

void registerAttnPipelines() {
  struct Options : PassPipelineOptions<Options> {
    Option<std::string> target{*this, "target",
                               llvm::cl::desc("Target whose sizes are used"),
                               llvm::cl::init("cpu")};
  };
  PassPipelineRegistration<Options>(
      "attn-to-routes", "from stage input to stage routes",
      [](OpPassManager &manager, const Options &options) {
        buildPipeline(manager, Stage::Routes, options.target);
      });
  PassPipelineRegistration<Options>(
      "attn-to-tiles", "from stage input to stage tiles",
      [](OpPassManager &manager, const Options &options) {
        buildPipeline(manager, Stage::Tiles, options.target);
      });
  PassPipelineRegistration<Options>(
      "attn-to-schedule", "from stage input to stage schedule",
      [](OpPassManager &manager, const Options &options) {
        buildPipeline(manager, Stage::Schedule, options.target);
      });
}

} // namespace attn
