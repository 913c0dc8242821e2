//===- ScheduleForward.cpp - Folds become planned kernels -----------------===//

#include "ForwardPlan.h"

#include "attn/dialect/Attn/AttendRules.h"
#include "attn/dialect/Attn/LayoutBoxes.h"
#include "attn/dialect/Sched/HeadTile.h"
#include "attn/passes/Passes.h"
#include "attn/passes/Target.h"

#include <numeric>

namespace attn {
#define GEN_PASS_DEF_SCHEDULEFORWARD
#include "attn/passes/Passes.h.inc"
} // namespace attn

using namespace mlir;

namespace attn {
namespace {

/// Of a consumer warpgroup.
constexpr int64_t kRows = 64;

constexpr StringLiteral kLimits[] = {"consumer_registers",
                                     "head_size",
                                     "producer_registers",
                                     "producer_registers_boxes",
                                     "producer_registers_wide",
                                     "registers",
                                     "shared_bytes",
                                     "stages",
                                     "tma_columns",
                                     "turn_head_size"};

bool readsTables(Region &region) {
  return region.walk([](ReadOp) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

/// A CTA keeps its place among the query tiles while it computes one. There are
/// registers for that, with all assemblers, where regions read no tables, tiles
/// have no classes of their own, as on a grid, and no states come or go
/// (`codegen/lib/NVVM/README.md` has the figures).
bool isPersistent(tile::FoldOp fold) {
  bool reads = readsTables(fold.getScore());
  for (Value stream : fold.getStreams()) {
    auto route = stream.getDefiningOp<RouteOp>();
    if (!route.getClassify().empty())
      return false;
    for (Region *region : {&route.getBounds(), &route.getVisible()})
      reads |= readsTables(*region);
  }
  return !reads && fold.getStates().empty() && fold.getState().empty();
}

class ScheduleForward : public impl::ScheduleForwardBase<ScheduleForward> {
public:
  void runOnOperation() override {
    SmallVector<tile::FoldOp> folds;
    getOperation()->walk([&](tile::FoldOp op) { folds.push_back(op); });
    if (folds.empty())
      return;
    if (failed(readLimits()))
      return signalPassFailure();
    for (tile::FoldOp fold : folds)
      if (failed(rewrite(fold)))
        return signalPassFailure();
  }

private:
  LogicalResult readLimits() {
    target = getTarget(getOperation());
    for (StringRef key : kLimits)
      if (!target || !getLimit(target, key))
        return getOperation().emitError()
               << "expects 'attn.target' with '" << key
               << "'; run attn-attach-target with a GPU target first";
    return success();
  }

  int64_t limit(StringRef key) { return *getLimit(target, key); }

  LogicalResult check(tile::FoldOp fold, const ForwardSizes &sizes) {
    if (!sizes.element.isF16() && !sizes.element.isBF16())
      return fold.emitOpError()
             << "has elements of type " << sizes.element << ", which target "
             << target.getName()
             << " does not multiply; use bf16 or f16, or target cpu";
    int64_t largest = std::max(sizes.headSize, sizes.valueSize);
    if (largest > limit("head_size"))
      return fold.emitOpError()
             << "has head size " << largest << " but target "
             << target.getName() << " holds at most " << limit("head_size")
             << "; use smaller heads, or target cpu";
    if (sizes.getSharedBytes() > limit("shared_bytes"))
      return fold.emitOpError()
             << "needs " << sizes.getSharedBytes()
             << " bytes of shared memory but target " << target.getName()
             << " has " << limit("shared_bytes");
    return success();
  }

  /// Ordinary loads need more registers than one TMA thread, and that one more
  /// where it makes the coordinates of boxes. Consumers share what the launch
  /// has beside, in steps of 8.
  void setBudgets(ForwardSizes &sizes, bool hasBoxes) {
    int64_t pool =
        getLaunchRegisters(target, sizes.getThreads()) * (1 + sizes.consumers);
    sizes.producerRegisters = limit(!sizes.useTma ? "producer_registers_wide"
                                    : hasBoxes    ? "producer_registers_boxes"
                                                  : "producer_registers");
    int64_t left = (pool - sizes.producerRegisters) / sizes.consumers;
    sizes.consumerRegisters =
        std::min(limit("consumer_registers"), left / 8 * 8);
  }

  ForwardSizes getSizes(tile::FoldOp fold) {
    StreamOperands keys = *getStreamOperands(fold.getStreams().front());
    ForwardSizes sizes;
    sizes.queryTile = fold.getQueryTile();
    sizes.keyTile = fold.getKeyTile();
    sizes.headSize = keys.k.getType().getShape().back();
    sizes.valueSize = keys.v.getType().getShape().back();
    sizes.streams = fold.getStreams().size();
    sizes.hasLengths = llvm::any_of(fold.getStreams(), [](Value stream) {
      return getStreamOperands(stream)->lengths != nullptr;
    });
    sizes.stages = limit("stages");
    sizes.consumers = sizes.queryTile / kRows;
    sizes.useTma = loadsByTma(target, sizes.headSize, sizes.valueSize);
    sizes.takesTurns =
        sizes.consumers > 1 &&
        std::max(sizes.headSize, sizes.valueSize) <= limit("turn_head_size");
    sizes.isPersistent = isPersistent(fold);
    sizes.storesBoxes = storesBoxes(fold);
    setBudgets(sizes, llvm::any_of(fold.getStreams(), [](Value stream) {
                 return getStoredLayout(getStreamOperands(stream)->k) ||
                        getStoredLayout(getStreamOperands(stream)->v);
               }));
    sizes.element = keys.k.getType().getElementType();
    return sizes;
  }

  /// O leaves in boxes: its rows stand one after the other, or, through a
  /// layout, the rows of a warpgroup are boxes of its grid.
  bool storesBoxes(tile::FoldOp fold) {
    LayoutGridOp layout = getStoredLayout(fold.getOut());
    if (!layout)
      return true;
    std::optional<BoxLimits> limits = getBoxLimits(target, /*isStore=*/true);
    int64_t heads = getHeadTile(fold, fold.getQueryTile());
    return limits &&
           findSlotBox(layout, std::gcd(kRows, fold.getQueryTile() / heads),
                       *limits);
  }

  LogicalResult rewrite(tile::FoldOp fold) {
    if (fold.getSplit())
      return fold.emitOpError()
             << "has keys in parts, for which target " << target.getName()
             << " has no kernel; leave out attn-split-keys";
    int64_t rows = fold.getQueryTile();
    if (rows % kRows != 0)
      return fold.emitOpError()
             << "has tiles of " << rows << " queries; expected a multiple of "
             << kRows << ", the rows of a warpgroup";
    ForwardSizes sizes = getSizes(fold);
    if (failed(check(fold, sizes)))
      return failure();
    OpBuilder builder(fold);
    auto forward = sched::ForwardOp::create(
        builder, fold.getLoc(), fold.getOut().getType(),
        fold.getLse() ? fold.getLse().getType() : Type(),
        fold.getMass().getTypes(), fold.getState().getTypes(), fold.getQ(),
        fold.getLengths(), fold.getStreams(), fold.getStates(), fold.getSink(),
        fold.getCaptures(), fold.getOperandLengths(), fold.getQueryTileAttr(),
        fold.getKeyTileAttr(),
        builder.getI64IntegerAttr(getHeadTile(fold, fold.getQueryTile())),
        fold.getScaleAttr(), builder.getI64IntegerAttr(sizes.getThreads()),
        builder.getI64IntegerAttr(sizes.getSharedBytes()));
    forward.getScore().takeBody(fold.getScore());
    buildForwardPlan(builder, fold.getLoc(), forward.getPlan(), sizes);
    fold->replaceAllUsesWith(forward);
    fold.erase();
    return success();
  }

  TargetAttr target;
};

} // namespace
} // namespace attn
