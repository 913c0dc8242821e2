//===- LaunchChecks.cpp - What only the launch can check ------------------===//

#include "LaunchChecks.h"
#include "Axes.h"
#include "IndexRange.h"

#include "attn/dialect/Attn/AttendRules.h"
#include "attn/dialect/Attn/Layout.h"
#include "attn/dialect/Attn/Neighborhood.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using attn::manifest::Check;
using attn::manifest::Expr;

namespace attn {
namespace {

std::string locationText(Location loc) {
  if (auto file = dyn_cast<FileLineColLoc>(loc))
    return llvm::formatv("{0}:{1}:{2}", file.getFilename().getValue(),
                         file.getLine(), file.getColumn());
  return "the program";
}

/// An end of a range for people: a number where it is one.
std::string endText(const Expr &end) {
  if (std::optional<int64_t> value = evaluate(end, {}))
    return std::to_string(*value);
  return toString(end);
}

class CheckCollector {
public:
  LogicalResult collect(func::FuncOp function) {
    function.walk([&](tensor::ExpandShapeOp op) { collectExpanded(op); });
    function.walk([&](ReorderOp op) {
      below(op, "slots of the layout", getAxisSize(op.getResult(), 2));
      equal(op, "points of the layout", getLayoutPoints(op.getLayout()),
            "tokens of the tensor", getAxisSize(op.getTensor(), 2));
    });
    function.walk([&](StateOp state) { collectState(state); });
    function.walk([&](MergeOp merge) {
      collectStates(merge, merge.getStates(), merge.getStates().front());
    });
    WalkResult result = function.walk(
        [&](AttendOp attend) { return WalkResult(collect(attend)); });
    return failure(result.wasInterrupted());
  }

  std::vector<Check> take() { return std::move(checks); }

private:
  LogicalResult collect(AttendOp attend) {
    for (Value stream : attend.getStreams())
      if (failed(collectStream(attend, stream)))
        return failure();
    Value q = attend.getQ();
    TokenAxes axes(isPacked(attend.getLengths()));
    if (Value sink = attend.getSink())
      equal(attend, "size of sink", sink, 0, "Hq of q", q, axes.head());
    if (attend.getLengths() && axes.batch())
      equal(attend, "number of lengths", getLengthsTable(attend.getLengths()),
            0, "B of q", q, 0);
    for (Value state : attend.getStates()) {
      Value values = state.getDefiningOp<StateOp>().getValues();
      for (unsigned axis = 0; axis < axes.channel(); ++axis)
        equal(attend, axisName(axis, axes) + " of the state", values, axis,
              axisName(axis, axes) + " of q", q, axis);
    }
    return success();
  }

  LogicalResult collectStream(AttendOp attend, Value value) {
    StreamOperands keys = *getStreamOperands(value);
    TokenAxes axes(isPacked(keys.lengths)),
        queryAxes(isPacked(attend.getLengths()));
    Value q = attend.getQ();
    if (keys.heads)
      collectHeadMap(attend, keys, axes);
    else if (cast<RankedTensorType>(q.getType()).isDynamicDim(queryAxes.head()))
      equal(attend, "Hq of q", q, queryAxes.head(), "Hk of k", keys.k,
            axes.head());
    equal(attend, "B of q", getBatchSize(q, attend.getLengths()), "B of k",
          getBatchSize(keys.k, keys.lengths));
    if (keys.lengths && axes.batch())
      equal(attend, "number of lengths", getLengthsTable(keys.lengths), 0,
            "B of k", keys.k, 0);
    for (unsigned axis = 0; axis < axes.channel(); ++axis)
      equal(attend, axisName(axis, axes, "k") + " of k", keys.k, axis,
            axisName(axis, axes, "k") + " of v", keys.v, axis);
    if (auto stream = value.getDefiningOp<StreamOp>())
      if (stream.getMask())
        if (failed(collectMask(stream.getMask(), getPairSizes(attend, value))))
          return failure();
    return collectReads(attend.getScore(), RegionKind::Score,
                        attend.getCaptures(), getPairSizes(attend, value));
  }

  /// "Hk" and so on.
  static std::string axisName(unsigned axis, TokenAxes axes, StringRef side) {
    if (axis == axes.batch())
      return "B";
    return ((axis == axes.head() ? "H" : "L") + side).str();
  }
  static std::string axisName(unsigned axis, TokenAxes axes) {
    return axisName(axis, axes, "q");
  }

  /// The largest key head that the map names must exist.
  void collectHeadMap(AttendOp attend, const StreamOperands &keys,
                      TokenAxes axes) {
    Expr heads = getAxisSize(keys.k, axes.head());
    int64_t largest = *llvm::max_element(*keys.heads);
    if (heads.isConstant())
      return; // stream-C6
    add({Expr::binary(Expr::Kind::kLt, Expr::constant(largest), heads),
         llvm::formatv("'heads' names key head {0}, but there are Hk = {1}, "
                       "at {2}",
                       largest, toString(heads),
                       locationText(attend.getLoc()))});
  }

