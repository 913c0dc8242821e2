//===- TileAttend.cpp - Attends become folds over tiles -------------------===//

#include "BoxReads.h"
#include "TileChoice.h"

#include "attn/dialect/Attn/AttendRules.h"
#include "attn/passes/Passes.h"
#include "attn/passes/Target.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Matchers.h"

namespace attn {
#define GEN_PASS_DEF_TILEATTEND
#include "attn/passes/Passes.h.inc"
} // namespace attn

using namespace mlir;

namespace attn {
namespace {

/// Turns table extremes in the classify region of `route` into reads of
/// summaries: a run from q0 or k0, where a tile begins, to any element of it.
class ClassifyRewriter {
public:
  ClassifyRewriter(RouteOp route, TileSizes tiles)
      : route(route), tiles(tiles) {}

  LogicalResult run() {
    SmallVector<ReadRangeOp> reads;
    route.getClassify().walk([&](ReadRangeOp op) { reads.push_back(op); });
    for (ReadRangeOp read : reads)
      if (failed(rewrite(read)))
        return failure();
    return success();
  }

private:
  LogicalResult rewrite(ReadRangeOp read) {
    Block &block = route.getClassify().front();
    bool isQuery = read.getFirst() == block.getArgument(2);
    bool isKey = read.getFirst() == block.getArgument(4);
    auto table = dyn_cast<BlockArgument>(read.getTable());
    if (!(isQuery || isKey) || !table)
      return read.emitOpError()
             << "expects a run that begins at q0 or k0 of the tile";
    auto [min, max] = summarize(route.getCaptures()[table.getArgNumber() - 6],
                                isQuery ? tiles.query : tiles.key);
    OpBuilder builder(read);
    SmallVector<Value> indices(read.getIndices());
    indices.push_back(read.getLast());
    auto replace = [&](Value result, Value summary) {
      result.replaceAllUsesWith(ReadOp::create(
          builder, read.getLoc(), result.getType(), summary, indices));
    };
    replace(read.getMin(), addCapture(min));
    replace(read.getMax(), addCapture(max));
    read.erase();
    return success();
  }

  std::pair<Value, Value> summarize(Value table, int64_t tile) {
    auto [it, isNew] = summaries.try_emplace({table, tile});
    if (!isNew)
      return it->second;
    OpBuilder builder(route);
    Type type = table.getType();
    auto op = tile::SummarizeOp::create(builder, route.getLoc(), type, type,
                                        table, tile);
    it->second = {op.getMin(), op.getMax()};
    return it->second;
  }

  /// The block argument of the classify region that stands for `value`.
  Value addCapture(Value value) {
    Block &classify = route.getClassify().front();
    for (auto [i, capture] : llvm::enumerate(route.getCaptures()))
      if (capture == value)
        return classify.getArgument(6 + i);
    route.getCapturesMutable().append(value);
    for (Region *region :
         {&route.getBounds(), &route.getVisible(), &route.getClassify()})
      region->addArgument(value.getType(), route.getLoc());
    return classify.getArguments().back();
  }

