//===- TileChoice.cpp - Which tiles a fold is cut into --------------------===//

#include "TileChoice.h"

#include "attn/dialect/Attn/AttendRules.h"
#include "attn/dialect/Attn/Layout.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace mlir;

namespace attn {
namespace {

// Lengths that only the launch knows, for counting: a grid of 64 x 64 tokens.
constexpr int64_t kTypicalLength = 4096;
constexpr int64_t kTypicalSize = 64;
// Operations to evaluate for a row of tiles; one that takes more is not narrow,
// but in the order of a layout: bounds say nothing there.
constexpr int64_t kMostWork = 20000, kMostOrderedWork = 60000;
// Costs in pairs of a large tile, measured on AVX-512 with head size 64: what a
// pair takes where queries are one vector, and every tile and every task
// beside.
constexpr int64_t kVector = 16;
constexpr double kNarrowPair = 1.3, kTile = 60, kTask = 300;

/// Evaluates regions of a route on numbers: batch and head 0, sizes typical
/// where they are no constants, tables unknown.
class RegionNumbers {
public:
  RegionNumbers(RouteOp route, Region &region, int64_t queries, int64_t keys)
      : region(region), queries(queries), keys(keys) {
    Block &block = region.front();
    for (auto [argument, capture] :
         llvm::zip(block.getArguments().take_back(route.getCaptures().size()),
                   route.getCaptures()))
      if (capture.getType().isIndex())
        sizes[argument] = getConstantIntValue(capture).value_or(kTypicalSize);
  }

  /// What the region yields of `coordinates` (behind batch and head), or
  /// std::nullopt.
  std::optional<SmallVector<int64_t>> evaluate(ArrayRef<int64_t> coordinates) {
    Block &block = region.front();
    values = sizes;
    values[block.getArgument(0)] = values[block.getArgument(1)] = 0;
    for (auto [i, number] : llvm::enumerate(coordinates))
      values[block.getArgument(2 + i)] = number;
    for (Operation &op : block.without_terminator())
      if (std::optional<int64_t> number = evaluate(&op))
        values[op.getResult(0)] = *number;
    SmallVector<int64_t> results;
    for (Value yielded : block.getTerminator()->getOperands()) {
      auto known = values.find(yielded);
      if (known == values.end())
        return std::nullopt;
      results.push_back(known->second);
    }
    return results;
  }

private:
  std::optional<int64_t> evaluate(Operation *op) {
    if (auto length = dyn_cast<LengthOp>(op))
      return length.getSide() == Side::queries ? queries : keys;
    if (auto constant = dyn_cast<arith::ConstantOp>(op))
      return getConstantIntValue(constant.getResult());
    if (op->getNumResults() != 1 || op->getNumRegions() != 0 ||
        !isa_and_nonnull<arith::ArithDialect>(op->getDialect()))
      return std::nullopt;
    if (op->getNumOperands() == 2)
      if (std::optional<int64_t> number =
              compute(op, find(op->getOperand(0)), find(op->getOperand(1))))
        return number;
    SmallVector<Attribute> operands;
    for (Value operand : op->getOperands()) {
      auto known = values.find(operand);
      bool isKnown = known != values.end() && operand.getType().isIntOrIndex();
      operands.push_back(
          isKnown ? IntegerAttr::get(operand.getType(), known->second)
                  : Attribute());
    }
    return fold(op, operands);
  }

  std::optional<int64_t> find(Value value) {
    auto known = values.find(value);
    return known == values.end() ? std::nullopt : std::optional(known->second);
  }

  using Number = std::optional<int64_t>;

  /// The common operations, without attributes.
  static Number compute(Operation *op, Number a, Number b) {
    bool isBool = op->getOperand(0).getType().isInteger(1);
    if (isBool && isa<arith::AndIOp>(op))
      return a == 0 || b == 0 ? Number(0) : a ? b : std::nullopt;
    if (isBool && isa<arith::OrIOp>(op))
      return a == 1 || b == 1 ? Number(1) : a ? b : std::nullopt;
    if (!a || !b || !op->getOperand(0).getType().isIndex())
      return std::nullopt;
    uint64_t x = *a, y = *b;
    return llvm::TypeSwitch<Operation *, Number>(op)
        .Case([&](arith::AddIOp) { return x + y; })
        .Case([&](arith::SubIOp) { return x - y; })
        .Case([&](arith::MulIOp) { return x * y; })
        .Case([&](arith::MinSIOp) { return std::min(*a, *b); })
        .Case([&](arith::MaxSIOp) { return std::max(*a, *b); })
        .Case([&](arith::CmpIOp compare) {
          return arith::applyCmpPredicate(compare.getPredicate(), APInt(64, x),
                                          APInt(64, y));
        })
        .Default(std::nullopt);
  }