  /// Axes that are one before.
  void collectExpanded(tensor::ExpandShapeOp op) {
    for (auto [n, group] : llvm::enumerate(op.getReassociationIndices())) {
      std::optional<Expr> size;
      for (int64_t axis : group) {
        Expr own = getAxisSize(op.getResult(), axis);
        size = size ? *size * own : own;
      }
      equal(op, "size of the expanded axes", *size, "that of the axis",
            getAxisSize(op.getSrc(), n));
    }
  }

  /// The parts of a state have the same rows.
  void collectState(StateOp state) {
    auto rank = cast<RankedTensorType>(state.getValues().getType()).getRank();
    TokenAxes axes(rank == 3);
    for (Value part : {state.getLogit(), state.getSum()})
      for (unsigned axis = 0; part && axis < axes.channel(); ++axis)
        equal(state, axisName(axis, axes) + " of a part of the state", part,
              axis, axisName(axis, axes) + " of its values", state.getValues(),
              axis);
  }

  void collectStates(Operation *op, ValueRange states, Value first) {
    Value expected = first.getDefiningOp<StateOp>().getValues();
    TokenAxes axes(cast<RankedTensorType>(expected.getType()).getRank() == 3);
    for (Value state : states.drop_front())
      for (unsigned axis = 0; axis < axes.channel(); ++axis)
        equal(op, axisName(axis, axes) + " of a state",
              state.getDefiningOp<StateOp>().getValues(), axis,
              axisName(axis, axes) + " of the first state", expected, axis);
  }

  /// Rules mask.neighborhood-C2 and layout.grid-C2.
  void below(Operation *op, StringRef name, const Expr &size) {
    if (size.isConstant())
      return;
    add({Expr::binary(Expr::Kind::kLt, size,
                      Expr::constant(int64_t(INT32_MAX) + 1)),
         llvm::formatv("{0} ({1}) must be fewer than 2^31, at {2}", name,
                       toString(size), locationText(op->getLoc()))});
  }

  void collectGrids(MaskNeighborhoodOp op) {
    ValueRange values = op.getSizes();
    auto collect = [&](ArrayRef<int64_t> grid) {
      std::optional<Expr> points;
      for (int64_t number : grid) {
        Expr size = Expr::constant(number);
        if (ShapedType::isDynamic(number)) {
          size = getIndexSize(values.front());
          values = values.drop_front();
        }
        points = points ? *points * size : size;
      }
      below(op, "tokens of the grid", *points);
    };
    collect(op.getShape());
    if (op.getKeys())
      collect(*op.getKeys());
  }

  LogicalResult collectMask(Value mask, const PairSizes &sizes) {
    auto op = mask.getDefiningOp<MaskOpInterface>();
    for (const TableRule &rule : op.getTableRules())
      for (auto [n, axis] : llvm::enumerate(rule.axes)) {
        std::string letter = getLetter(axis).str();
        const Expr &size = axis == TableAxis::Batch       ? sizes.b
                           : axis == TableAxis::QueryHead ? sizes.hq
                           : axis == TableAxis::Query     ? sizes.lq
                                                          : sizes.lk;
        std::string found = " of " + rule.name.str(),
                    given = axis == TableAxis::Key ? " of k" : " of q";
        if (int64_t block = rule.getBlock(n))
          enough(op, "blocks of " + letter + found, getAxisSize(rule.table, n),
                 letter + given + " / " + std::to_string(block),
                 ceilDiv(size, Expr::constant(block)));
        else
          equal(op, letter + found, getAxisSize(rule.table, n), letter + given,
                size);
      }
    collectSizes(op.getLoc(), op.getTables(), sizes);
    if (auto grid = dyn_cast<MaskNeighborhoodOp>(op.getOperation()))
      collectGrids(grid);
    if (auto free = dyn_cast<MaskFreeOp>(op.getOperation()))
      if (failed(collectReads(free.getPredicate(), RegionKind::Visible,
                              free.getCaptures(), sizes)))
        return failure();
    for (Value operand : op->getOperands())
      if (isa<MaskType>(operand.getType()) &&
          failed(collectMask(operand, sizes)))
        return failure();
    return success();
  }

  void equal(Operation *op, const std::string &lhsName, Value lhs,
             unsigned lhsAxis, const std::string &rhsName, Value rhs,
             unsigned rhsAxis) {
    equal(op, lhsName, getAxisSize(lhs, lhsAxis), rhsName,
          getAxisSize(rhs, rhsAxis));
  }

  /// Adds "both sizes are equal" unless the program already says so.
  void equal(Operation *op, const std::string &lhsName, const Expr &a,
             const std::string &rhsName, const Expr &b) {
    std::string aText = toString(a), bText = toString(b);
    if (aText == bText)
      return;
    std::string message =
        llvm::formatv("{0} ({1}) and {2} ({3}) must be equal, at {4}", lhsName,
                      aText, rhsName, bText, locationText(op->getLoc()));
    add({Expr::binary(Expr::Kind::kEq, a, b), std::move(message)});
  }

