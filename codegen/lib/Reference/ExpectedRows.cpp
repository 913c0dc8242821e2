//===- ExpectedRows.cpp - Chosen rows with their bounds -------------------===//
//
// For checks on a machine without the reference: what a row should be, and how
// far off a device may be, as numbers that can be stored.
//
//===----------------------------------------------------------------------===//

#include "Rows.h"

namespace attn::reference {

llvm::Error Program::expectRows(
    llvm::ArrayRef<Tensor> arguments,
    llvm::function_ref<std::vector<int64_t>(int64_t, int64_t)> rowsOfHead,
    const Host &host,
    llvm::function_ref<void(const ExpectedRow &)> sink) const {
  if (implementation->attends.size() != 1)
    return llvm::createStringError(
        "expected a program of one attn.attend but found " +
        std::to_string(implementation->attends.size()));
  const Attend &attend = implementation->attends.front();
  std::vector<Tensor> values(arguments.begin(), arguments.end());
  values.resize(implementation->arguments + 2);
  llvm::Expected<FoldSizes> sizes = getSizes(attend, values, arguments);
  if (!sizes)
    return sizes.takeError();
  RowJob job{attend, *sizes, values, values, arguments, host};
  return forEachRow(job, rowsOfHead,
                    [&](const Row<double> &exact, const Row<float> *unfused,
                        const RowFacts *facts) {
                      sink({exact.b, exact.h, exact.i, exact.out,
                            getOutBound(exact, *unfused, attend.type, *facts),
                            exact.lse, getLseBound(exact, *facts)});
                    });
}

} // namespace attn::reference
