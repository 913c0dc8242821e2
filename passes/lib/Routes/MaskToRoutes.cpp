//===- MaskToRoutes.cpp - Streams with masks become routes ----------------===//
//
// Collects the mask of a stream into one predicate region, then lets
// MaskAnalysis say what holds for whole runs and tiles.
//
//===----------------------------------------------------------------------===//

#include "TokenCoordinates.h"

#include "attn/dialect/Attn/Regions.h"
#include "attn/dialect/Attn/Views.h"
#include "attn/passes/MaskAnalysis.h"
#include "attn/passes/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/FormatVariadic.h"

namespace attn {
#define GEN_PASS_DEF_MASKTOROUTES
#include "attn/passes/Passes.h.inc"
} // namespace attn

using namespace mlir;

namespace attn {
namespace {

/// An index whose value is known; nothing for others and for tables.
std::optional<int64_t> getNumber(Value capture) {
  if (!capture.getType().isIndex())
    return std::nullopt;
  return getIndexOrigin(capture).number;
}

/// Tables and indices below `mask`, each once, in the order of the program.
/// Numbers are no captures: regions hold them.
void collectTables(Value mask, llvm::SetVector<Value> &tables) {
  auto op = mask.getDefiningOp<MaskOpInterface>();
  for (Value operand : op->getOperands())
    if (isa<MaskType>(operand.getType()))
      collectTables(operand, tables);
  for (Value own : op.getTables())
    if (!getNumber(own))
      tables.insert(own);
}

/// Emits the predicate of a stream into a `visible` block: its mask, if any, on
/// the tokens in the slots, and that there is a key.
class PredicateBuilder {
public:
  PredicateBuilder(Block *block, const llvm::SetVector<Value> &tables,
                   PairLayouts layouts, Location loc)
      : builder(OpBuilder::atBlockEnd(block)), loc(loc),
        tokens(
            builder, loc, layouts,
            [this](Value size) { return captures.lookup(size); },
            llvm::any_of(tables, [](Value table) {
              return isa<RankedTensorType>(table.getType());
            })) {
    for (auto [i, table] : llvm::enumerate(tables))
      captures[table] = block->getArgument(4 + i);
    Value query = tokens.build(block->getArgument(2), Side::queries).token;
    SlotToken key = tokens.build(block->getArgument(3), Side::keys);
    exists = key.exists;
    at = {block->getArgument(0), block->getArgument(1), query, key.token};
  }

  /// Ends the block; `mask` may be null.
  void finish(Value mask) {
    Value predicate = mask ? build(mask) : Value();
    if (!predicate)
      predicate =
          exists ? exists
                 : arith::ConstantIntOp::create(builder, loc, 1, 1).getResult();
    else if (exists)
      predicate = arith::AndIOp::create(builder, loc, predicate, exists);
    YieldOp::create(builder, loc, predicate);
    tokens.finish(*builder.getBlock()->getParent());
  }

private:
  Value build(Value mask) {
    auto [it, isNew] = predicates.try_emplace(mask);
    if (!isNew)
      return it->second;
    auto op = mask.getDefiningOp<MaskOpInterface>();
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      if (isa<MaskType>(operand.getType()))
        operands.push_back(build(operand));
    SmallVector<Value> own;
    for (Value table : op.getTables())
      own.push_back(getCapture(op.getLoc(), table));
    Value predicate = op.buildVisible(builder, op->getLoc(), at, own, operands);
    predicates[mask] = predicate;
    return predicate;
  }

  Value getCapture(Location loc, Value table) {
    if (std::optional<int64_t> number = getNumber(table))
      return arith::ConstantIndexOp::create(builder, loc, *number);
    return captures.lookup(table);
  }

