//===- Count.cpp - Visible pairs, one by one ------------------------------===//

#include "FoldSizes.h"
#include "Values.h"

#include <numeric>

namespace attn::reference {
namespace {

/// Sizes of fold `index`, where results of folds have no memory.
llvm::Expected<FoldSizes> sizesOf(const Program::Implementation &program,
                                  Values &values,
                                  llvm::ArrayRef<Tensor> arguments,
                                  unsigned index) {
  const Fold &fold = program.folds[index];
  llvm::Expected<FoldSizes> sizes = getSizes(fold, values.values, arguments);
  if (sizes)
    values.describe(fold, *sizes);
  return sizes;
}

} // namespace

llvm::Expected<double> countPairs(const Stream &stream, const FoldSizes &sizes,
                                  const StreamSizes &streamSizes,
                                  llvm::ArrayRef<Tensor> arguments,
                                  const Host &host) {
  std::vector<std::vector<uint8_t>> visible(host.threads);
  std::vector<int64_t> sums(host.threads);
  std::vector<std::string> errors(host.threads);
  int64_t heads = stream.mask.perHead ? sizes.hq : 1;
  host.forEach(sizes.b * heads * sizes.tokens, [&](int64_t n, int64_t worker) {
    int64_t i = n % sizes.tokens, h = n / sizes.tokens % heads,
            b = n / sizes.tokens / heads;
    if (i < sizes.rows[b].begin || i >= sizes.rows[b].end ||
        !errors[worker].empty())
      return;
    int64_t keys = streamSizes.keys.getLength(b);
    std::vector<uint8_t> &row = visible[worker];
    row.resize(keys);
    errors[worker] = stream.mask.evaluate(
        {arguments, b, h, i, sizes.queries.getLength(b), keys}, row.data());
    sums[worker] += std::accumulate(row.begin(), row.end(), int64_t(0));
  });
  for (const std::string &error : errors)
    if (!error.empty())
      return llvm::createStringError(error);
  return std::accumulate(sums.begin(), sums.end(), 0.0) * (sizes.hq / heads);
}

llvm::Expected<double> countPairs(const Fold &fold, const FoldSizes &sizes,
                                  llvm::ArrayRef<Tensor> arguments,
                                  const Host &host) {
  double total = 0;
  for (auto [stream, streamSizes] : llvm::zip(fold.streams, sizes.streams)) {
    auto pairs = countPairs(stream, sizes, streamSizes, arguments, host);
    if (!pairs)
      return pairs.takeError();
    total += *pairs;
  }
  return total;
}

llvm::Expected<Work> Program::count(llvm::ArrayRef<Tensor> given,
                                    const Host &host) const {
  llvm::SmallVector<Tensor> arguments = implementation->getInputs(given);
  Values values(*implementation, arguments);
  Work work;
  for (unsigned n = 0; n < implementation->folds.size(); ++n) {
    auto sizes = sizesOf(*implementation, values, arguments, n);
    if (!sizes)
      return sizes.takeError();
    const Fold &fold = implementation->folds[n];
    if (fold.streams.empty())
      continue; // a merge
    llvm::Expected<double> pairs = countPairs(fold, *sizes, arguments, host);
    if (!pairs)
      return pairs.takeError();
    double operations = 2 * *pairs * double(sizes->d + sizes->dv);
    work.attends.push_back({*pairs, operations});
    work.visiblePairs += *pairs;
    work.operations += operations;
  }
  return work;
}

llvm::Expected<std::vector<uint8_t>>
Program::visible(llvm::ArrayRef<Tensor> given, const VisibleRow &row) const {
  llvm::SmallVector<Tensor> arguments = implementation->getInputs(given);
  Values values(*implementation, arguments);
  for (unsigned n = 0; n < row.fold; ++n)
    if (auto sizes = sizesOf(*implementation, values, arguments, n); !sizes)
      return sizes.takeError();
  auto sizes = sizesOf(*implementation, values, arguments, row.fold);
  if (!sizes)
    return sizes.takeError();
  const Stream &stream = implementation->folds[row.fold].streams[row.stream];
  int64_t keys = sizes->streams[row.stream].keys.getLength(row.b);
  std::vector<uint8_t> visible(keys);
  const TokenRange &rows = sizes->rows[row.b];
  if (row.i < rows.begin || row.i >= rows.end)
    return visible; // nobody sees nothing
  std::string error = stream.mask.evaluate(
      {arguments, row.b, row.h, row.i, sizes->queries.getLength(row.b), keys},
      visible.data());
  if (!error.empty())
    return llvm::createStringError(error);
  return visible;
}

} // namespace attn::reference
