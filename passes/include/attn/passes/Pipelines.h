//===- Pipelines.h - The stages and their order -----------------*- C++ -*-===//
//
// input -> routes -> tiles -> (schedule) -> lowlevel -> artifact. The first
// four are reached by the pipelines here; codegen does the rest.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_PASSES_PIPELINES_H
#define ATTN_PASSES_PIPELINES_H

#include "mlir/Pass/PassManager.h"

#include <string>

namespace attn {

/// Stages in the order of the data; also the values of `attnc --emit`.
enum class Stage { Input, Routes, Tiles, Schedule, LowLevel, Artifact };

/// Lower-case name of a stage, as on the command line.
llvm::StringRef getStageName(Stage stage);

/// The stage called `name`, or std::nullopt.
std::optional<Stage> parseStage(llvm::StringRef name);

/// Appends the passes that bring a module from stage `input` to `to` (at most
/// `Schedule`, which targets without warps do not have) for `target`. Ends with
/// the check of every stage passed.
void buildPipeline(mlir::OpPassManager &manager, Stage to,
                   llvm::StringRef target);

/// Registers `attn-to-routes`, `attn-to-tiles` and `attn-to-schedule` for
/// attn-opt.
void registerAttnPipelines();

} // namespace attn

#endif // ATTN_PASSES_PIPELINES_H
