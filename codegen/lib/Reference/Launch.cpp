//===- Launch.cpp - Running, checking and counting a program --------------===//

#include "Number.h"
#include "RowSample.h"
#include "Rows.h"

#include <mutex>
#include <numeric>

namespace attn::reference {
namespace {

/// Values of one launch, and the memory of those that no caller gave.
class Values {
public:
  Values(const Program::Implementation &program,
         llvm::ArrayRef<Tensor> arguments) {
    values.assign(arguments.begin(), arguments.end());
    values.resize(program.arguments + 2 * program.attends.size());
  }

  /// Makes a dense tensor whose numbers are rounded to `type` when stored.
  void allocate(unsigned value, Dtype type, llvm::ArrayRef<int64_t> sizes) {
    int64_t count = std::accumulate(sizes.begin(), sizes.end(), int64_t(1),
                                    std::multiplies<int64_t>());
    memory.push_back(std::make_unique<char[]>(count * getBytes(type)));
    Tensor tensor;
    tensor.data = memory.back().get();
    tensor.dtype = type;
    tensor.sizes.assign(sizes.begin(), sizes.end());
    tensor.strides.resize(sizes.size());
    int64_t stride = 1;
    for (size_t axis = sizes.size(); axis-- > 0; stride *= sizes[axis])
      tensor.strides[axis] = stride;
    values[value] = std::move(tensor);
  }

