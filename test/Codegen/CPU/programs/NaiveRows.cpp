//===- NaiveRows.cpp - Rows of kernels against naive ones -----------------===//
//
// The bound of a row
//
//   |x - r| <= 2 |p - r| + c |r| + 2^-23 (1 + max |logit|) max |v|
//
// has r in float64 and p from the unfused program in f32. Where all values of a
// column are one number c, weights cancel however they were rounded: a sum of n
// positive numbers is off by n 2^-24 at most, and so is its divisor, so
//
//   |x - r| <= |round(r) - r| + (n 2^-23 + 2^-22) |c|
//
// plus what states and a sink take away, which depends on logits.
//
//===----------------------------------------------------------------------===//

#include "NaiveRows.h"
#include "NaiveRow.h"

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

/// The results of one op against its naive rows.
class RowCheck {
public:
  RowCheck(Operation *op, const TensorMap &tensors, const RowOptions &options)
      : op(op), fold(dyn_cast<tile::FoldOp>(op)), tensors(tensors),
        options(options), row(op, tensors),
        out(tensors.lookup(op->getResult(0))) {}

  /// The largest ratio of error to bound of all results; what values are off
  /// joins `errors`.
  double check(const NaiveTokens &tokens, int64_t head, int64_t i,
               std::array<ValueErrors, 2> &errors) {
    row.compute(tokens, head, i);
    floor = 0x1p-23 * (1 + row.largestLogit);
    logitBound = 2 * floor + 0x1p-22 * row.largestProduct;
    lseBound = logitBound + 0x1p-22 * std::fabs(row.lse);
    double ratio = checkValues(
        1.0, out.element,
        [&](int64_t d) { return out.get(tokens.at(head, i, d)); }, errors[0]);
    auto number = [&](Value tensor) {
      return tensors.lookup(tensor).get(tokens.at(head, i));
    };
    Value lse = fold ? fold.getLse() : cast<tile::MergeOp>(op).getLse();
    if (lse)
      ratio = std::fmax(ratio, ratioOf(number(lse), row.lse, lseBound));
    if (!fold)
      return ratio;
    for (auto [s, mass] : llvm::enumerate(fold.getMass()))
      ratio = std::fmax(
          ratio, ratioOf(number(mass), row.mass[s],
                         (2 * logitBound + 0x1p-21) * row.mass[s] + 0x1p-100));
    if (fold.getState().empty())
      return ratio;
    Tensor acc = tensors.lookup(fold.getState()[2]);
    return std::fmax(
        ratio, checkState(
                   number(fold.getState()[0]), number(fold.getState()[1]),
                   [&](int64_t d) { return acc.get(tokens.at(head, i, d)); },
                   errors[1]));
  }

  void describe(const NaiveTokens &tokens, int64_t head, int64_t i,
                double ratio) {
    llvm::errs() << op->getName() << " batch " << tokens.batch << " head "
                 << head << " row " << i << ": error / bound "
                 << llvm::format("%.3g", ratio) << "; lse expected " << row.lse
                 << ", first element expected " << row.out[0] << " found "
                 << out.get(tokens.at(head, i, 0)) << "\n";
  }

private:
  /// The ratio of all columns so far once the last have come.
  double checkValues(double divisor, Type element,
                     llvm::function_ref<double(int64_t)> found,
                     ValueErrors &joint) {
    ValueErrors errors;
    for (size_t d = 0; d < row.out.size(); ++d) {
      double r = row.out[d],
             allowed = options.hasEqualValues ? getEqualBound(r, element) : 1.0;
      errors.error =
          std::fmax(errors.error, ratioOf(found(d) / divisor, r, allowed));
      if (std::isfinite(row.unfused[d] - r))
        errors.gap = std::fmax(errors.gap, std::fabs(row.unfused[d] - r));
    }
    errors.magnitude = largest(row.out);
    errors.floor = floor * row.largestValue;
    if (options.hasEqualValues)
      errors = {0, 0, 1, errors.error};
    joint.join(errors);
    return options.isLast ? joint.getRatio(tolerance(element)) : 0;
  }

  double getEqualBound(double r, Type element) const {
    auto n = static_cast<double>(row.numSummands);
    double shares = row.hasTerms ? 2 * lseBound : 0;
    return std::fabs(roundTo(element, r) - r) +
           (n * 0x1p-23 + 0x1p-22 + shares) * row.largestValue;
  }

  /// m is the largest logit; m and l are the lse, acc and l the values.
  double checkState(double m, double l, llvm::function_ref<double(int64_t)> acc,
                    ValueErrors &errors) {
    if (row.lse == -kInfinity)
      return m == -kInfinity && l == 0 && acc(0) == 0 ? 0 : kInfinity;
    double ratio =
        ratioOf(m, row.maximum, logitBound + 0x1p-22 * std::fabs(row.maximum));
    if (std::isnan(row.lse))
      return ratio;
    ratio = std::fmax(ratio, ratioOf(m + std::log(l), row.lse, lseBound));
    Type f32 = Float32Type::get(op->getContext());
    return std::fmax(ratio, checkValues(l, f32, acc, errors));
  }

  Operation *op;
  tile::FoldOp fold;
  const TensorMap &tensors;
  const RowOptions &options;
  NaiveRow row;
  Tensor out;
  double floor = 0, logitBound = 0, lseBound = 0;
};

} // namespace

void ValueErrors::join(const ValueErrors &other) {
  gap = std::fmax(gap, other.gap);
  magnitude = std::fmax(magnitude, other.magnitude);
  floor = std::fmax(floor, other.floor);
  error = std::fmax(error, other.error);
}

double ValueErrors::getRatio(double rounding) const {
  return error == 0 ? 0 : error / (2 * gap + rounding * magnitude + floor);
}

double attn::test::checkRows(Operation *op, const TensorMap &tensors,
                             const RowOptions &options, JointRows &joint) {
  RowCheck check(op, tensors, options);
  std::mt19937 random(2);
  Tensor out = tensors.lookup(op->getResult(0));
  auto fold = dyn_cast<tile::FoldOp>(op);
  Value lengths = fold ? fold.getLengths() : Value();
  int64_t tile = fold ? fold.getQueryTile()
                      : static_cast<int64_t>(cast<tile::MergeOp>(op).getRows());
  bool mergesPacked = !fold && out.sizes.size() == 3;
  int64_t sequences = mergesPacked ? 1 : countSequences(lengths, out, tensors);
  double worst = 0;
  int64_t misses = 0;
  for (int64_t b = 0; b < sequences; ++b) {
    NaiveTokens tokens = mergesPacked ? NaiveTokens{true, 0, 0, out.sizes[1]}
                                      : tokensOf(lengths, out, b, tensors);
    int64_t heads = out.sizes[tokens.isPacked ? 0 : 1];
    for (int64_t h = 0; h < heads; ++h)
      for (int64_t i :
           chooseRows(tokens.length, tile, options.numRows, random)) {
        double ratio = check.check(tokens, h, i, joint[{op, b, h, i}]);
        worst = std::fmax(worst, ratio);
        if (!(ratio <= 1) && ++misses <= 5)
          check.describe(tokens, h, i, ratio);
      }
  }
  return worst;
}