  RouteOp route;
  TileSizes tiles;
  DenseMap<std::pair<Value, int64_t>, std::pair<Value, Value>> summaries;
};

/// One stream without a mask, and no score region: nothing but the products and
/// the softmax needs registers, and only the last tile has an edge.
bool isPlain(AttendOp attend) {
  return attend.getStreams().size() == 1 && attend.getScore().empty() &&
         attend.getStreams()
             .front()
             .getDefiningOp<RouteOp>()
             .getVisible()
             .empty();
}

/// `scale` times the constant that a score region multiplies logits by, or
/// divides by, before it does anything else. The operation is gone.
double joinScale(double scale, Region &score) {
  if (score.empty() || !score.getArgument(0).hasOneUse())
    return scale;
  Value logit = score.getArgument(0);
  Operation *user = *logit.user_begin();
  APFloat value(1.0f);
  double factor = 1;
  if (auto product = dyn_cast<arith::MulFOp>(user)) {
    Value other =
        product.getLhs() == logit ? product.getRhs() : product.getLhs();
    if (matchPattern(other, m_ConstantFloat(&value)))
      factor = value.convertToDouble();
  } else if (auto quotient = dyn_cast<arith::DivFOp>(user)) {
    if (matchPattern(quotient.getRhs(), m_ConstantFloat(&value)))
      factor = 1 / value.convertToDouble();
  }
  if (factor == 1 || !APFloat(float(scale * factor)).isNormal())
    return scale;
  user->getResult(0).replaceAllUsesWith(logit);
  user->erase();
  return scale * factor;
}

/// The tiles that narrow masks may have on this target.
std::optional<TileSizes> getSmallTiles(TargetAttr target) {
  std::optional<int64_t> query = getLimit(target, "small_query_tile");
  std::optional<int64_t> key = getLimit(target, "small_key_tile");
  if (!query || !key)
    return std::nullopt;
  return TileSizes{*query, *key};
}

class TileAttend : public impl::TileAttendBase<TileAttend> {
public:
  void runOnOperation() override {
    TargetAttr target = getTarget(getOperation());
    std::optional<int64_t> query, key;
    if (target) {
      query = getLimit(target, "query_tile");
      key = getLimit(target, "key_tile");
    }
    if (!query || !key) {
      getOperation().emitError()
          << "expects 'attn.target' with 'query_tile' and 'key_tile'; run "
             "attn-attach-target first";
      return signalPassFailure();
    }
    std::optional<TileSizes> small = getSmallTiles(target);
    auto getTiles = [&](RouteOp route, bool isPlain) {
      auto k = cast<RankedTensorType>(route.getK().getType());
      auto v = cast<RankedTensorType>(route.getV().getType());
      return TileSizes{*query, getKeyTile(target, k.getShape().back(),
                                          v.getShape().back(), isPlain)};
    };
    SmallVector<RouteOp> routes;
    getOperation()->walk([&](RouteOp op) { routes.push_back(op); });
    for (RouteOp route : routes) {
      if (route.getClassify().empty())
        continue;
      expandBoxReads(route, getTiles(route, false));
      if (failed(ClassifyRewriter(route, getTiles(route, false)).run()))
        return signalPassFailure();
    }
    SmallVector<AttendOp> attends;
    getOperation()->walk([&](AttendOp op) { attends.push_back(op); });
    // Streams of an attend agree in D and Dv, so in tile sizes.
    for (AttendOp attend : attends) {
      TileSizes large =
          getTiles(attend.getStreams().front().getDefiningOp<RouteOp>(),
                   isPlain(attend));
      rewrite(attend, small ? chooseTiles(attend, large, *small) : large);
    }
    SmallVector<MergeOp> merges;
    getOperation()->walk([&](MergeOp op) { merges.push_back(op); });
    for (MergeOp merge : merges)
      rewrite(merge, getLimit(target, "merge_rows").value_or(*query));
  }

private:
  void rewrite(AttendOp attend, TileSizes tiles) {
    OpBuilder builder(attend);
    double scale = joinScale(attend.getScaleValue(), attend.getScore());
    auto fold = tile::FoldOp::create(
        builder, attend.getLoc(), attend.getOut().getType(),
        attend.getLse() ? attend.getLse().getType() : Type(),
        attend.getMass().getTypes(), attend.getState().getTypes(),
        /*parts=*/Type(), attend.getQ(), attend.getLengths(),
        attend.getStreams(), attend.getStates(), attend.getSink(),
        attend.getCaptures(), getOperandLengths(attend),
        builder.getI64IntegerAttr(tiles.query),
        builder.getI64IntegerAttr(tiles.key), builder.getF64FloatAttr(scale),
        tile::SplitAttr());
    fold.getScore().takeBody(attend.getScore());
    attend->replaceAllUsesWith(fold);
    attend.erase();
  }

  void rewrite(MergeOp merge, int64_t rows) {
    OpBuilder builder(merge);
    auto tiled = tile::MergeOp::create(
        builder, merge.getLoc(), merge.getResultTypes(), merge.getStates(),
        getOperandLengths(merge), builder.getI64IntegerAttr(rows));
    merge->replaceAllUsesWith(tiled);
    merge.erase();
  }
};

} // namespace
} // namespace attn
