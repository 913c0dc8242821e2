//===- ProgramData.cpp - Inputs of a random program -----------------------===//

#include "ProgramData.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace attn::fuzz {
namespace {

size_t indexOf(const ProgramSpec &spec, const std::string &name) {
  return llvm::find_if(spec.arguments,
                       [&](const Argument &a) { return a.name == name; }) -
         spec.arguments.begin();
}

Layout drawLayout(const Argument &argument, Random &random) {
  const std::string &last = argument.shape.back().letter;
  if (last != "D" && last != "Dv")
    return random.pick({Layout::Dense, Layout::Padded});
  return random.pick(
      {Layout::Dense, Layout::HeadsInside, Layout::Packed, Layout::Padded});
}

/// Now and then a number that its op clamps.
void fillLengths(const Argument &argument, HostTensor &tensor, Random &random) {
  for (int64_t n = 0; n < tensor.getCount(); ++n)
    tensor.set(n, random.once(8) ? random.pick<int64_t>({-1, 0, argument.most,
                                                         argument.most + 7})
                                 : random.range(0, argument.most));
}

void fillOffsets(const Argument &argument, HostTensor &tensor, Random &random) {
  std::vector<int64_t> offsets;
  for (int64_t n = 0; n < tensor.getCount(); ++n)
    offsets.push_back(random.range(0, argument.most));
  std::sort(offsets.begin(), offsets.end());
  if (random.once(2))
    offsets.front() = 0;
  if (random.once(2))
    offsets.back() = argument.most;
  if (random.once(8))
    offsets[random.range(0, offsets.size() - 1)] =
        random.pick<int64_t>({-2, argument.most + 3, argument.most / 2});
  for (int64_t n = 0; n < tensor.getCount(); ++n)
    tensor.set(n, offsets[n]);
}

double drawValue(Fill fill, Random &random) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  double x = random.normal();
  switch (fill) {
  case Fill::Logit:
  case Fill::Sink:
    return random.once(8) ? -kInfinity : random.once(16) ? 1e4 * x : 2 * x;
  case Fill::Sum:
    return random.once(8) ? 0 : 1 + x * x;
  default:
    return x;
  }
}

void fillProgramArgument(const ProgramSpec &spec, const Argument &argument,
                         HostTensor &tensor, Random &random) {
  if (argument.fill == Fill::Lengths)
    return fillLengths(argument, tensor, random);
  if (argument.fill == Fill::Offsets)
    return fillOffsets(argument, tensor, random);
  if (argument.dtype == ATTN_I32)
    return fill(getStreamSpec(spec, spec.folds[0].streams[0]), argument, tensor,
                random);
  double factor = argument.name == "q" ? spec.queryFactor : 1;
  for (int64_t n = 0; n < tensor.getCount(); ++n)
    tensor.set(n, factor * drawValue(argument.fill, random));
}

/// NaN in the tokens of no sequence.
void disown(const ProgramSpec &spec, const std::string &name,
            const TokenAxis &axis, int64_t heads, Data &data) {
  HostTensor &tensor = data.arguments[indexOf(spec, name)];
  std::vector<double> owned(tensor.getCount(), std::nan(""));
  const std::string &last =
      spec.arguments[indexOf(spec, name)].shape.back().letter;
  int64_t channels = last == "D" || last == "Dv" ? tensor.getSizes().back() : 1;
  RowPlace place{axis, heads, channels};
  std::vector<Sequence> sequences = getSequences(spec, axis, data);
  for (int64_t b = 0; b < spec.b; ++b)
    for (int64_t h = 0; h < heads; ++h)
      for (int64_t i = 0; i < sequences[b].size; ++i)
        for (int64_t c = 0; c < channels; ++c) {
          int64_t n = place.position(b, sequences[b], h, i, c);
          owned[n] = tensor.get(n);
        }
  for (int64_t n = 0; n < tensor.getCount(); ++n)
    tensor.set(n, owned[n]);
}

