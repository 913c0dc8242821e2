//===- LaunchChecks.cpp - What only the launch can check ------------------===//

#include "LaunchChecks.h"
#include "Axes.h"
#include "IndexRange.h"

#include "attn/dialect/Attn/AttendRules.h"

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
    WalkResult result = function.walk(
        [&](AttendOp attend) { return WalkResult(collect(attend)); });
    return failure(result.wasInterrupted());
  }

  std::vector<Check> take() { return std::move(checks); }

private:
  LogicalResult collect(AttendOp attend) {
    StreamOperands keys = *getStreamOperands(attend.getStream());
    Value q = attend.getQ();
    if (cast<RankedTensorType>(q.getType()).isDynamicDim(1))
      equal(attend, "Hq of q", q, 1, "Hk of k", keys.k, 1);
    equal(attend, "B of q", q, 0, "B of k", keys.k, 0);
    equal(attend, "B of k", keys.k, 0, "B of v", keys.v, 0);
    equal(attend, "Hk of k", keys.k, 1, "Hk of v", keys.v, 1);
    equal(attend, "Lk of k", keys.k, 2, "Lk of v", keys.v, 2);
    if (auto stream = attend.getStream().getDefiningOp<StreamOp>())
      if (stream.getMask())
        collectTables(attend, stream.getMask(), q, keys.k);
    return collectReads(attend, keys.k);
  }

  void collectTables(AttendOp attend, Value mask, Value q, Value k) {
    Operation *op = mask.getDefiningOp();
    if (auto document = dyn_cast<MaskDocumentOp>(op)) {
      Value queryIds = document.getQueryIds(), keyIds = document.getKeyIds();
      equal(op, "B of queryIds", queryIds, 0, "B of q", q, 0);
      equal(op, "length of queryIds", queryIds, 1, "Lq of q", q, 2);
      equal(op, "B of keyIds", keyIds, 0, "B of k", k, 0);
      equal(op, "length of keyIds", keyIds, 1, "Lk of k", k, 2);
    }
    for (Value operand : op->getOperands())
      if (isa<MaskType>(operand.getType()))
        collectTables(attend, operand, q, k);
  }

  /// Adds "both sizes are equal" unless the program already says so.
  void equal(Operation *op, StringRef lhsName, Value lhs, unsigned lhsAxis,
             StringRef rhsName, Value rhs, unsigned rhsAxis) {
    Expr a = getAxisSize(lhs, lhsAxis), b = getAxisSize(rhs, rhsAxis);
    std::string aText = toString(a), bText = toString(b);
    if (aText == bText)
      return;
    std::string message =
        llvm::formatv("{0} ({1}) and {2} ({3}) must be equal, at {4}", lhsName,
                      aText, rhsName, bText, locationText(op->getLoc()));
    add({Expr::binary(Expr::Kind::kEq, a, b), std::move(message)});
  }

  LogicalResult collectReads(AttendOp attend, Value k) {
    Region &score = attend.getScore();
    if (score.empty())
      return success();
    IndexRangeAnalysis ranges(getSizes(attend.getQ()), getAxisSize(k, 2));
    WalkResult result = score.walk([&](ReadOp read) {
      unsigned capture =
          cast<BlockArgument>(read.getTable()).getArgNumber() - 5;
      Value table = attend.getCaptures()[capture];
      for (auto [axis, index] : llvm::enumerate(read.getIndices()))
        if (failed(collectRead(read, table, axis, ranges.get(index))))
          return WalkResult::interrupt();
      return WalkResult::advance();
    });
    return failure(result.wasInterrupted());
  }

  LogicalResult collectRead(ReadOp read, Value table, unsigned axis,
                            const IndexRange &range) {
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
