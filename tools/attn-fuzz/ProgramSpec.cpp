//===- ProgramSpec.cpp - A random program over the whole core -------------===//

#include "ProgramSpec.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace attn::fuzz {

bool ProgramSpec::hasCodes() const {
  return llvm::all_of(
      folds, [](const FoldSpec &fold) { return fold.score.keepsZero; });
}

ProgramSpec withValueColumns(ProgramSpec spec, int64_t dv) {
  spec.dv = dv;
  auto widen = [&](Argument &tensor) {
    for (Axis &axis : tensor.shape)
      if (axis.letter == "Dv")
        axis.size = dv;
  };
  for (Argument &argument : spec.arguments)
    widen(argument);
  for (ResultSpec &result : spec.results)
    widen(result.tensor);
  return spec;
}

int64_t getJudgedColumns(int64_t dv) {
  constexpr int64_t kLeastColumns = 64;
  return std::max<int64_t>(1, llvm::divideCeil(kLeastColumns, dv)) * dv;
}

std::vector<Axis> rowAxes(const ProgramSpec &spec, const TokenAxis &tokens,
                          const Axis &heads, std::optional<Axis> channels) {
  std::vector<Axis> axes{heads, {tokens.letter, tokens.tokens, spec.isStatic}};
  if (tokens.form != Form::Packed)
    axes.insert(axes.begin(), {"B", spec.b, spec.isStatic});
  if (channels)
    axes.push_back(*channels);
  return axes;
}

Spec getStreamSpec(const ProgramSpec &spec, const StreamSpec &stream) {
  Spec sizes;
  sizes.seed = spec.seed;
  sizes.dtype = spec.dtype;
  sizes.b = spec.b;
  sizes.hq = spec.hq;
  sizes.hk = stream.hk;
  sizes.lq = spec.queries.tokens;
  sizes.lk = stream.keys.tokens;
  sizes.d = spec.d;
  sizes.dv = spec.dv;
  sizes.sameLength = spec.queries.letter == stream.keys.letter;
  sizes.isStatic = spec.isStatic;
  sizes.dynamicHeads = spec.dynamicHeads;
  sizes.queryLetter = spec.queries.letter;
  sizes.keyLetter = stream.keys.letter;
  sizes.arguments = spec.arguments;
  return sizes;
}

std::vector<ResultSpec> getFoldResults(const ProgramSpec &spec, unsigned f) {
  const FoldSpec &fold = spec.folds[f];
  std::string n = std::to_string(f);
  Axis heads{spec.dynamicHeads ? "H" : "Hq", spec.hq, !spec.dynamicHeads};
  auto rows = [&](std::optional<Axis> channels) {
    return rowAxes(spec, spec.queries, heads, std::move(channels));
  };
  Axis dv{"Dv", spec.dv, true};
  std::vector<ResultSpec> results{
      {{"o" + n, spec.dtype, rows(dv)}, f, Part::Out}};
  auto addNumber = [&](std::string name, Part part) {
    results.push_back({{std::move(name), ATTN_F32, rows({})}, f, part});
  };
  if (fold.lse)
    addNumber("lse" + n, Part::Lse);
  for (size_t s = 0; fold.mass && s < fold.streams.size(); ++s)
    addNumber("mass" + n + "_" + std::to_string(s), Part::Mass);
  if (!fold.state)
    return results;
  addNumber("rm" + n, Part::Maximum);
  addNumber("rl" + n, Part::Sum);
  results.push_back({{"ra" + n, ATTN_F32, rows(dv)}, f, Part::Values});
  return results;
}

} // namespace attn::fuzz