/// The values of a state of no key are nobody's.
void clearEmptyStates(const ProgramSpec &spec, const StateSpec &state,
                      Data &data, Random &random) {
  auto part = [&](size_t n) -> HostTensor & {
    return data.arguments[indexOf(spec, state.parts[n])];
  };
  bool isThree = state.parts.size() == 3;
  HostTensor &values = part(isThree ? 2 : 0), &logit = part(isThree ? 0 : 1);
  for (int64_t n = 0; n < logit.getCount(); ++n) {
    bool isEmpty = std::isinf(logit.get(n)) || (isThree && part(1).get(n) == 0);
    for (int64_t c = 0; isEmpty && c < spec.dv; ++c)
      values.set(n * spec.dv + c, random.once(2) ? std::nan("") : HUGE_VAL);
  }
}

void disownAll(const ProgramSpec &spec, Data &data, Random &random) {
  disown(spec, "q", spec.queries, spec.hq, data);
  for (const FoldSpec &fold : spec.folds) {
    for (const StreamSpec &stream : fold.streams)
      for (const std::string &name : {stream.k, stream.v})
        disown(spec, name, stream.keys, stream.hk, data);
    for (const StateSpec &state : fold.states) {
      if (state.fold >= 0)
        continue;
      clearEmptyStates(spec, state, data, random);
      for (const std::string &name : state.parts)
        disown(spec, name, spec.queries, spec.hq, data);
    }
  }
}

void poisonStream(const ProgramSpec &spec, const StreamSpec &stream, size_t g,
                  Data &data, Random &random, const VisibleKeys &visible) {
  const double nan = std::nan(""), infinity = HUGE_VAL;
  HostTensor &k = data.arguments[indexOf(spec, stream.k)];
  HostTensor &v = data.arguments[indexOf(spec, stream.v)];
  RowPlace keys{stream.keys, stream.hk, spec.d};
  for (int64_t b = 0; b < spec.b; ++b) {
    Sequence sequence = visible.getKeys(g)[b];
    for (int64_t j = 0; j < sequence.size; ++j) {
      bool isSeen = false;
      for (int64_t h = 0; h < spec.hq; ++h)
        for (int64_t i = 0; i < visible.getQueries()[b].size && !isSeen; ++i)
          isSeen = visible.get(g, b, h, i)[j];
      double hidden = random.pick({nan, nan, infinity, -infinity});
      for (int64_t h = 0; !isSeen && h < stream.hk; ++h)
        for (int64_t d = 0; d < spec.d; ++d)
          k.set(keys.position(b, sequence, h, j, d), hidden);
    }
    if (!sequence.size || !random.once(8))
      continue;
    int64_t h = random.range(0, stream.hk - 1);
    int64_t j = random.range(0, sequence.size - 1);
    if (!stream.mask && random.once(2)) {
      RowPlace values{stream.keys, stream.hk, spec.dv};
      v.set(values.position(b, sequence, h, j, random.range(0, spec.dv - 1)),
            nan);
      continue;
    }
    k.set(keys.position(b, sequence, h, j, random.range(0, spec.d - 1)),
          random.pick({nan, infinity, -infinity}));
  }
}

} // namespace

Data drawData(const ProgramSpec &spec, Random &random,
              llvm::ArrayRef<int64_t> alignments) {
  Data data;
  auto add = [&](const Argument &tensor, std::vector<HostTensor> &list) {
    std::vector<int64_t> sizes;
    for (const Axis &axis : tensor.shape)
      sizes.push_back(axis.size);
    size_t n = data.arguments.size() + data.results.size();
    list.emplace_back(tensor.dtype, sizes, drawLayout(tensor, random),
                      alignments.empty() ? 0 : alignments[n]);
  };
  for (const Argument &argument : spec.arguments) {
    add(argument, data.arguments);
    fillProgramArgument(spec, argument, data.arguments.back(), random);
  }
  for (const ResultSpec &result : spec.results)
    add(result.tensor, data.results);
  disownAll(spec, data, random);
  return data;
}