  /// Adds "`a` is `b` or more" unless the types say so.
  void enough(Operation *op, const std::string &aName, const Expr &a,
              const std::string &bName, const Expr &b) {
    Expr holds = Expr::binary(Expr::Kind::kGe, a, b);
    if (evaluate(holds, {}).value_or(0))
      return;
    std::string message = llvm::formatv(
        "{0} ({1}) must be {2} ({3}) or more, at {4}", aName, toString(a),
        bName, toString(b), locationText(op->getLoc()));
    add({std::move(holds), std::move(message)});
  }

  LogicalResult collectReads(Region &region, RegionKind kind,
                             ValueRange captures, const PairSizes &sizes) {
    collectSizes(region.getLoc(), captures, sizes);
    IndexRangeAnalysis ranges(kind, captures, sizes);
    // Sizes of 0 that a region computes with: nothing is read without rows.
    bool hasSizes = llvm::any_of(captures.getTypes(),
                                 [](Type type) { return type.isIndex(); });
    Expr rows = hasSizes ? sizes.b * sizes.hq * sizes.lq : Expr::constant(1);
    WalkResult result = region.walk([&](ReadOp read) {
      unsigned capture = cast<BlockArgument>(read.getTable()).getArgNumber();
      Value table = captures[capture - getNumCoordinates(kind)];
      for (auto [axis, index] : llvm::enumerate(read.getIndices()))
        if (failed(collectRead(read, table, axis, ranges.get(index), rows)))
          return WalkResult::interrupt();
      return WalkResult::advance();
    });
    return failure(result.wasInterrupted());
  }

  /// Where there are pairs a captured size is 1 or more: mask analysis relies
  /// on it. Letters of q and k always are.
  void collectSizes(Location loc, ValueRange captures, const PairSizes &sizes) {
    Expr pairs = sizes.b * sizes.hq * sizes.lq * sizes.lk;
    for (Value capture : captures) {
      if (!capture.getType().isIndex())
        continue;
      Expr size = getIndexSize(capture);
      if (size.isConstant() || isFactor(size, pairs))
        continue;
      Expr one = Expr::constant(1);
      add({Expr::binary(Expr::Kind::kOr,
                        Expr::binary(Expr::Kind::kGe, size, one),
                        Expr::binary(Expr::Kind::kLt, pairs, one)),
           llvm::formatv("{0}, a size at {1}, must be 1 or more where there "
                         "are queries and keys",
                         toString(size), locationText(loc))});
    }
  }

  static bool isFactor(const Expr &letter, const Expr &product) {
    if (product.kind == Expr::Kind::kLetter)
      return product.name == letter.name;
    return product.kind == Expr::Kind::kMul &&
           llvm::any_of(product.operands, [&](const Expr &operand) {
             return isFactor(letter, operand);
           });
  }

  /// \param rows of the fold, or 1 where the check holds without any, too.
  LogicalResult collectRead(ReadOp read, Value table, unsigned axis,
                            const IndexRange &range, const Expr &rows) {
    if (!range.low || !range.high)
      return read.emitOpError()
             << "index " << axis
             << " is not provably in range; clamp it with arith.maxsi and "
                "arith.minsi to 0 and the size of the axis minus 1";
    Expr size = getAxisSize(table, axis);
    Expr inside = Expr::binary(
        Expr::Kind::kAnd,
        Expr::binary(Expr::Kind::kGe, *range.low, Expr::constant(0)),
        Expr::binary(Expr::Kind::kLt, *range.high, size));
    std::string lowText = endText(*range.low), highText = endText(*range.high);
    std::optional<int64_t> known = evaluate(inside, {});
    if (known && *known)
      return success();
    if (known)
      return read.emitOpError()
             << "index " << axis << " goes from " << lowText << " to "
             << highText << " but the axis has size " << toString(size);
    if (!rows.isConstant())
      inside =
          Expr::binary(Expr::Kind::kOr, inside,
                       Expr::binary(Expr::Kind::kLt, rows, Expr::constant(1)));
    // The coordinate of an axis of the same letter needs no check.
    if (lowText == "0" && highText == toString(size - Expr::constant(1)))
      return success();
    add({std::move(inside),
         llvm::formatv(
             "index {0} of attn.read at {1} goes from {2} to {3}, which "
             "must lie in an axis of size {4}",
             axis, locationText(read.getLoc()), lowText, highText,
             toString(size))});
    return success();
  }

  void add(Check check) {
    for (const Check &other : checks)
      if (other.message == check.message)
        return;
    checks.push_back(std::move(check));
  }

  std::vector<Check> checks;
};

} // namespace

FailureOr<std::vector<Check>> getLaunchChecks(func::FuncOp function) {
  CheckCollector collector;
  if (failed(collector.collect(function)))
    return failure();
  return collector.take();
}

} // namespace attn
