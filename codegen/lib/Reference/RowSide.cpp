//===- RowSide.cpp - One of the two programs, ready to fold rows ----------===//

#include "RowSide.h"
#include "Number.h"

namespace attn::reference {

template <typename T>
RowSide<T>::RowSide(const RowJob &job, llvm::ArrayRef<Tensor> values,
                    const std::optional<RegionProgram<T>> &score)
    : rule{static_cast<T>(job.fold.scale), job.fold.type, job.sizes.dv,
           score ? &*score : nullptr},
      heads(job.fold.streams.size()), job(job), values(values) {
  for (const Capture &capture : job.fold.captures)
    tables.push_back(values[capture.value]);
}

template <typename T>
llvm::SmallVector<VisibleKeys>
RowSide<T>::getVisible(llvm::ArrayRef<std::vector<int64_t>> keys) const {
  llvm::SmallVector<VisibleKeys> visible;
  for (size_t s = 0; s < keys.size(); ++s)
    visible.push_back({heads[s].get(), keys[s]});
  return visible;
}

template <typename T>
std::string RowSide<T>::fold(const RowIndex &index,
                             llvm::ArrayRef<std::vector<int64_t>> keys,
                             RowWork<T> &work) const {
  const auto &[b, h, i] = index;
  if (job.fold.q) {
    const Tensor &q = values[*job.fold.q];
    work.query.resize(job.sizes.d);
    loadRow(q, job.sizes.queries.getOffset(q, b, h, i), job.sizes.d,
            work.query.data());
  }
  loadFolded(index, work.folded);
  if (rule.score) {
    if (!work.frame)
      work.frame = rule.score->makeFrame(tables, 0, 0);
    work.frame->queries = job.sizes.queries.getLength(b);
  }
  work.row.b = b;
  work.row.h = h;
  work.row.i = i;
  foldRow<T>(rule, getVisible(keys), work.folded, work.query.data(),
             work.frame ? &*work.frame : nullptr, work.row);
  return work.frame ? work.frame->error : "";
}

template <typename T>
void RowSide<T>::loadFolded(const RowIndex &index,
                            std::vector<FoldedKeys> &folded) const {
  auto offsetIn = [&](const Tensor &tensor) {
    return job.sizes.queries.getOffset(tensor, index.b, index.h, index.i);
  };
  auto number = [&](unsigned value) {
    return static_cast<float>(
        loadFloat(values[value], offsetIn(values[value])));
  };
  folded.resize(job.fold.states.size() + (job.fold.sink ? 1 : 0));
  for (size_t n = 0; n < job.fold.states.size(); ++n) {
    const State &state = job.fold.states[n];
    FoldedKeys &keys = folded[n];
    keys.logit = number(state.logit);
    keys.sum = state.sum ? number(*state.sum) : 1;
    keys.isSum = state.sum.has_value();
    keys.values.resize(job.sizes.dv);
    loadRow(values[state.values], offsetIn(values[state.values]), job.sizes.dv,
            keys.values.data());
  }
  if (!job.fold.sink)
    return;
  const Tensor &sink = values[*job.fold.sink];
  folded.back().logit =
      static_cast<float>(loadFloat(sink, getOffset(sink, {index.h})));
}

template class RowSide<double>;
template class RowSide<float>;

} // namespace attn::reference
