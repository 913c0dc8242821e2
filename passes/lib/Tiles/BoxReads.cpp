//===- BoxReads.cpp - Boxes of tables as reads of their elements ----------===//
//
// How many elements a tile touches along an axis follows from its size and the
// number that the index is divided by. That number only decides how many reads
// there are: a box that holds more, which the kernel sees, has the extremes of
// the type.
//
//===----------------------------------------------------------------------===//

#include "BoxReads.h"

#include "attn/dialect/Attn/Regions.h"
#include "attn/passes/Dependence.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace attn {
namespace {

class BoxExpander {
public:
  BoxExpander(RouteOp route, TileSizes tiles)
      : block(route.getClassify().front()), tiles(tiles),
        dependence(route.getClassify(), RegionKind::Classify) {}

  void expand(ReadBoxOp box) {
    OpBuilder builder(box);
    Extremes result = makeLimits(builder, box);
    int64_t count = 1;
    SmallVector<int64_t> counts;
    for (auto [first, last] : llvm::zip(box.getFirst(), box.getLast())) {
      counts.push_back(first == last ? 1 : countElements(first));
      count *= std::min(counts.back(), kMostBoxElements + 1);
    }
    if (count <= kMostBoxElements)
      result = readElements(builder, box, counts, result);
    else
      explain(box);
    box.getMin().replaceAllUsesWith(result.min);
    box.getMax().replaceAllUsesWith(result.max);
    box.erase();
  }

private:
  struct Extremes {
    Value min, max;
  };

  static bool isFlag(ReadBoxOp box) {
    return box.getMin().getType().isInteger(1);
  }

  /// The least and the greatest number of the type.
  static Extremes makeLimits(OpBuilder &builder, ReadBoxOp box) {
    Type type = box.getMin().getType();
    unsigned width = type.getIntOrFloatBitWidth();
    auto make = [&](const APInt &value) -> Value {
      return arith::ConstantOp::create(builder, box.getLoc(),
                                       builder.getIntegerAttr(type, value));
    };
    if (isFlag(box))
      return {make(APInt(1, 0)), make(APInt(1, 1))};
    return {make(APInt::getSignedMinValue(width)),
            make(APInt::getSignedMaxValue(width))};
  }

  /// Along an axis whose least index is `first`.
  int64_t countElements(Value first) const {
    int64_t divisor = 1;
    while (Operation *op = first.getDefiningOp()) {
      APInt number;
      bool isQuotient =
          isa<arith::FloorDivSIOp, arith::DivSIOp, arith::DivUIOp>(op) &&
          matchPattern(op->getOperand(1), m_ConstantInt(&number)) &&
          number.isStrictlyPositive() && number.isIntN(30) &&
          llvm::isInt<32>(divisor);
      if (!isQuotient)
        break;
      divisor *= number.getSExtValue();
      first = op->getOperand(0);
    }
    Dependence on = dependence.get(first);
    int64_t size = (on.query ? tiles.query : 0) + (on.key ? tiles.key : 0);
    // Tiles begin at multiples of their size.
    bool isAligned =
        first == block.getArgument(2) || first == block.getArgument(4);
    if (isAligned && divisor % size == 0)
      return 1;
    if (isAligned && size % divisor == 0)
      return size / divisor;
    return llvm::divideCeilSigned(size - 1, divisor) + 1;
  }

  Extremes readElements(OpBuilder &builder, ReadBoxOp box,
                        ArrayRef<int64_t> counts, Extremes limits) {
    Location loc = box.getLoc();
    auto number = [&](int64_t value) -> Value {
      return arith::ConstantIndexOp::create(builder, loc, value);
    };
    Value isCovered;
    SmallVector<SmallVector<Value>> indices;
    for (auto [first, last, count] :
         llvm::zip(box.getFirst(), box.getLast(), counts)) {
      indices.push_back({first});
      if (first == last)
        continue;
      for (int64_t n = 1; n < count; ++n) {
        Value next = arith::AddIOp::create(builder, loc, first, number(n));
        indices.back().push_back(
            arith::MinSIOp::create(builder, loc, next, last));
      }
      Value rest = arith::SubIOp::create(builder, loc, last, first);
      Value fits = arith::CmpIOp::create(
          builder, loc, arith::CmpIPredicate::slt, rest, number(count));
      isCovered =
          isCovered
              ? arith::AndIOp::create(builder, loc, isCovered, fits).getResult()
              : fits;
    }
    Extremes found = readAll(builder, box, indices);
    if (!isCovered)
      return found;
    auto choose = [&](Value value, Value limit) {
      return arith::SelectOp::create(builder, loc, isCovered, value, limit);
    };
    return {choose(found.min, limits.min), choose(found.max, limits.max)};
  }

  /// Of the elements at all combinations of `indices`.
  static Extremes readAll(OpBuilder &builder, ReadBoxOp box,
                          ArrayRef<SmallVector<Value>> indices) {
    Location loc = box.getLoc();
    Extremes all;
    int64_t count = 1;
    for (const SmallVector<Value> &axis : indices)
      count *= axis.size();
    for (int64_t n = 0; n < count; ++n) {
      SmallVector<Value> at;
      int64_t rest = n;
      for (const SmallVector<Value> &axis : indices) {
        at.push_back(axis[rest % axis.size()]);
        rest /= axis.size();
      }
      Value element = ReadOp::create(builder, loc, box.getMin().getType(),
                                     box.getTable(), at);
      all = n == 0 ? Extremes{element, element}
                   : join(builder, box, all, element);
    }
    return all;
  }

  static Extremes join(OpBuilder &builder, ReadBoxOp box, Extremes all,
                       Value element) {
    Location loc = box.getLoc();
    if (isFlag(box))
      return {arith::AndIOp::create(builder, loc, all.min, element),
              arith::OrIOp::create(builder, loc, all.max, element)};
    return {arith::MinSIOp::create(builder, loc, all.min, element),
            arith::MaxSIOp::create(builder, loc, all.max, element)};
  }

  void explain(ReadBoxOp box) const {
    std::string text = llvm::formatv(
        "tiles of {0} x {1} touch more than {2} elements of a table of {3}: "
        "none is skipped for what it says, and all are masked; expected larger "
        "blocks",
        tiles.query, tiles.key, kMostBoxElements, box.getTable().getType());
    remark::missed(box.getLoc(),
                   remark::RemarkOpts::name("TileAttend").category("Tiles"))
        << remark::add("{0}", text);
  }

  Block &block;
  TileSizes tiles;
  DependenceAnalysis dependence;
};

} // namespace

void expandBoxReads(RouteOp route, TileSizes tiles) {
  BoxExpander expander(route, tiles);
  for (ReadBoxOp box : llvm::make_early_inc_range(
           route.getClassify().front().getOps<ReadBoxOp>()))
    expander.expand(box);
}

} // namespace attn
