//===- SplitKeys.cpp - Short queries: keys in parts -----------------------===//

#include "attn/dialect/Attn/AttendRules.h"
#include "attn/dialect/Attn/Boundary.h"
#include "attn/dialect/Attn/Layout.h"
#include "attn/dialect/Tile/Tile.h"
#include "attn/passes/Passes.h"
#include "attn/passes/Target.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <numeric>

namespace attn {
#define GEN_PASS_DEF_SPLITKEYS
#include "attn/passes/Passes.h.inc"
} // namespace attn

using namespace mlir;

namespace attn {
namespace {

/// The letter of `axis` of `tensor`, or "" where it is no argument's.
StringRef getLetter(Value tensor, unsigned axis) {
  auto argument = dyn_cast<BlockArgument>(tensor);
  if (!argument)
    return "";
  auto function = cast<func::FuncOp>(argument.getOwner()->getParentOp());
  SmallVector<StringRef> letters =
      getLetters(function, argument.getArgNumber());
  return letters.empty() ? StringRef() : letters[axis];
}

int64_t getTokens(Value tensor, bool isPacked) {
  return cast<RankedTensorType>(tensor.getType())
      .getDimSize(TokenAxes(isPacked).length());
}

/// Whether a region of `fold` asks for the query head.
bool usesHead(tile::FoldOp fold) {
  auto uses = [](Region &region, unsigned position) {
    return !region.empty() && !region.getArgument(position).use_empty();
  };
  if (uses(fold.getScore(), 2))
    return true;
  return llvm::any_of(fold.getStreams(), [&](Value stream) {
    auto route = stream.getDefiningOp<RouteOp>();
    return uses(route.getVisible(), 1) || uses(route.getBounds(), 1) ||
           uses(route.getClassify(), 1);
  });
}

/// Whether queries or keys stand in the order of a layout.
bool readsLayout(tile::FoldOp fold) {
  return getLayoutOf(fold.getQ()) ||
         llvm::any_of(fold.getStreams(), [](Value stream) {
           return getLayoutOf(getStreamOperands(stream)->k) != nullptr;
         });
}

class SplitKeys : public impl::SplitKeysBase<SplitKeys> {
public:
  void runOnOperation() override {
    TargetAttr target = getTarget(getOperation());
    if (!target || !readLimits(target))
      return;
    SmallVector<tile::FoldOp> folds;
    getOperation()->walk([&](tile::FoldOp op) { folds.push_back(op); });
    for (tile::FoldOp fold : folds)
      if (mayHaveFewQueries(fold) && mayHaveManyKeys(fold))
        split(fold);
  }

private:
  bool readLimits(TargetAttr target) {
    for (auto [limit, name] :
         {std::pair(&rows, "split_rows"), std::pair(&keys, "split_keys"),
          std::pair(&tasks, "split_tasks")}) {
      std::optional<int64_t> value = getLimit(target, name);
      if (!value)
        return false;
      *limit = *value;
    }
    return true;
  }

  /// Where queries and keys are the same tokens, few queries have few keys.
  bool mayHaveFewQueries(tile::FoldOp fold) {
    Value q = fold.getQ();
    if (isPacked(fold.getLengths()) || readsLayout(fold))
      return false;
    int64_t queries = getTokens(q, false);
    if (!ShapedType::isDynamic(queries))
      return queries <= rows;
    StringRef letter = getLetter(q, TokenAxes(false).length());
    return !letter.empty() && llvm::none_of(fold.getStreams(), [&](Value s) {
      StreamOperands stream = *getStreamOperands(s);
      return getLetter(stream.k,
                       TokenAxes(isPacked(stream.lengths)).length()) == letter;
    });
  }

  bool mayHaveManyKeys(tile::FoldOp fold) {
    return llvm::any_of(fold.getStreams(), [&](Value s) {
      StreamOperands stream = *getStreamOperands(s);
      int64_t size = getTokens(stream.k, isPacked(stream.lengths));
      return ShapedType::isDynamic(size) || size >= 2 * keys;
    });
  }

  void split(tile::FoldOp fold) {
    OpBuilder builder(fold);
    int64_t heads = usesHead(fold) ? 1 : 0;
    for (Value stream : fold.getStreams())
      heads = std::gcd(heads, getHeadGroup(fold, stream));
    auto parts = RankedTensorType::get(
        SmallVector<int64_t>(4, ShapedType::kDynamic), builder.getF32Type());
    auto made = tile::FoldOp::create(
        builder, fold.getLoc(), fold.getOut().getType(),
        fold.getLse() ? fold.getLse().getType() : Type(),
        fold.getMass().getTypes(), fold.getState().getTypes(), parts,
        fold.getQ(), fold.getLengths(), fold.getStreams(), fold.getStates(),
        fold.getSink(), fold.getCaptures(), fold.getOperandLengths(),
        fold.getQueryTileAttr(), fold.getKeyTileAttr(), fold.getScaleAttr(),
        tile::SplitAttr::get(&getContext(), rows, heads, keys, tasks));
    made.getScore().takeBody(fold.getScore());
    fold->replaceAllUsesWith(made->getResults().drop_back());
    fold.erase();
  }

  int64_t rows, keys, tasks;
};

} // namespace
} // namespace attn