  /// A known operand may be enough: false and x.
  std::optional<int64_t> fold(Operation *op, ArrayRef<Attribute> operands) {
    SmallVector<OpFoldResult> folded;
    if (failed(op->fold(operands, folded)) || folded.size() != 1)
      return std::nullopt;
    if (auto value = dyn_cast<Value>(folded[0])) {
      auto known = values.find(value);
      return known == values.end() ? std::nullopt
                                   : std::optional(known->second);
    }
    auto number = dyn_cast<IntegerAttr>(cast<Attribute>(folded[0]));
    if (!number)
      return std::nullopt;
    return number.getType().isInteger(1) ? number.getValue().getZExtValue()
                                         : number.getValue().getSExtValue();
  }

  Region &region;
  int64_t queries, keys;
  DenseMap<Value, int64_t> sizes, values;
};

/// Counts the tiles of one stream.
class StreamCount {
public:
  StreamCount(RouteOp route, int64_t queries, int64_t keys)
      : keys(keys),
        mostWork(getLayoutOf(route.getK()) ? kMostOrderedWork : kMostWork) {
    if (!route.getBounds().empty())
      bounds.emplace(route, route.getBounds(), queries, keys);
    if (route.getClassify().empty())
      return;
    classify.emplace(route, route.getClassify(), queries, keys);
    work = llvm::range_size(route.getClassify().front());
  }

  /// Key tiles that queries q0 to q1 visit; std::nullopt if unknown or many.
  std::optional<int64_t> count(int64_t q0, int64_t q1, int64_t tile) {
    int64_t lower = 0, upper = keys;
    if (bounds) {
      auto found = bounds->evaluate({q0, q1});
      if (!found)
        return std::nullopt;
      lower = std::max<int64_t>((*found)[0], 0);
      upper = std::min((*found)[1], keys);
    }
    if ((upper - lower) / tile * work > mostWork)
      return std::nullopt;
    int64_t visited = 0;
    for (int64_t k = lower / tile * tile; k < upper; k += tile) {
      std::optional<bool> some = isVisited(q0, q1, k, k + tile);
      if (!some)
        return std::nullopt;
      visited += *some;
    }
    return visited;
  }

private:
  std::optional<bool> isVisited(int64_t q0, int64_t q1, int64_t k0,
                                int64_t end) {
    if (!classify)
      return true;
    auto classes = classify->evaluate({q0, q1, k0, std::min(end, keys) - 1});
    if (!classes)
      return std::nullopt;
    return (*classes)[0] != 0;
  }

