//===- ExpectedRows.cpp - Chosen rows with their bounds -------------------===//
//
// For checks on a machine without the reference: what a row should be, and how
// far off a device may be, as numbers that can be stored.
//
//===----------------------------------------------------------------------===//

#include "Rows.h"
#include "Values.h"

namespace attn::reference {

llvm::Error Program::expectRows(
    llvm::ArrayRef<Tensor> given,
    llvm::function_ref<std::vector<int64_t>(int64_t, int64_t)> rowsOfHead,
    const Host &host,
    llvm::function_ref<void(const ExpectedRow &)> sink) const {
  if (implementation->folds.size() != 1)
    return llvm::createStringError(
        "expected a program of one attn.attend but found " +
        std::to_string(implementation->folds.size()) + " folds");
  llvm::SmallVector<Tensor> arguments = implementation->getInputs(given);
  const Fold &fold = implementation->folds.front();
  Values values(*implementation, arguments);
  llvm::Expected<FoldSizes> sizes = getSizes(fold, values.values, arguments);
  if (!sizes)
    return sizes.takeError();
  Values slack(*implementation, {}); // none: states are arguments
  RowJob job{fold,         *sizes,    values.values, values.values,
             slack.values, arguments, host};
  auto existing = [&](int64_t b, int64_t h) {
    std::vector<int64_t> rows = rowsOfHead(b, h);
    const TokenRange &range = sizes->rows[b];
    llvm::erase_if(
        rows, [&](int64_t i) { return i < range.begin || i >= range.end; });
    return rows;
  };
  return forEachRow(
      job, existing,
      [&](const Row<double> &exact, const Row<float> *unfused,
          const RowFacts *facts) {
        sink({exact.b, exact.h, exact.i, exact.out,
              getOutBound(exact, *unfused, fold.outputs.front().type, *facts),
              exact.lse, getLseBound(exact, *facts)});
      });
}

} // namespace attn::reference