  OpBuilder builder;
  Location loc;
  TokenBuilder tokens;
  PairCoordinates at;
  Value exists; ///< Of the key; null: always.
  DenseMap<Value, Value> captures, predicates;
};

LayoutGridOp getGrid(Value tensor) {
  Value layout = getLayoutOf(tensor);
  return layout ? layout.getDefiningOp<LayoutGridOp>() : LayoutGridOp();
}

/// Layouts of the keys of `stream` and of the queries of its attends, which
/// agree by rule reorder-C6.
PairLayouts getLayouts(StreamOp stream) {
  PairLayouts layouts{{}, getGrid(stream.getK())};
  for (Operation *user : stream->getUsers())
    if (auto attend = dyn_cast<AttendOp>(user))
      layouts.queries = getGrid(attend.getQ());
  return layouts;
}

/// Simplifies the regions of `route`, so that analysis sees `not (a < b)` as
/// `a >= b` and equal subexpressions as one value.
void simplify(RouteOp route) {
  RewritePatternSet patterns(route.getContext());
  route->getContext()->getLoadedDialect<arith::ArithDialect>();
  for (RegisteredOperationName op :
       route->getContext()->getRegisteredOperationsByDialect("arith"))
    op.getCanonicalizationPatterns(patterns, route.getContext());
  FrozenRewritePatternSet frozen(std::move(patterns));
  IRRewriter rewriter(route.getContext());
  DominanceInfo dominance(route);
  GreedyRewriteConfig config;
  config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
  for (Region &region : route->getRegions())
    (void)applyPatternsGreedily(region, frozen, config);
  eliminateCommonSubExpressions(rewriter, dominance, route);
}

class MaskToRoutes : public impl::MaskToRoutesBase<MaskToRoutes> {
public:
  void runOnOperation() override {
    getOperation()->walk([](AttendOp attend) {
      auto stream = attend.getStreams().front().getDefiningOp<StreamOp>();
      if (!stream || attend.getScore().empty())
        return;
      PairLayouts layouts{getGrid(attend.getQ()), getGrid(stream.getK())};
      if (layouts)
        scoreTokens(attend, layouts);
    });
    getOperation()->walk([&](StreamOp stream) { rewrite(stream); });
    // Masks describe streams; with the streams gone nothing reads them. Users
    // come after what they use, so erase backwards.
    SmallVector<Operation *> masks;
    getOperation()->walk([&](MaskOpInterface op) { masks.push_back(op); });
    for (Operation *mask : llvm::reverse(masks))
      if (mask->use_empty())
        mask->erase();
  }

private:
  void rewrite(StreamOp stream) {
    PairLayouts layouts = getLayouts(stream);
    OpBuilder builder(stream);
    llvm::SetVector<Value> tables;
    if (stream.getMask())
      collectTables(stream.getMask(), tables);
    for (Value size : layouts.getSizes())
      if (!getNumber(size))
        tables.insert(size);
    auto route =
        RouteOp::create(builder, stream.getLoc(), stream.getType(),
                        stream.getK(), stream.getV(), stream.getLengths(),
                        tables.getArrayRef(), stream.getHeadsAttr());
    if (stream.getMask() || (layouts.keys && mayPad(layouts.keys)))
      buildVisible(route, stream.getMask(), tables, layouts);
    simplify(route);
    analyze(route);
    stream.replaceAllUsesWith(route.getStream());
    stream.erase();
  }

  void buildVisible(RouteOp route, Value mask,
                    const llvm::SetVector<Value> &tables, PairLayouts layouts) {
    SmallVector<Type> types = getArgumentTypes(
        RegionKind::Visible, route.getCaptures().getTypes(), &getContext());
    Block &block = route.getVisible().emplaceBlock();
    block.addArguments(types,
                       SmallVector<Location>(types.size(), route.getLoc()));
    PredicateBuilder(&block, tables, layouts,
                     mask ? mask.getLoc() : route.getLoc())
        .finish(mask);
  }

  /// What was proven, for `attnc --explain`.
  void explain(RouteOp route, const MaskFacts &facts) {
    std::string text = llvm::formatv(
        "some row may see keys {0} <= j < {1}; every row passes {2} "
        "<= j < {3}; conditions that are no ranges: {4}",
        facts.lower, facts.upper, facts.fullLower, facts.fullUpper,
        facts.residual);
    remark::passed(route.getLoc(),
                   remark::RemarkOpts::name("MaskToRoutes").category("Routes"))
        << remark::add("{0}", text);
    for (const Undecided &part : facts.undecided) {
      std::string missed = llvm::formatv(
          "tiles that depend on this condition are always masked: neither "
          "ranges nor intervals decide '{0}'",
          part.text);
      remark::missed(
          part.value.getLoc(),
          remark::RemarkOpts::name("MaskToRoutes").category("Routes"))
          << remark::add("{0}", missed);
    }
  }

  void analyze(RouteOp route) {
    MaskFacts facts{"0", "Lk", "0", "Lk", 0, {}};
    if (!route.getVisible().empty())
      facts = analyzeMask(route.getVisible(), route.getBounds(),
                          route.getClassify());
    explain(route, facts);
    simplify(route);
  }
};

} // namespace
} // namespace attn
