//===- ProgramCodes.cpp - Who sees whom in a random program ---------------===//
//
// A fold shows the codes of its own streams and of the folds that its states
// come from: every state is used once, so each key counts once.
//
//===----------------------------------------------------------------------===//

#include "ProgramData.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

namespace attn::fuzz {
namespace {

void fillAll(HostTensor &tensor, double value) {
  for (int64_t n = 0; n < tensor.getCount(); ++n)
    tensor.set(n, value);
}

/// Sets the elements of tokens that are in a sequence.
void fillOwned(
    const ProgramSpec &spec, HostTensor &tensor,
    llvm::ArrayRef<Sequence> sequences, const RowPlace &place,
    llvm::function_ref<double(int64_t b, int64_t h, int64_t i, int64_t c)>
        value) {
  for (int64_t b = 0; b < spec.b; ++b)
    for (int64_t h = 0; h < place.heads; ++h)
      for (int64_t i = 0; i < sequences[b].size; ++i)
        for (int64_t c = 0; c < place.channels; ++c)
          tensor.set(place.position(b, sequences[b], h, i, c),
                     value(b, h, i, c));
}

reference::Dtype convert(AttnDtype dtype) {
  return dtype == ATTN_F32   ? reference::Dtype::F32
         : dtype == ATTN_F16 ? reference::Dtype::F16
                             : reference::Dtype::BF16;
}

/// Which streams show in each fold: its own and those of its states.
std::vector<std::vector<bool>> findReach(const ProgramSpec &spec) {
  std::vector<StreamOfFold> streams = getStreams(spec);
  std::vector<std::vector<bool>> reach(spec.folds.size());
  for (size_t f = 0; f < spec.folds.size(); ++f)
    for (size_t g = 0; g < streams.size(); ++g)
      reach[f].push_back(
          streams[g].fold == f ||
          llvm::any_of(spec.folds[f].states, [&](const StateSpec &state) {
            return state.fold >= 0 && reach[state.fold][g];
          }));
  return reach;
}

/// Judges the rows of all folds whose results lie in `data`.
class RowJudge {
public:
  RowJudge(const ProgramSpec &spec, const Data &data,
           const reference::VisibilityCodes &codes, int64_t round,
           const VisibleKeys &visible)
      : spec(spec), codes(codes), round(round), visible(visible),
        streams(getStreams(spec)), reach(findReach(spec)) {
    for (auto [result, tensor] : llvm::zip(spec.results, data.results))
      parts[{result.fold, result.part}] = &tensor;
  }

  double judge(unsigned f, int64_t b, int64_t h, int64_t i) const {
    reference::VisibilityRow row = makeRow(f, b, h, i);
    const Sequence &sequence = visible.getQueries()[b];
    int64_t n =
        RowPlace{spec.queries, spec.hq, 1}.position(b, sequence, h, i, 0);
    double outRatio = 0, stateRatio = 0;
    if (const HostTensor *out = find(f, Part::Out)) {
      if (const HostTensor *lse = find(f, Part::Lse))
        row.lse = lse->get(n);
      outRatio = judgeOut(row, *out, n, 1);
    }
    const HostTensor *values = find(f, Part::Values), *sum = find(f, Part::Sum);
    if (values && sum) {
      row.lse.reset();
      stateRatio = judgeOut(row, *values, n, sum->get(n));
    }
    return stateRatio <= outRatio ? outRatio : stateRatio; // NaN is a miss
  }

private:
  reference::VisibilityRow makeRow(unsigned f, int64_t b, int64_t h,
                                   int64_t i) const {
    reference::VisibilityRow row;
    row.round = round;
    row.type = convert(spec.dtype);
    for (size_t g = 0; g < streams.size(); ++g) {
      const StreamSpec &stream =
          spec.folds[streams[g].fold].streams[streams[g].stream];
      int64_t head =
          stream.heads.empty() ? h / (spec.hq / stream.hk) : stream.heads[h];
      row.streams.push_back(
          {b * stream.hk + head,
           reach[f][g] ? visible.get(g, b, h, i) : llvm::ArrayRef<uint8_t>()});
    }
    for (const StateSpec &state : spec.folds[f].states)
      if (state.fold >= 0)
        row.states.push_back(reference::getVisibilityBounds(
            codes, makeRow(state.fold, b, h, i)));
    return row;
  }

