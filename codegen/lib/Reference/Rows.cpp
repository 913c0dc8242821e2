//===- Rows.cpp - Folds rows over threads ---------------------------------===//
//
// Heads that read the same key heads are folded one after the other, so that
// keys are converted once; their rows are shared among the threads.
//
//===----------------------------------------------------------------------===//

#include "Rows.h"
#include "Number.h"
#include "RowSide.h"

#include <atomic>
#include <map>
#include <mutex>

namespace attn::reference {
namespace {

constexpr size_t kRowsPerTask = 8;

/// Rows of one sequence that read the same key heads.
struct RowGroup {
  int64_t b;
  std::vector<int64_t> keyHeads; ///< One per stream.
  std::vector<RowIndex> rows;
};

/// What a thread keeps between rows.
struct Worker {
  std::vector<uint8_t> visible;
  std::vector<std::vector<int64_t>> keys; ///< Visible ones of each stream.
  RowWork<double> exact;
  RowWork<float> unfused;
  std::vector<StateSlack> slack;
};

class RowFolder {
public:
  RowFolder(const RowJob &job, RowSink sink)
      : job(job), sink(sink), workers(job.host.threads),
        exact(job, job.exact, job.fold.exactScore) {
    if (!job.unfused.empty())
      unfused.emplace(job, job.unfused, job.fold.unfusedScore);
  }

  llvm::Error fold(RowsOfHead rowsOfHead) {
    std::vector<RowGroup> groups = makeGroups(rowsOfHead);
    size_t total = 0, done = 0;
    for (const RowGroup &group : groups)
      total += group.rows.size();
    for (const RowGroup &group : groups) {
      if (failed)
        break;
      loadHeads(group);
      foldGroup(group.rows, done, total);
      done += group.rows.size();
    }
    return error.empty() ? llvm::Error::success()
                         : llvm::createStringError(error);
  }

private:
  std::vector<RowGroup> makeGroups(RowsOfHead rowsOfHead) const {
    std::vector<RowGroup> groups;
    for (int64_t b = 0; b < job.sizes.b; ++b) {
      std::map<std::vector<int64_t>, std::vector<RowIndex>> rows;
      for (int64_t h = 0; h < job.sizes.hq; ++h) {
        std::vector<RowIndex> &group = rows[keyHeadsOf(h)];
        for (int64_t i : rowsOfHead(b, h))
          group.push_back({b, h, i});
      }
      for (auto &[heads, group] : rows)
        if (!group.empty())
          groups.push_back({b, heads, std::move(group)});
    }
    return groups;
  }

  std::vector<int64_t> keyHeadsOf(int64_t h) const {
    std::vector<int64_t> heads;
    for (auto [stream, sizes] : llvm::zip(job.fold.streams, job.sizes.streams))
      heads.push_back(getKeyHead(stream, job.sizes, sizes, h));
    return heads;
  }

  void loadHeads(const RowGroup &group) {
    for (size_t s = 0; s < group.keyHeads.size(); ++s) {
      const Stream &stream = job.fold.streams[s];
      auto load = [&](llvm::ArrayRef<Tensor> values) {
        return std::make_shared<const KeyHead>(KeyHead::load(
            values[stream.k], values[stream.v], job.sizes.streams[s].keys,
            group.b, group.keyHeads[s], job.host));
      };
      exact.heads[s] = load(job.exact);
      if (!unfused)
        continue;
      bool isShared = job.unfused[stream.k].data == job.exact[stream.k].data &&
                      job.unfused[stream.v].data == job.exact[stream.v].data;
      unfused->heads[s] = isShared ? exact.heads[s] : load(job.unfused);
    }
  }

  void foldGroup(const std::vector<RowIndex> &rows, size_t before,
                 size_t total) {
    std::atomic<size_t> done{before};
    size_t tasks = (rows.size() + kRowsPerTask - 1) / kRowsPerTask;
    job.host.forEach(tasks, [&](int64_t task, int64_t worker) {
      size_t end = std::min(rows.size(), (task + 1) * kRowsPerTask);
      for (size_t n = task * kRowsPerTask; n < end && !failed; ++n) {
        std::string text = foldOne(rows[n], workers[worker]);
        if (!text.empty())
          remember(text, rows[n]);
        if (job.host.progress)
          job.host.progress(job.host.progressContext, double(++done) / total);
      }
    });
  }

  /// Returns "" or what is wrong.
  std::string foldOne(const RowIndex &index, Worker &worker) {
    std::string text = findKeys(index, worker);
    if (text.empty())
      text = exact.fold(index, worker.keys, worker.exact);
    if (!text.empty())
      return text;
    if (!unfused) {
      sink(worker.exact.row, nullptr, nullptr);
      return "";
    }
    text = unfused->fold(index, worker.keys, worker.unfused);
    if (!text.empty())
      return text;
    worker.slack.clear();
    for (const State &state : job.fold.states)
      worker.slack.push_back(
          {getSlack(state.logit, index), getSlack(state.values, index)});
    RowFacts facts =
        gatherFacts({exact.getVisible(worker.keys), worker.exact.folded,
                     worker.unfused.folded, worker.exact.query,
                     exact.rule.scale, worker.slack},
                    worker.exact.row, worker.unfused.row);
    sink(worker.exact.row, &worker.unfused.row, &facts);
    return "";
  }

  std::string findKeys(const RowIndex &index, Worker &worker) {
    worker.keys.resize(job.fold.streams.size());
    for (size_t s = 0; s < worker.keys.size(); ++s) {
      int64_t keys = job.sizes.streams[s].keys.getLength(index.b);
      worker.visible.resize(keys);
      std::string text = job.fold.streams[s].mask.evaluate(
          {job.arguments, index.b, index.h, index.i,
           job.sizes.queries.getLength(index.b), keys},
          worker.visible.data());
      if (!text.empty())
        return text;
      worker.keys[s].clear();
      for (int64_t j = 0; j < keys; ++j)
        if (worker.visible[j])
          worker.keys[s].push_back(j);
    }
    return "";
  }

  /// How far a device may be off in a value that a state has.
  double getSlack(unsigned value, const RowIndex &index) const {
    const Tensor &slack = job.slack[value];
    if (!slack.data)
      return 0;
    return loadFloat(
        slack, job.sizes.queries.getOffset(slack, index.b, index.h, index.i));
  }

  void remember(const std::string &text, const RowIndex &index) {
    std::lock_guard<std::mutex> lock(mutex);
    if (error.empty())
      error = text + " (batch " + std::to_string(index.b) + ", head " +
              std::to_string(index.h) + ", query " + std::to_string(index.i) +
              ")";
    failed = true;
  }

  const RowJob &job;
  RowSink sink;
  std::vector<Worker> workers;
  RowSide<double> exact;
  std::optional<RowSide<float>> unfused;
  std::mutex mutex;
  std::string error; ///< Guarded by mutex while rows are folded.
  std::atomic<bool> failed{false};
};

} // namespace

llvm::Error forEachRow(const RowJob &job, RowsOfHead rowsOfHead, RowSink sink) {
  return RowFolder(job, sink).fold(rowsOfHead);
}

} // namespace attn::reference
