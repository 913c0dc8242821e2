//===- Rows.cpp - Folds rows of an attend over threads --------------------===//
//
// One key head after the other, so that its keys are converted once; the rows
// of all query heads that read it are shared among the threads.
//
//===----------------------------------------------------------------------===//

#include "Rows.h"
#include "Number.h"

#include <atomic>
#include <mutex>

namespace attn::reference {
namespace {

constexpr size_t kRowsPerTask = 8;

/// A row to fold.
struct RowIndex {
  int64_t b, h, i;
};

/// One of the two programs: its operands and closures.
template <typename T>
struct Side {
  FoldRule<T> rule;
  llvm::SmallVector<Tensor> tables;
  Tensor q;
  std::shared_ptr<const KeyHead> head; ///< Of the key head in work.
};

/// What a thread keeps between rows.
struct Worker {
  std::vector<uint8_t> visible;
  std::vector<int64_t> keys;
  std::vector<float> query;
  Row<double> exact;
  Row<float> unfused;
  std::optional<Frame<double>> exactFrame;
  std::optional<Frame<float>> unfusedFrame;
};

template <typename T>
Side<T> makeSide(const Attend &attend, llvm::ArrayRef<Tensor> values,
                 const std::optional<RegionProgram<T>> &score) {
  Side<T> side;
  side.rule = {static_cast<T>(attend.scale), attend.type,
               score ? &*score : nullptr};
  for (unsigned capture : attend.captures)
    side.tables.push_back(values[capture]);
  side.q = values[attend.q];
  return side;
}

class RowFolder {
public:
  RowFolder(const RowJob &job, RowSink sink)
      : job(job), sink(sink), workers(job.host.threads),
        exact(makeSide(job.attend, job.exact, job.attend.exactScore)) {
    if (!job.unfused.empty())
      unfused = makeSide(job.attend, job.unfused, job.attend.unfusedScore);
  }

  llvm::Error fold(RowsOfHead rowsOfHead) {
    const FoldSizes &sizes = job.sizes;
    std::vector<std::vector<RowIndex>> groups; // by (b, key head)
    size_t total = 0;
    for (int64_t b = 0; b < sizes.b; ++b)
      for (int64_t hk = 0; hk < sizes.hk; ++hk) {
        groups.push_back(rowsOfGroup(b, hk, rowsOfHead));
        total += groups.back().size();
      }
    size_t done = 0;
    for (size_t group = 0; group < groups.size() && error.empty(); ++group) {
      if (groups[group].empty())
        continue;
      loadHeads(group / sizes.hk, group % sizes.hk);
      foldGroup(groups[group], done, total);
      done += groups[group].size();
    }
    return error.empty() ? llvm::Error::success()
                         : llvm::createStringError(error);
  }

private:
  std::vector<RowIndex> rowsOfGroup(int64_t b, int64_t hk,
                                    RowsOfHead rowsOfHead) const {
    int64_t perGroup = job.sizes.hq / job.sizes.hk;
    std::vector<RowIndex> rows;
    for (int64_t h = hk * perGroup; h < (hk + 1) * perGroup; ++h)
      for (int64_t i : rowsOfHead(b, h))
        rows.push_back({b, h, i});
    return rows;
  }

  void loadHeads(int64_t b, int64_t hk) {
    const Attend &attend = job.attend;
    auto load = [&](llvm::ArrayRef<Tensor> values) {
      return std::make_shared<const KeyHead>(
          KeyHead::load(values[attend.k], values[attend.v], b, hk, job.host));
    };
    exact.head = load(job.exact);
    if (!unfused)
      return;
    bool isShared = job.unfused[attend.k].data == job.exact[attend.k].data &&
                    job.unfused[attend.v].data == job.exact[attend.v].data;
    unfused->head = isShared ? exact.head : load(job.unfused);
  }

  void foldGroup(const std::vector<RowIndex> &rows, size_t before,
                 size_t total) {
    std::atomic<size_t> done{before};
    size_t tasks = (rows.size() + kRowsPerTask - 1) / kRowsPerTask;
    job.host.forEach(tasks, [&](int64_t task, int64_t worker) {
      size_t end = std::min(rows.size(), (task + 1) * kRowsPerTask);
      for (size_t n = task * kRowsPerTask; n < end && !failed; ++n) {
        foldOne(rows[n], workers[worker]);
        if (job.host.progress)
          job.host.progress(job.host.progressContext, double(++done) / total);
      }
    });
  }

  void foldOne(const RowIndex &index, Worker &worker) {
    const FoldSizes &sizes = job.sizes;
    worker.visible.resize(sizes.lk);
    job.attend.mask({job.arguments, index.b, index.i, sizes.lq, sizes.lk},
                    worker.visible.data());
    worker.keys.clear();
    for (int64_t j = 0; j < sizes.lk; ++j)
      if (worker.visible[j])
        worker.keys.push_back(j);
    if (!foldSide(exact, index, worker, worker.exactFrame, worker.exact))
      return;
    if (!unfused)
      return sink(worker.exact, nullptr, nullptr);
    RowFacts facts;
    // foldSide leaves the query in worker.query: facts are of the exact one.
    std::vector<float> query = worker.query;
    if (!foldSide(*unfused, index, worker, worker.unfusedFrame, worker.unfused))
      return;
    facts = gatherFacts(*exact.head, query.data(), exact.rule.scale,
                        worker.keys, worker.exact, worker.unfused);
    sink(worker.exact, &worker.unfused, &facts);
  }

  template <typename T>
  bool foldSide(const Side<T> &side, const RowIndex &index, Worker &worker,
                std::optional<Frame<T>> &frame, Row<T> &row) {
    worker.query.resize(job.sizes.d);
    loadRow(side.q, getOffset(side.q, {index.b, index.h, index.i}), job.sizes.d,
            worker.query.data());
    if (side.rule.score && !frame)
      frame =
          side.rule.score->makeFrame(side.tables, job.sizes.lq, job.sizes.lk);
    row.b = index.b;
    row.h = index.h;
    row.i = index.i;
    foldRow(side.rule, *side.head, worker.query.data(), worker.keys,
            frame ? &*frame : nullptr, row);
    if (!frame || frame->error.empty())
      return true;
    remember(frame->error + " (batch " + std::to_string(index.b) + ", head " +
             std::to_string(index.h) + ", query " + std::to_string(index.i) +
             ")");
    return false;
  }

  void remember(std::string text) {
    std::lock_guard<std::mutex> lock(mutex);
    if (error.empty())
      error = std::move(text);
    failed = true;
  }

  const RowJob &job;
  RowSink sink;
  std::vector<Worker> workers;
  Side<double> exact;
  std::optional<Side<float>> unfused;
  std::mutex mutex;
  std::string error; ///< Guarded by mutex while rows are folded.
  std::atomic<bool> failed{false};
};

} // namespace

llvm::Error forEachRow(const RowJob &job, RowsOfHead rowsOfHead, RowSink sink) {
  return RowFolder(job, sink).fold(rowsOfHead);
}

} // namespace attn::reference
