//===- NaiveRows.cpp - One row of attention, as the definition says -------===//
//
// Regions are interpreted by the folders of their operations. The bound of a
// row
//
//   |x - r| <= 2 |p - r| + c |r| + 2^-23 (1 + max |logit|) max |v|
//
// has r in float64 and p from the unfused program in f32.
//
//===----------------------------------------------------------------------===//

#include "NaiveRows.h"

#include "attn/dialect/Attn/Attn.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <limits>
#include <set>

using namespace mlir;
using namespace attn;
using namespace attn::test;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

class NaiveRow {
public:
  NaiveRow(tile::FoldOp fold, const llvm::MapVector<Value, Tensor> &tensors)
      : fold(fold), route(fold.getStreams().front().getDefiningOp<RouteOp>()),
        tensors(tensors), q(tensors.lookup(fold.getQ())),
        k(tensors.lookup(route.getK())), v(tensors.lookup(route.getV())),
        builder(fold.getContext()) {}

  void compute(int64_t b, int64_t h, int64_t i) {
    int64_t keyHead = h / (q.sizes[1] / k.sizes[1]);
    logits.clear();
    narrow.clear();
    visibleKeys.clear();
    for (int64_t j = 0; j < k.sizes[2]; ++j) {
      if (!isVisible(b, h, i, j))
        continue;
      visibleKeys.push_back(j);
      double sum = 0;
      float sum32 = 0;
      for (int64_t d = 0; d < q.sizes[3]; ++d) {
        double x = q.get({b, h, i, d}), y = k.get({b, keyHead, j, d});
        sum += x * y;
        sum32 = std::fma(static_cast<float>(x), static_cast<float>(y), sum32);
      }
      double scale = fold.getScale().convertToDouble();
      logits.push_back(applyScore(sum * scale, b, h, i, j));
      narrow.push_back(static_cast<float>(
          applyScore(sum32 * static_cast<float>(scale), b, h, i, j)));
    }
    finish(b, keyHead);
  }

  double lse;
  std::vector<double> out, unfused;
  double largestLogit, largestValue;

private:
  void finish(int64_t b, int64_t keyHead) {
    int64_t size = v.sizes[3];
    out.assign(size, 0.0);
    unfused.assign(size, 0.0);
    lse = -kInfinity;
    largestLogit = largestValue = 0;
    double maximum = -kInfinity, sum = 0;
    float maximum32 = -INFINITY, sum32 = 0;
    for (double x : logits)
      maximum = std::fmax(maximum, x);
    for (float x : narrow)
      maximum32 = std::fmax(maximum32, x);
    for (size_t n = 0; n < logits.size(); ++n) {
      sum += std::exp(logits[n] - maximum);
      sum32 += std::exp(narrow[n] - maximum32);
      if (std::isfinite(logits[n]))
        largestLogit = std::fmax(largestLogit, std::fabs(logits[n]));
    }
    if (maximum == -kInfinity && !std::isnan(sum) && logits.empty())
      return;
    if (maximum == -kInfinity &&
        llvm::none_of(logits, [](double x) { return std::isnan(x); }))
      return;
    lse = maximum + std::log(sum);
    std::vector<float> unfused32(size, 0.0f);
    for (size_t n = 0; n < logits.size(); ++n) {
      double p = std::exp(logits[n] - maximum) / sum;
      double p32 = roundTo(q.element, std::exp(narrow[n] - maximum32) / sum32);
      for (int64_t d = 0; d < size; ++d) {
        double y = v.get({b, keyHead, visibleKeys[n], d});
        largestValue = std::fmax(largestValue, std::fabs(y));
        out[d] += p * y;
        unfused32[d] = std::fma(static_cast<float>(p32), static_cast<float>(y),
                                unfused32[d]);
      }
    }
    for (int64_t d = 0; d < size; ++d)
      unfused[d] = roundTo(q.element, unfused32[d]);
  }

  bool isVisible(int64_t b, int64_t h, int64_t i, int64_t j) {
    if (route.getVisible().empty())
      return true;
    return cast<IntegerAttr>(evaluate(route.getVisible(),
                                      {index(b), index(h), index(i), index(j)},
                                      route.getCaptures()))
        .getValue()
        .getBoolValue();
  }

  double applyScore(double logit, int64_t b, int64_t h, int64_t i, int64_t j) {
    if (fold.getScore().empty() || !std::isfinite(logit))
      return logit;
    Attribute result = evaluate(fold.getScore(),
                                {builder.getF32FloatAttr(logit), index(b),
                                 index(h), index(i), index(j)},
                                fold.getCaptures());
    return cast<FloatAttr>(result).getValue().convertToFloat();
  }

  Attribute index(int64_t value) { return builder.getIndexAttr(value); }

  Attribute evaluate(Region &region, ArrayRef<Attribute> arguments,
                     ValueRange captures) {
    llvm::DenseMap<Value, Attribute> values;
    Block &block = region.front();
    for (auto [argument, value] : llvm::zip(block.getArguments(), arguments))
      values[argument] = value;
    for (Operation &op : block.without_terminator())
      values[op.getResult(0)] =
          evaluate(op, values, captures, block.getNumArguments());
    return values.lookup(block.getTerminator()->getOperand(0));
  }

