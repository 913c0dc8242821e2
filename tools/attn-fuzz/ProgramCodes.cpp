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

/// Zero where a token is someone's: that is where q is not NaN, or was.
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

/// Which streams show in fold `f`, and how often they are rounded on the way.
void addReach(const ProgramSpec &spec, unsigned f, std::vector<bool> &reach,
              int &roundings) {
  for (auto [g, at] : llvm::enumerate(getStreams(spec)))
    if (at.fold == f)
      reach[g] = true;
  for (const StateSpec &state : spec.folds[f].states)
    if (state.fold >= 0) {
      ++roundings;
      addReach(spec, state.fold, reach, roundings);
    }
}

/// Judges one fold whose results lie in `data`.
class FoldJudge {
public:
  FoldJudge(const ProgramSpec &spec, const Data &data,
            const reference::VisibilityCodes &codes, int64_t round,
            const VisibleKeys &visible, unsigned f)
      : spec(spec), codes(codes), round(round), visible(visible),
        reach(codes.keys.size()) {
    addReach(spec, f, reach, roundings);
    for (auto [result, tensor] : llvm::zip(spec.results, data.results))
      if (result.fold == f)
        parts[result.part] = &tensor;
  }

  /// Each intermediate result is rounded like a result: one bound more.
  double judge() {
    double worst = 0;
    for (int64_t b = 0; b < spec.b; ++b)
      for (int64_t h = 0; h < spec.hq; ++h)
        for (int64_t i = 0; i < visible.getQueries()[b].size; ++i) {
          double ratio = judgeRow(b, h, i) / (1 + roundings);
          if (!(ratio <= worst))
            worst = ratio;
        }
    return worst;
  }

private:
  double judgeRow(int64_t b, int64_t h, int64_t i) {
    reference::VisibilityRow row;
    row.round = round;
    row.type = convert(spec.dtype);
    for (auto [g, at] : llvm::enumerate(getStreams(spec))) {
      const StreamSpec &stream = spec.folds[at.fold].streams[at.stream];
      int64_t head =
          stream.heads.empty() ? h / (spec.hq / stream.hk) : stream.heads[h];
      row.streams.push_back(
          {b * stream.hk + head,
           reach[g] ? visible.get(g, b, h, i) : llvm::ArrayRef<uint8_t>()});
    }
    const Sequence &sequence = visible.getQueries()[b];
    RowPlace number{spec.queries, spec.hq, 1};
    RowPlace vector{spec.queries, spec.hq, spec.dv};
    int64_t n = number.position(b, sequence, h, i, 0);
    int64_t first = vector.position(b, sequence, h, i, 0);
    double worst = 0;
    std::vector<double> out(spec.dv);
    if (parts.count(Part::Out)) {
      for (int64_t c = 0; c < spec.dv; ++c)
        out[c] = parts[Part::Out]->get(first + c);
      row.out = out;
      if (parts.count(Part::Lse))
        row.lse = parts[Part::Lse]->get(n);
      worst = reference::getVisibilityRatio(codes, row);
    }
    if (parts.count(Part::Values) && parts.count(Part::Sum)) {
      double sum = parts[Part::Sum]->get(n);
      for (int64_t c = 0; c < spec.dv; ++c)
        out[c] = sum == 0 ? 0 : parts[Part::Values]->get(first + c) / sum;
      row.out = out;
      row.lse.reset();
      double ratio = reference::getVisibilityRatio(codes, row);
      worst = ratio <= worst ? worst : ratio;
    }
    return worst;
  }

  const ProgramSpec &spec;
  const reference::VisibilityCodes &codes;
  int64_t round;
  const VisibleKeys &visible;
  std::vector<bool> reach;
  int roundings = 0;
  std::map<Part, const HostTensor *> parts;
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
  double worst = 0;
  for (unsigned f = 0; f < spec.folds.size(); ++f) {
    double ratio = FoldJudge(spec, data, codes, round, visible, f).judge();
    if (!(ratio <= worst))
      worst = ratio;
  }
  return worst;
}

} // namespace attn::fuzz
