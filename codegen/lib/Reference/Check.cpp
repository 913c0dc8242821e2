//===- Check.cpp - Comparing results with the reference -------------------===//

#include "RowSample.h"
#include "Rows.h"
#include "StoreRow.h"
#include "Values.h"

#include <mutex>

namespace attn::reference {
namespace {

/// Largest error / bound of the numbers of one result in one row.
double compareRow(const Row<double> &exact, const Row<float> &unfused,
                  const RowFacts &facts, const Output &output, Dtype type,
                  const FoldSizes &sizes, const Tensor &result) {
  int64_t offset = sizes.queries.getOffset(result, exact.b, exact.h, exact.i);
  double bound = getBound(output, type, exact, unfused, facts);
  double worst = 0;
  for (auto [r, p] : llvm::zip(exact.get(output), unfused.get(output))) {
    worst = std::max(
        worst, getRatio(loadFloat(result, offset), r, p, bound, result.dtype));
    offset += result.strides.back();
  }
  return worst;
}

/// Checks the results of a program, fold by fold.
class Checker {
public:
  Checker(const Program::Implementation &program,
          llvm::ArrayRef<Tensor> arguments, llvm::ArrayRef<Tensor> results,
          const CheckOptions &options, const Host &host,
          llvm::MutableArrayRef<Comparison> comparisons)
      : program(program), arguments(arguments), results(results),
        options(options), host(host), comparisons(comparisons),
        exact(program, arguments), unfused(program, arguments),
        slack(program, {}) {}

  llvm::Error check() {
    for (Comparison &comparison : comparisons)
      comparison = Comparison();
    for (const Fold &fold : program.folds)
      if (llvm::Error error = checkFold(fold))
        return error;
    return llvm::Error::success();
  }

private:
  llvm::Error checkFold(const Fold &fold) {
    llvm::Expected<FoldSizes> sizes = getSizes(fold, exact.values, arguments);
    if (!sizes)
      return sizes.takeError();
    exact.allocateOperands(fold, *sizes);
    unfused.allocateOperands(fold, *sizes);
    for (const Output &output : fold.outputs)
      if (output.isOperand && hasSlack(output))
        slack.allocate(output.value, Dtype::F64, sizes->getShape(false));
    llvm::Expected<int64_t> count = getRowsPerHead(fold, *sizes);
    if (!count)
      return count.takeError();
    countRows(fold, *sizes);
    RowJob job{fold,         *sizes,    exact.values, unfused.values,
               slack.values, arguments, host};
    return forEachRow(
        job,
        [&](int64_t b, int64_t h) {
          return *count ? sampleRows(sizes->rows[b], *count, options.seed, b, h)
                        : listRows(sizes->rows[b]);
        },
        [&](const Row<double> &r, const Row<float> *p, const RowFacts *facts) {
          takeRow(fold, *sizes, r, *p, *facts);
        });
  }

  /// Can a state have it as its logit or values? Its l goes with its m.
  static bool hasSlack(const Output &output) {
    return output.kind != OutputKind::Mass && output.kind != OutputKind::L;
  }

  /// Rows per head to sample, or 0 for all.
  llvm::Expected<int64_t> getRowsPerHead(const Fold &fold,
                                         const FoldSizes &sizes) const {
    if (fold.hasOperands())
      return 0;
    if (options.rowsPerHead)
      return options.rowsPerHead;
    llvm::Expected<double> pairs = countPairs(fold, sizes, arguments, host);
    if (!pairs)
      return pairs.takeError();
    return *pairs > kMostPairs ? kDefaultRows : 0;
  }

  void countRows(const Fold &fold, const FoldSizes &sizes) {
    for (size_t n = 0; n < results.size(); ++n)
      for (const Output &output : fold.outputs)
        if (program.results[n] == output.value)
          comparisons[n].rowsTotal = sizes.getRowCount();
  }

  void takeRow(const Fold &fold, const FoldSizes &sizes, const Row<double> &r,
               const Row<float> &p, const RowFacts &facts) {
    for (const Output &output : fold.outputs) {
      if (output.isOperand) {
        storeRow(r, output, sizes, exact.values[output.value]);
        storeRow(p, output, sizes, unfused.values[output.value]);
        if (hasSlack(output))
          storeFloat(slack.values[output.value],
                     sizes.queries.getOffset(slack.values[output.value], r.b,
                                             r.h, r.i),
                     getSlack(output, fold.type, r, p, facts));
      }
      for (size_t n = 0; n < results.size(); ++n)
        if (program.results[n] == output.value)
          record(comparisons[n],
                 compareRow(r, p, facts, output, fold.type, sizes, results[n]),
                 r);
    }
  }

  /// Keeps the worst row; of equals the first, so that threads do not matter.
  void record(Comparison &comparison, double ratio, const Row<double> &row) {
    std::lock_guard<std::mutex> lock(mutex);
    const int64_t index[] = {row.b, row.h, row.i};
    bool isFirst = ++comparison.rowsChecked == 1;
    bool isEarlier =
        ratio == comparison.worstRatio &&
        std::lexicographical_compare(index, index + 3, comparison.worstRow,
                                     comparison.worstRow + 3);
    if (!isFirst && ratio <= comparison.worstRatio && !isEarlier)
      return;
    comparison.worstRatio = ratio;
    std::copy(index, index + 3, comparison.worstRow);
  }

  const Program::Implementation &program;
  llvm::ArrayRef<Tensor> arguments, results;
  const CheckOptions &options;
  const Host &host;
  llvm::MutableArrayRef<Comparison> comparisons;
  Values exact, unfused, slack;
  std::mutex mutex;
};

} // namespace

llvm::Error
Program::check(llvm::ArrayRef<Tensor> given, llvm::ArrayRef<Tensor> returned,
               const CheckOptions &options, const Host &host,
               llvm::MutableArrayRef<Comparison> comparisons) const {
  llvm::SmallVector<Tensor> arguments = implementation->getInputs(given),
                            results = implementation->getOutputs(returned);
  Checker checker(*implementation, arguments, results, options, host,
                  comparisons);
  if (llvm::Error error = checker.check())
    return error;
  for (Comparison &comparison : comparisons)
    comparison.sampled = comparison.rowsChecked < comparison.rowsTotal;
  return llvm::Error::success();
}

} // namespace attn::reference