  /// \param sum that `tensor` is not divided by yet.
  double judgeOut(reference::VisibilityRow &row, const HostTensor &tensor,
                  int64_t n, double sum) const {
    std::vector<double> out(spec.dv);
    for (int64_t c = 0; c < spec.dv && sum != 0; ++c)
      out[c] = tensor.get(n * spec.dv + c) / sum;
    row.out = out;
    return reference::getVisibilityRatio(codes, row);
  }

  const HostTensor *find(unsigned f, Part part) const {
    auto it = parts.find({f, part});
    return it == parts.end() ? nullptr : it->second;
  }

  const ProgramSpec &spec;
  const reference::VisibilityCodes &codes;
  int64_t round;
  const VisibleKeys &visible;
  std::vector<StreamOfFold> streams;
  std::vector<std::vector<bool>> reach;
  std::map<std::pair<unsigned, Part>, const HostTensor *> parts;
};

} // namespace

reference::VisibilityCodes getCodes(const ProgramSpec &spec) {
  reference::VisibilityCodes codes{{}, spec.dv};
  for (auto [f, s] : getStreams(spec))
    codes.keys.push_back(spec.folds[f].streams[s].keys.tokens);
  return codes;
}

void fillVisibilityRound(const ProgramSpec &spec, Data &data,
                         const reference::VisibilityCodes &codes,
                         int64_t round) {
  auto find = [&](const std::string &name) -> HostTensor & {
    for (auto [argument, tensor] : llvm::zip(spec.arguments, data.arguments))
      if (argument.name == name)
        return tensor;
    llvm_unreachable("no such argument");
  };
  auto zero = [](int64_t, int64_t, int64_t, int64_t) { return 0.0; };
  fillOwned(spec, data.arguments[0], getSequences(spec, spec.queries, data),
            {spec.queries, spec.hq, spec.d}, zero);
  for (auto [argument, tensor] : llvm::zip(spec.arguments, data.arguments)) {
    if (argument.fill == Fill::ScoreTable)
      fillAll(tensor, 0);
    if (argument.fill == Fill::Sink || argument.fill == Fill::Logit)
      fillAll(tensor, -HUGE_VAL);
  }
  // The ids of the score region "segments" hide keys with a logit of -inf.
  for (const FoldSpec &fold : spec.folds)
    for (const Argument &table : fold.score.tables)
      fillAll(find(table.name), 0);
  for (auto [g, at] : llvm::enumerate(getStreams(spec))) {
    const StreamSpec &stream = spec.folds[at.fold].streams[at.stream];
    std::vector<Sequence> keys = getSequences(spec, stream.keys, data);
    fillOwned(spec, find(stream.k), keys, {stream.keys, stream.hk, spec.d},
              zero);
    fillOwned(spec, find(stream.v), keys, {stream.keys, stream.hk, spec.dv},
              [&, g = g](int64_t b, int64_t h, int64_t j, int64_t c) {
                return codes.getValue(round, g, b * stream.hk + h, j, c);
              });
  }
}

double judgeVisibilityRound(const ProgramSpec &spec, const Data &data,
                            const reference::VisibilityCodes &codes,
                            int64_t round, const VisibleKeys &visible) {
  RowJudge judge(spec, data, codes, round, visible);
  double worst = 0;
  for (unsigned f = 0; f < spec.folds.size(); ++f)
    for (int64_t b = 0; b < spec.b; ++b)
      for (int64_t h = 0; h < spec.hq; ++h)
        for (int64_t i = 0; i < visible.getQueries()[b].size; ++i) {
          double ratio = judge.judge(f, b, h, i);
          if (!(ratio <= worst))
            worst = ratio;
        }
  return worst;
}

} // namespace attn::fuzz