std::vector<Sequence> getSequences(const ProgramSpec &spec,
                                   const TokenAxis &axis, const Data &data) {
  std::vector<Sequence> sequences;
  auto clamp = [&](int64_t n, int64_t least) {
    return std::max(least, std::min(n, axis.tokens));
  };
  auto number = [&](int64_t n) {
    const HostTensor &table = data.arguments[indexOf(spec, axis.table)];
    return static_cast<int64_t>(table.get(n));
  };
  int64_t begin = axis.form == Form::Packed ? clamp(number(0), 0) : 0;
  for (int64_t b = 0; b < spec.b; ++b) {
    if (axis.form != Form::Packed) {
      bool isFull = axis.form == Form::Full;
      sequences.push_back({0, isFull ? axis.tokens : clamp(number(b), 0)});
      continue;
    }
    int64_t end = clamp(number(b + 1), begin);
    sequences.push_back({begin, end - begin});
    begin = end;
  }
  return sequences;
}

std::vector<StreamOfFold> getStreams(const ProgramSpec &spec) {
  std::vector<StreamOfFold> streams;
  for (unsigned f = 0; f < spec.folds.size(); ++f)
    for (unsigned s = 0; s < spec.folds[f].streams.size(); ++s)
      streams.push_back({f, s});
  return streams;
}

llvm::Expected<VisibleKeys>
VisibleKeys::create(const ProgramSpec &spec, Data &data,
                    const reference::Program &oracle) {
  VisibleKeys visible;
  visible.sequences = fuzz::getSequences(spec, spec.queries, data);
  std::vector<reference::Tensor> views = data.views();
  for (auto [f, s] : getStreams(spec)) {
    visible.keys.push_back(
        fuzz::getSequences(spec, spec.folds[f].streams[s].keys, data));
    auto &rows = visible.rows.emplace_back(spec.b);
    for (int64_t b = 0; b < spec.b; ++b)
      for (int64_t h = 0; h < spec.hq; ++h)
        for (int64_t i = 0; i < visible.sequences[b].size; ++i) {
          auto row = oracle.visible(views, {f, s, b, h, i});
          if (!row)
            return row.takeError();
          rows[b].push_back(std::move(*row));
        }
  }
  return visible;
}

void poison(const ProgramSpec &spec, Data &data, Random &random,
            const VisibleKeys &visible) {
  for (auto [g, at] : llvm::enumerate(getStreams(spec)))
    poisonStream(spec, spec.folds[at.fold].streams[at.stream], g, data, random,
                 visible);
  Sequence first = visible.getQueries().front();
  if (!first.size || !random.once(4))
    return;
  RowPlace place{spec.queries, spec.hq, spec.d};
  int64_t row = random.range(0, first.size - 1);
  data.arguments[0].set(place.position(0, first, spec.hq - 1, row, 0),
                        std::nan(""));
}

/// Does an attend take part, directly or through states? A merge of arguments
/// has all rows.
static bool hasLengths(const ProgramSpec &spec, const FoldSpec &fold) {
  return !fold.isMerge || llvm::any_of(fold.states, [&](const StateSpec &s) {
    return s.fold >= 0 && hasLengths(spec, spec.folds[s.fold]);
  });
}

llvm::Error checkUnownedRows(const ProgramSpec &spec, const Data &data) {
  std::vector<Sequence> sequences = getSequences(spec, spec.queries, data);
  for (auto [result, tensor] : llvm::zip(spec.results, data.results)) {
    if (!hasLengths(spec, spec.folds[result.fold]))
      continue;
    bool hasChannels = result.part == Part::Out || result.part == Part::Values;
    RowPlace place{spec.queries, spec.hq, hasChannels ? spec.dv : 1};
    std::vector<bool> isOwned(tensor.getCount());
    for (int64_t b = 0; b < spec.b; ++b)
      for (int64_t h = 0; h < spec.hq; ++h)
        for (int64_t i = 0; i < sequences[b].size; ++i)
          for (int64_t c = 0; c < place.channels; ++c)
            isOwned[place.position(b, sequences[b], h, i, c)] = true;
    for (int64_t n = 0; n < tensor.getCount(); ++n)
      if (!isOwned[n] && !tensor.isClear(n))
        return llvm::createStringError("element " + std::to_string(n) +
                                       " of result '" + result.tensor.name +
                                       "' is of no sequence but was written");
  }
  return llvm::Error::success();
}

} // namespace attn::fuzz