  Attribute evaluate(Operation &op, llvm::DenseMap<Value, Attribute> &values,
                     ValueRange captures, unsigned numArguments) {
    if (auto length = dyn_cast<LengthOp>(op))
      return index(length.getSide() == Side::queries ? q.sizes[2] : k.sizes[2]);
    if (auto read = dyn_cast<ReadOp>(op)) {
      unsigned position = cast<BlockArgument>(read.getTable()).getArgNumber() -
                          (numArguments - captures.size());
      std::vector<int64_t> at;
      for (Value value : read.getIndices())
        at.push_back(cast<IntegerAttr>(values.lookup(value)).getInt());
      double element = tensors.lookup(captures[position]).get(at);
      if (auto type = dyn_cast<FloatType>(read.getElement().getType()))
        return builder.getFloatAttr(type, element);
      return builder.getIntegerAttr(read.getElement().getType(),
                                    static_cast<int64_t>(element));
    }
    SmallVector<Attribute> operands;
    for (Value operand : op.getOperands())
      operands.push_back(values.lookup(operand));
    SmallVector<OpFoldResult> results;
    if (failed(op.fold(operands, results)) || results.empty()) {
      if (isa<math::RsqrtOp>(op))
        return builder.getF32FloatAttr(
            1 / std::sqrt(cast<FloatAttr>(operands[0]).getValueAsDouble()));
      // A division by zero: any value, which the program must not use.
      if (isa<arith::DivSIOp, arith::RemSIOp>(op))
        return builder.getIntegerAttr(op.getResult(0).getType(), 0);
      llvm::report_fatal_error("the naive row can not evaluate " +
                               op.getName().getStringRef());
    }
    if (auto attribute = dyn_cast<Attribute>(results.front()))
      return attribute;
    return values.lookup(cast<Value>(results.front()));
  }

  tile::FoldOp fold;
  RouteOp route;
  const llvm::MapVector<Value, Tensor> &tensors;
  Tensor q, k, v;
  Builder builder;
  std::vector<double> logits;
  std::vector<float> narrow;
  std::vector<int64_t> visibleKeys;
};

double largest(ArrayRef<double> values) {
  double result = 0;
  for (double x : values) // Without NaN: those are compared apart.
    result = std::fmax(result, std::fabs(x));
  return result;
}

double tolerance(Type element) {
  return element.isF32() ? 0x1p-23 : element.isF16() ? 0x1p-11 : 0x1p-8;
}

/// Error over bound of values that should agree; 0 if both are the same
/// non-finite value.
double ratioOf(double found, double expected, double bound) {
  if (std::isnan(expected) || std::isinf(expected))
    return (std::isnan(expected) ? std::isnan(found) : found == expected)
               ? 0
               : kInfinity;
  if (!std::isfinite(found))
    return kInfinity;
  double error = std::fabs(found - expected);
  return error == 0 ? 0 : error / bound;
}

std::set<int64_t> chooseRows(int64_t size, int64_t tile, int64_t count,
                             std::mt19937 &random) {
  std::set<int64_t> rows;
  for (int64_t i : {int64_t(0), tile - 1, tile, size / tile * tile - 1,
                    size / 2, size / tile * tile, size - 1})
    if (i >= 0 && i < size)
      rows.insert(i);
  std::uniform_int_distribution<int64_t> any(0, std::max<int64_t>(size, 1) - 1);
  for (int64_t n = 0; n < count && size > 0; ++n)
    rows.insert(any(random));
  return rows;
}

} // namespace

double attn::test::checkRows(tile::FoldOp fold,
                             const llvm::MapVector<Value, Tensor> &tensors,
                             int64_t numRows) {
  NaiveRow row(fold, tensors);
  std::mt19937 random(2);
  Tensor out = tensors.lookup(fold.getOut()), lse;
  if (fold.getLse())
    lse = tensors.lookup(fold.getLse());
  double worst = 0;
  int64_t misses = 0;
  forEachIndex({out.sizes[0], out.sizes[1]}, [&](ArrayRef<int64_t> head) {
    for (int64_t i :
         chooseRows(out.sizes[2], fold.getQueryTile(), numRows, random)) {
      row.compute(head[0], head[1], i);
      std::vector<double> gap;
      for (size_t d = 0; d < row.out.size(); ++d)
        gap.push_back(row.unfused[d] - row.out[d]);
      double floor = 0x1p-23 * (1 + row.largestLogit);
      double bound = 2 * largest(gap) +
                     tolerance(out.element) * largest(row.out) +
                     floor * row.largestValue;
      double ratio = 0;
      for (int64_t d = 0; d < out.sizes[3]; ++d)
        ratio = std::fmax(ratio, ratioOf(out.get({head[0], head[1], i, d}),
                                         row.out[d], bound));
      if (fold.getLse())
        ratio =
            std::fmax(ratio, ratioOf(lse.get({head[0], head[1], i}), row.lse,
                                     2 * floor + 0x1p-22 * std::fabs(row.lse)));
      worst = std::fmax(worst, ratio);
      if (!(ratio <= 1) && ++misses <= 5)
        llvm::errs() << "batch " << head[0] << " head " << head[1] << " row "
                     << i << ": error / bound " << llvm::format("%.3g", ratio)
                     << "; lse expected " << row.lse
                     << ", first element expected " << row.out[0] << " found "
                     << out.get({head[0], head[1], i, 0}) << "\n";
    }
  });
  return worst;
}
