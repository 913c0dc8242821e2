//===- Launch.cpp - Running a program -------------------------------------===//

#include "Rows.h"
#include "StoreRow.h"
#include "Values.h"

#include <numeric>

namespace attn::reference {

std::vector<int64_t> listRows(const TokenRange &rows) {
  std::vector<int64_t> all(rows.size());
  std::iota(all.begin(), all.end(), rows.begin);
  return all;
}

void Host::forEach(int64_t n,
                   llvm::function_ref<void(int64_t, int64_t)> body) const {
  if (!parallelFor) {
    for (int64_t i = 0; i < n; ++i)
      body(i, 0);
    return;
  }
  parallelFor(
      pool, n,
      [](void *context, int64_t index, int64_t worker) {
        (*static_cast<llvm::function_ref<void(int64_t, int64_t)> *>(context))(
            index, worker);
      },
      &body);
}

llvm::Error Program::run(llvm::ArrayRef<Tensor> given,
                         llvm::ArrayRef<Tensor> returned,
                         const Host &host) const {
  llvm::SmallVector<Tensor> arguments = implementation->getInputs(given),
                            results = implementation->getOutputs(returned);
  Values values(*implementation, arguments);
  for (const Fold &fold : implementation->folds) {
    llvm::Expected<FoldSizes> sizes = getSizes(fold, values.values, arguments);
    if (!sizes)
      return sizes.takeError();
    values.allocateOperands(fold, *sizes);
    RowJob job{fold, *sizes, values.values, {}, {}, arguments, host};
    auto sink = [&](const Row<double> &row, const Row<float> *,
                    const RowFacts *) {
      for (const Output &output : fold.outputs) {
        if (output.isOperand)
          storeRow(row, output, *sizes, values.values[output.value]);
        for (size_t n = 0; n < results.size(); ++n)
          if (implementation->results[n] == output.value)
            storeRow(row, output, *sizes, results[n]);
      }
    };
    if (llvm::Error error = forEachRow(
            job, [&](int64_t b, int64_t) { return listRows(sizes->rows[b]); },
            sink))
      return error;
  }
  return llvm::Error::success();
}

} // namespace attn::reference
