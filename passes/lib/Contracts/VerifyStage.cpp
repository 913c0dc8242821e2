//===- VerifyStage.cpp - What may exist after each stage ------------------===//

#include "attn/dialect/Attn/Boundary.h"
#include "attn/dialect/Attn/Layout.h"
#include "attn/dialect/Attn/Views.h"
#include "attn/passes/Passes.h"
#include "attn/passes/Pipelines.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace attn {
#define GEN_PASS_DEF_VERIFYSTAGE
#include "attn/passes/Passes.h.inc"
} // namespace attn

using namespace mlir;

namespace attn {
namespace {

bool isStructure(Operation *op) {
  return isa<ModuleOp, func::FuncOp, func::ReturnOp>(op);
}

/// Which pass should have removed `op`, or what the user can do.
StringRef getRemedy(Operation *op, Stage stage) {
  if (isa<StreamOp, MaskOpInterface>(op))
    return "attn-mask-to-routes should have removed it";
  if (isa<AttendOp, MergeOp>(op))
    return "attn-tile-attend should have removed it";
  if (isa<tile::FoldOp>(op) && stage == Stage::Schedule)
    return "attn-schedule-forward should have removed it";
  if (isa<RouteOp, tile::FoldOp, tile::MergeOp, tile::SummarizeOp,
          sched::ForwardOp>(op))
    return "it belongs to a later stage; a program is written with attn.stream "
           "and attn.attend";
  return "compute this in the framework and pass it in";
}

/// Descriptions that folds of all stages read.
bool isDescription(Operation *op) {
  return isa<StateOp, LengthsPerBatchOp, LengthsPackedOp, LayoutGridOp>(op);
}

bool isLegal(Operation *op, Stage stage) {
  if (isDescription(op) || isView(op) || isa<ReorderOp, RestoreOp>(op))
    return true;
  switch (stage) {
  case Stage::Input:
    return isa<StreamOp, AttendOp, MergeOp, MaskOpInterface>(op);
  case Stage::Routes:
    return isa<RouteOp, AttendOp, MergeOp>(op);
  case Stage::Tiles:
    return isa<RouteOp, tile::FoldOp, tile::MergeOp, tile::SummarizeOp>(op);
  case Stage::Schedule:
    return isa<RouteOp, sched::ForwardOp, tile::MergeOp, tile::SummarizeOp>(op);
  default:
    return false;
  }
}

/// Masks that one mask may be made of, counted as often as they are used: what
/// follows walks over all of them.
constexpr int64_t kMostMasks = 4096;

LogicalResult checkMaskSizes(Block &block) {
  llvm::DenseMap<Value, int64_t> sizes;
  for (Operation &op : block) {
    if (!isa<MaskOpInterface>(op))
      continue;
    int64_t size = 1;
    for (Value operand : op.getOperands())
      size += sizes.lookup(operand); // 0 for a tensor
    if (size > kMostMasks)
      return op.emitOpError()
             << "is made of " << size
             << " masks, each counted as often as it is used; expected at most "
             << kMostMasks;
    sizes[op.getResult(0)] = size;
  }
  return success();
}

class VerifyStage : public impl::VerifyStageBase<VerifyStage> {
public:
  using VerifyStageBase::VerifyStageBase;

  void runOnOperation() override {
    std::optional<Stage> parsed = parseStage(stage);
    if (!parsed || *parsed > Stage::Schedule) {
      getOperation().emitError() << "unknown stage '" << stage
                                 << "'; expected input, routes, tiles or "
                                    "schedule";
      return signalPassFailure();
    }
    for (Operation &op : *getOperation().getBody())
      if (failed(verifyTopLevel(&op, *parsed)))
        return signalPassFailure();
  }

private:
  LogicalResult verifyTopLevel(Operation *op, Stage stage) {
    auto function = dyn_cast<func::FuncOp>(op);
    if (!function || function.isExternal()) {
      return op->emitOpError()
             << "is not legal in stage '" << getStageName(stage)
             << "'; expected functions with a body";
    }
    if (failed(verifyBoundary(function)))
      return failure();
    if (!function.getBody().hasOneBlock())
      return function.emitOpError()
             << "has control flow; expected a body of one block";
    for (Operation &inner : function.getBody().front())
      if (failed(verifyOrder(&inner))) {
        return failure();
      } else if (!isStructure(&inner) && !isLegal(&inner, stage)) {
        InFlightDiagnostic diag = inner.emitOpError()
                                  << "is not legal in stage '"
                                  << getStageName(stage) << "'";
        diag.attachNote() << getRemedy(&inner, stage);
        return diag;
      } else if (isView(&inner) && failed(verifyView(&inner))) {
        return failure();
      }
    return checkMaskSizes(function.getBody().front());
  }
};

} // namespace
} // namespace attn