  int64_t keys;
  int64_t mostWork;
  int64_t work = 1; ///< To look at one tile.
  std::optional<RegionNumbers> bounds, classify;
};

/// Tokens of `tensor`, or ShapedType::kDynamic.
int64_t getLength(Value tensor, Value lengths) {
  auto type = cast<RankedTensorType>(tensor.getType());
  return type.getDimSize(TokenAxes(isPacked(lengths)).length());
}

int64_t getTypicalLength(int64_t length) {
  return ShapedType::isDynamic(length) ? kTypicalLength : length;
}

/// Summaries of tables are made for large tiles.
bool readsTables(RouteOp route) {
  return route.getClassify()
      .walk([](ReadOp) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

class AttendCost {
public:
  explicit AttendCost(AttendOp attend)
      : queries(
            getTypicalLength(getLength(attend.getQ(), attend.getLengths()))) {
    for (Value stream : attend.getStreams()) {
      auto route = stream.getDefiningOp<RouteOp>();
      streams.emplace_back(
          route, queries,
          getTypicalLength(getLength(route.getK(), route.getLengths())));
    }
  }

  /// Time of a query in pairs of a large tile; without end if unknown. A few
  /// runs of whole tiles stand for all.
  double get(TileSizes tiles, TileSizes large) {
    constexpr int64_t kRuns = 4;
    if (queries <= 2 * kRuns * large.query)
      return get(tiles, 0, queries) / std::max<int64_t>(queries, 1);
    int64_t run = std::max(large.query / tiles.query, int64_t(1)) * tiles.query;
    double cost = 0;
    for (int64_t i = 0; i < kRuns; ++i) {
      int64_t first = (2 * i + 1) * queries / (2 * kRuns) / run * run;
      cost += get(tiles, first, first + run);
    }
    return cost / (kRuns * run);
  }

  /// Do tiles of queries see one tile of keys each, of every stream?
  bool areWindows(TileSizes tiles) {
    constexpr int64_t kTiles = 4;
    for (int64_t i = 0; i < kTiles; ++i) {
      int64_t first =
          (2 * i + 1) * queries / (2 * kTiles) / tiles.query * tiles.query;
      int64_t last = std::min(first + tiles.query, queries) - 1;
      for (StreamCount &stream : streams)
        if (first > last || stream.count(first, last, tiles.key) != 1)
          return false;
    }
    return true;
  }

private:
  /// Of queries `first` to `end` - 1.
  double get(TileSizes tiles, int64_t first, int64_t end) {
    int64_t vectors = llvm::divideCeil(tiles.query, kVector);
    double pair = vectors % 2 != 0 && vectors % 3 != 0 ? kNarrowPair : 1;
    double cost = 0;
    for (int64_t q = first; q < end; q += tiles.query) {
      cost += kTask;
      for (StreamCount &stream : streams) {
        std::optional<int64_t> count =
            stream.count(q, std::min(q + tiles.query, end) - 1, tiles.key);
        if (!count)
          return std::numeric_limits<double>::infinity();
        cost += *count * (kTile + pair * vectors * kVector * tiles.key);
      }
    }
    return cost;
  }

  int64_t queries;
  SmallVector<StreamCount> streams;
};

/// The tile that holds all of a short sequence.
std::optional<TileSizes> getWholeTile(AttendOp attend, TileSizes large,
                                      TileSizes small) {
  int64_t queries = getLength(attend.getQ(), attend.getLengths()), keys = 0;
  for (Value stream : attend.getStreams()) {
    auto route = stream.getDefiningOp<RouteOp>();
    int64_t size = getLength(route.getK(), route.getLengths());
    if (ShapedType::isDynamic(size))
      return std::nullopt;
    keys = std::max(keys, size);
  }
  auto round = [](int64_t size, int64_t step) {
    return llvm::divideCeilSigned(std::max<int64_t>(size, 1), step) * step;
  };
  TileSizes whole = {round(queries, small.query), round(keys, small.key / 2)};
  if (ShapedType::isDynamic(queries) || whole.query > 2 * large.query ||
      whole.key > 2 * large.key)
    return std::nullopt;
  return whole;
}

/// Slots that stand together in the order of `tensor`: a tile of its layout,
/// or, without tiles, a residue class, if all sizes are numbers.
std::optional<int64_t> getBlock(Value tensor) {
  Value value = getLayoutOf(tensor);
  if (!value)
    return std::nullopt;
  auto layout = value.getDefiningOp<LayoutGridOp>();
  int64_t tile = 1, members = 1;
  for (auto [axis, size] : llvm::enumerate(layout.getShape())) {
    tile *= layout.getAxisTile(axis);
    members *= ShapedType::isDynamic(size)
                   ? 0
                   : llvm::divideCeil(size, layout.getAxisDilation(axis));
  }
  if (tile == 1 && members < 1)
    return std::nullopt;
  return tile == 1 ? members : tile;
}

/// Tiles that are blocks of the orders of queries and keys.
std::optional<TileSizes> getBlockTile(AttendOp attend, TileSizes large) {
  std::optional<int64_t> query = getBlock(attend.getQ()), key;
  for (Value stream : attend.getStreams()) {
    std::optional<int64_t> own =
        getBlock(stream.getDefiningOp<RouteOp>().getK());
    if (!own || (key && key != own))
      return std::nullopt;
    key = own;
  }
  if (!query || *query > 2 * large.query || *key > 2 * large.key)
    return std::nullopt;
  return TileSizes{*query, *key};
}

} // namespace

TileSizes chooseTiles(AttendOp attend, TileSizes large, TileSizes small) {
  for (Value stream : attend.getStreams())
    if (readsTables(stream.getDefiningOp<RouteOp>()))
      return large;
  AttendCost cost(attend);
  TileSizes best = large;
  double least = cost.get(large, large);
  std::optional<TileSizes> whole = getWholeTile(attend, large, small);
  std::optional<TileSizes> block = getBlockTile(attend, large);
  if (block && !cost.areWindows(*block))
    block.reset();
  for (TileSizes tiles :
       {small, whole.value_or(small), block.value_or(small)}) {
    double time = cost.get(tiles, large);
    if (time >= least)
      continue;
    best = tiles;
    least = time;
  }
  return best;
}

} // namespace attn