  std::vector<Tensor> values;

private:
  std::vector<std::unique_ptr<char[]>> memory;
};

template <typename T>
void storeRow(const Row<T> &row, const Tensor *out, const Tensor *lse) {
  if (out) {
    int64_t offset = getOffset(*out, {row.b, row.h, row.i});
    for (size_t c = 0; c < row.out.size(); ++c)
      storeFloat(*out, offset + c * out->strides[3], row.out[c]);
  }
  if (lse)
    storeFloat(*lse, getOffset(*lse, {row.b, row.h, row.i}), row.lse);
}

std::vector<int64_t> allRows(int64_t rows) {
  std::vector<int64_t> all(rows);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

/// Makes room for the results of `attend` that later attends read.
void allocateOperands(const Attend &attend, const FoldSizes &sizes,
                      Values &values) {
  if (attend.outIsOperand)
    values.allocate(attend.out, attend.type,
                    {sizes.b, sizes.hq, sizes.lq, sizes.dv});
  if (attend.lseIsOperand)
    values.allocate(attend.lse, Dtype::F32, {sizes.b, sizes.hq, sizes.lq});
}

const Tensor *storageOf(const Values &values, unsigned value, bool isOperand) {
  return isOperand ? &values.values[value] : nullptr;
}

/// Compares one row of one result.
double compareRow(const Row<double> &exact, const Row<float> &unfused,
                  const RowFacts &facts, const Tensor &result, bool isLse) {
  int64_t offset = getOffset(result, {exact.b, exact.h, exact.i});
  if (isLse)
    return getRatio(loadFloat(result, offset), exact.lse, unfused.lse,
                    getLseBound(exact, facts), result.dtype);
  double bound = getOutBound(exact, unfused, result.dtype, facts), worst = 0;
  for (size_t c = 0; c < exact.out.size(); ++c)
    worst = std::max(
        worst, getRatio(loadFloat(result, offset + c * result.strides[3]),
                        exact.out[c], unfused.out[c], bound, result.dtype));
  return worst;
}

/// Checks the results of a program, attend by attend.
class Checker {
public:
  Checker(const Program::Implementation &program,
          llvm::ArrayRef<Tensor> arguments, llvm::ArrayRef<Tensor> results,
          const CheckOptions &options, const Host &host,
          llvm::MutableArrayRef<Comparison> comparisons)
      : program(program), arguments(arguments), results(results),
        options(options), host(host), comparisons(comparisons),
        exact(program, arguments), unfused(program, arguments) {}

  llvm::Error check() {
    for (Comparison &comparison : comparisons)
      comparison = Comparison();
    for (const Attend &attend : program.attends)
      if (llvm::Error error = checkAttend(attend))
        return error;
    return llvm::Error::success();
  }

private:
  llvm::Error checkAttend(const Attend &attend) {
    llvm::Expected<FoldSizes> sizes = getSizes(attend, exact.values, arguments);
    if (!sizes)
      return sizes.takeError();
    allocateOperands(attend, *sizes, exact);
    allocateOperands(attend, *sizes, unfused);
    bool isOperand = attend.outIsOperand || attend.lseIsOperand;
    int64_t count = isOperand ? 0 : getRowCount(attend, *sizes);
    RowJob job{attend, *sizes, exact.values, unfused.values, arguments, host};
    return forEachRow(
        job,
        [&](int64_t b, int64_t h) {
          return count ? sampleRows(sizes->lq, count, options.seed, b, h)
                       : allRows(sizes->lq);
        },
        [&](const Row<double> &r, const Row<float> *p, const RowFacts *facts) {
          takeRow(attend, *sizes, r, *p, *facts);
        });
  }

  /// Rows per head to sample, or 0 for all.
  int64_t getRowCount(const Attend &attend, const FoldSizes &sizes) const {
    if (options.rowsPerHead)
      return options.rowsPerHead;
    double pairs = countPairs(attend, sizes, arguments, host) * sizes.hq;
    return pairs > kMostPairs ? kDefaultRows : 0;
  }

  void takeRow(const Attend &attend, const FoldSizes &sizes,
               const Row<double> &r, const Row<float> &p,
               const RowFacts &facts) {
    storeRow(r, storageOf(exact, attend.out, attend.outIsOperand),
             storageOf(exact, attend.lse, attend.lseIsOperand));
    storeRow(p, storageOf(unfused, attend.out, attend.outIsOperand),
             storageOf(unfused, attend.lse, attend.lseIsOperand));
    for (size_t n = 0; n < results.size(); ++n) {
      bool isLse = program.results[n] == attend.lse;
      if (!isLse && program.results[n] != attend.out)
        continue;
      double ratio = compareRow(r, p, facts, results[n], isLse);
      std::lock_guard<std::mutex> lock(mutex);
      Comparison &comparison = comparisons[n];
      comparison.rowsTotal = sizes.b * sizes.hq * sizes.lq;
      ++comparison.rowsChecked;
      record(comparison, ratio, r);
    }
  }

  /// Keeps the worst row; of equals the first, so that threads do not matter.
  static void record(Comparison &comparison, double ratio,
                     const Row<double> &row) {
    const int64_t index[] = {row.b, row.h, row.i};
    bool isFirst = comparison.rowsChecked == 1;
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
  Values exact, unfused;
  std::mutex mutex;
};

} // namespace

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

llvm::Error Program::run(llvm::ArrayRef<Tensor> arguments,
                         llvm::ArrayRef<Tensor> results,
                         const Host &host) const {
  Values values(*implementation, arguments);
  for (const Attend &attend : implementation->attends) {
    llvm::Expected<FoldSizes> sizes =
        getSizes(attend, values.values, arguments);
    if (!sizes)
      return sizes.takeError();
    allocateOperands(attend, *sizes, values);
    RowJob job{attend, *sizes, values.values, {}, arguments, host};
    auto sink = [&](const Row<double> &row, const Row<float> *,
                    const RowFacts *) {
      storeRow(row, storageOf(values, attend.out, attend.outIsOperand),
               storageOf(values, attend.lse, attend.lseIsOperand));
      for (size_t n = 0; n < results.size(); ++n) {
        unsigned value = implementation->results[n];
        storeRow(row, value == attend.out ? &results[n] : nullptr,
                 value == attend.lse ? &results[n] : nullptr);
      }
    };
    if (llvm::Error error = forEachRow(
            job, [&](int64_t, int64_t) { return allRows(sizes->lq); }, sink))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error
Program::check(llvm::ArrayRef<Tensor> arguments, llvm::ArrayRef<Tensor> results,
               const CheckOptions &options, const Host &host,
               llvm::MutableArrayRef<Comparison> comparisons) const {
  Checker checker(*implementation, arguments, results, options, host,
                  comparisons);
  if (llvm::Error error = checker.check())
    return error;
  for (Comparison &comparison : comparisons)
    comparison.sampled = comparison.rowsChecked < comparison.rowsTotal;
  return llvm::Error::success();
}

namespace {
/// Sizes of attend `index` where results of attends have no memory.
llvm::Expected<FoldSizes> sizesAt(const Program::Implementation &program,
                                  Values &values,
                                  llvm::ArrayRef<Tensor> arguments,
                                  unsigned index) {
  const Attend &attend = program.attends[index];
  llvm::Expected<FoldSizes> sizes = getSizes(attend, values.values, arguments);
  if (sizes) {
    values.values[attend.out].sizes = {sizes->b, sizes->hq, sizes->lq,
                                       sizes->dv};
    values.values[attend.lse].sizes = {sizes->b, sizes->hq, sizes->lq};
  }
  return sizes;
}
} // namespace

llvm::Expected<Work> Program::count(llvm::ArrayRef<Tensor> arguments,
                                    const Host &host) const {
  Values values(*implementation, arguments);
  Work work;
  for (unsigned n = 0; n < implementation->attends.size(); ++n) {
    auto sizes = sizesAt(*implementation, values, arguments, n);
    if (!sizes)
      return sizes.takeError();
    double pairs = sizes->hq * countPairs(implementation->attends[n], *sizes,
                                          arguments, host);
    work.visiblePairs += pairs;
    work.operations += 2 * pairs * (sizes->d + sizes->dv);
  }
  return work;
}

llvm::Expected<std::vector<uint8_t>>
Program::visible(llvm::ArrayRef<Tensor> arguments, unsigned index, int64_t b,
                 int64_t i) const {
  Values values(*implementation, arguments);
  for (unsigned n = 0; n < index; ++n)
    if (auto sizes = sizesAt(*implementation, values, arguments, n); !sizes)
      return sizes.takeError();
  auto sizes = sizesAt(*implementation, values, arguments, index);
  if (!sizes)
    return sizes.takeError();
  std::vector<uint8_t> row(sizes->lk);
  implementation->attends[index].mask({arguments, b, i, sizes->lq, sizes->lk},
                                      row.data());
  return row;
}

} // namespace attn::reference
