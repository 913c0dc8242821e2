//===- DrawProgram.cpp - A random program from a seed ---------------------===//

#include "ProgramSpec.h"

#include "attn/codegen/Visibility.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace attn::fuzz {
namespace {

/// Lengths around the edges of tiles, and some in between.
int64_t drawTokens(Random &random) {
  if (random.once(12))
    return random.pick<int64_t>({0, 1, 1, 2});
  if (random.once(3))
    return random.range(1, 200);
  return random.pick<int64_t>({16, 32, 48, 64, 96, 128, 192}) +
         random.range(-2, 2);
}

/// The larger, the longer its code compiles.
int64_t drawHeadSize(Random &random) {
  if (random.once(6))
    return random.pick<int64_t>({128, 192, 256});
  return random.pick<int64_t>({1, 3, 8, 16, 17, 32, 40, 64, 72, 80, 96});
}

class Drawer {
public:
  Drawer(uint64_t seed, bool isSixteenBit) : random(seed) {
    spec.seed = seed;
    spec.dtype = random.pick({ATTN_F32, ATTN_F16, ATTN_BF16});
    if (isSixteenBit && spec.dtype == ATTN_F32)
      spec.dtype = seed % 2 ? ATTN_F16 : ATTN_BF16;
  }

  ProgramSpec draw() {
    drawSizes();
    drawFolds();
    spec.dv = std::max<int64_t>(spec.dv, streams);
    limitF32Logits();
    addTensors();
    pickResults();
    return std::move(spec);
  }

private:
  void drawSizes() {
    spec.b = random.range(1, 3);
    spec.hq = random.pick<int64_t>({1, 2, 2, 3, 4, 6});
    spec.d = drawHeadSize(random);
    spec.dv = random.once(2) ? spec.d : drawHeadSize(random);
    spec.isStatic = random.once(4);
    spec.dynamicHeads = !spec.isStatic && random.once(4);
    if (random.once(8))
      spec.queryFactor = random.pick({30.0, 1000.0, 3000.0});
    spec.queries = drawAxis("L");
    spec.arguments.insert(spec.arguments.begin(),
                          Argument{"q", spec.dtype, {}});
  }

  TokenAxis drawAxis(std::string letter) {
    TokenAxis axis{
        random.pick({Form::Full, Form::Full, Form::PerBatch, Form::Packed}),
        std::move(letter), drawTokens(random), ""};
    if (axis.form == Form::Full)
      return axis;
    bool isPacked = axis.form == Form::Packed;
    axis.table = (isPacked ? "offsets" : "lens") + axis.letter;
    Axis length = isPacked ? Axis{"N", spec.b + 1, spec.isStatic}
                           : Axis{"B", spec.b, spec.isStatic};
    spec.arguments.push_back({axis.table,
                              ATTN_I32,
                              {length},
                              isPacked ? Fill::Offsets : Fill::Lengths,
                              axis.tokens});
    return axis;
  }

  void drawFolds() {
    switch (random.range(0, 9)) {
    case 0:
    case 1: // chain
      addAttend(/*feeds=*/true);
      addAttend(/*feeds=*/false, {0});
      break;
    case 2:
    case 3: // merge
      addAttend(/*feeds=*/true);
      if (random.once(2))
        return addMerge({0});
      addAttend(/*feeds=*/true);
      return addMerge({0, 1});
    default:
      addAttend(/*feeds=*/false);
    }
  }

  /// \param feeds another fold reads it.
  void addAttend(bool feeds, std::vector<int> from = {}) {
    FoldSpec fold;
    unsigned count = random.pick<unsigned>({1, 1, 1, 2, 2, 3});
    for (unsigned n = 0; n < count; ++n)
      fold.streams.push_back(drawStream());
    for (int n : from)
      fold.states.push_back(getState(n));
    if (random.once(6))
      fold.states.push_back(addStateArguments());
    if (random.once(4)) {
      fold.sink = "sink" + std::to_string(spec.folds.size());
      spec.arguments.push_back({fold.sink, ATTN_F32, {heads()}, Fill::Sink});
    }
    fold.lse = !random.once(3);
    fold.mass = random.once(4);
    fold.state = fold.sink.empty() && random.once(3);
    fold.lse |= feeds && !fold.state;
    if (random.once(2))
      fold.scale = random.pick({0.125, 1.0, 0.3, -0.2});
    if (random.once(2))
      drawFoldScore(fold);
    spec.folds.push_back(std::move(fold));
  }

  void addMerge(const std::vector<int> &from) {
    FoldSpec fold;
    fold.isMerge = true;
    for (int n : from)
      fold.states.push_back(getState(n));
    if (fold.states.size() < 2 || random.once(4))
      fold.states.push_back(addStateArguments());
    fold.lse = random.once(2);
    spec.folds.push_back(std::move(fold));
  }

  StateSpec getState(int fold) {
    std::string n = std::to_string(fold);
    const FoldSpec &source = spec.folds[fold];
    if (source.state && (!source.lse || random.once(2)))
      return {{"rm" + n, "rl" + n, "ra" + n}, fold};
    return {{"o" + n, "lse" + n}, fold};
  }

  StateSpec addStateArguments() {
    std::string n = std::to_string(spec.arguments.size());
    Argument values{"sv" + n, ATTN_F32, {}, Fill::StateValues};
    Argument logit{"sx" + n, ATTN_F32, {}, Fill::Logit};
    if (random.once(2)) {
      spec.arguments.push_back(logit);
      spec.arguments.push_back({"sl" + n, ATTN_F32, {}, Fill::Sum});
      spec.arguments.push_back(values);
      return {{logit.name, "sl" + n, values.name}};
    }
    values.dtype = random.pick({ATTN_F32, spec.dtype});
    spec.arguments.push_back(values);
    spec.arguments.push_back(logit);
    return {{values.name, logit.name}};
  }

  StreamSpec drawStream() {
    StreamSpec stream;
    std::string n = std::to_string(streams++);
    stream.keys = random.once(2) ? spec.queries : drawAxis("Lk" + n);
    stream.k = "k" + n;
    stream.v = "v" + n;
    bool isMapped = !spec.dynamicHeads && random.once(4);
    stream.hk = spec.hq;
    if (isMapped) {
      stream.hk = random.range(1, 4);
      for (int64_t h = 0; h < spec.hq; ++h)
        stream.heads.push_back(random.range(0, stream.hk - 1));
    } else if (!spec.dynamicHeads) {
      do
        stream.hk = random.range(1, spec.hq);
      while (spec.hq % stream.hk);
    }
    spec.arguments.push_back({stream.k, spec.dtype, {}});
    spec.arguments.push_back({stream.v, spec.dtype, {}});
    if (random.once(3))
      return stream;
    Spec sizes = getStreamSpec(spec, stream);
    stream.mask = drawMask(random, sizes, MaskFamily::Any);
    spec.arguments = std::move(sizes.arguments);
    return stream;
  }

  /// Tables with an axis of keys are of one length: of streams that share it.
  void drawFoldScore(FoldSpec &fold) {
    Spec sizes = getStreamSpec(spec, fold.streams.front());
    std::string letter = keyAxis(sizes).letter;
    bool isShared = llvm::all_of(fold.streams, [&](const StreamSpec &stream) {
      return stream.keys.letter == letter;
    });
    do
      fold.score = drawScore(random, sizes);
    while (!isShared && llvm::any_of(fold.score.tables, [&](const Argument &t) {
      return llvm::any_of(
          t.shape, [&](const Axis &axis) { return axis.letter == letter; });
    }));
    for (Argument &table : fold.score.tables) {
      table.name += std::to_string(spec.folds.size());
      table.fill = table.fill == Fill::Normal ? Fill::ScoreTable : table.fill;
      spec.arguments.push_back(table);
    }
  }

  /// The error of a logit is that of a sum of D products in f32; the row bound
  /// knows the logit alone: codegen/lib/Reference/README.md, "The bound of
  /// out". A cap makes moderate logits of sums of any size.
  void limitF32Logits() {
    if (spec.dtype != ATTN_F32)
      return;
    if (spec.queryFactor < 1000 || hasCap())
      spec.queryFactor = 1;
    if (spec.d > 64)
      for (FoldSpec &fold : spec.folds)
        fold.scale.reset();
    if (spec.d > 128)
      spec.d /= 2;
  }

  bool hasCap() const {
    return llvm::any_of(spec.folds, [](const FoldSpec &fold) {
      return fold.score.name == "cap";
    });
  }

  Axis heads() const {
    return {spec.dynamicHeads ? "H" : "Hq", spec.hq, !spec.dynamicHeads};
  }

  /// The shapes of tensors with a row per token.
  void addTensors() {
    Axis d{"D", spec.d, true}, dv{"Dv", spec.dv, true};
    auto find = [&](const std::string &name) -> Argument & {
      return *llvm::find_if(spec.arguments, [&](const Argument &argument) {
        return argument.name == name;
      });
    };
    find("q").shape = rowAxes(spec, spec.queries, heads(), d);
    for (FoldSpec &fold : spec.folds) {
      for (StreamSpec &stream : fold.streams) {
        Axis keyHeads{spec.dynamicHeads ? "H" : "Hk" + stream.k, stream.hk,
                      !spec.dynamicHeads};
        find(stream.k).shape = rowAxes(spec, stream.keys, keyHeads, d);
        find(stream.v).shape = rowAxes(spec, stream.keys, keyHeads, dv);
      }
      for (StateSpec &state : fold.states)
        for (const std::string &part : state.parts)
          if (state.fold < 0)
            find(part).shape = rowAxes(spec, spec.queries, heads(),
                                       isValues(part) ? std::optional<Axis>(dv)
                                                      : std::nullopt);
    }
  }

  /// Are these the values of a state?
  static bool isValues(const std::string &part) {
    return part.rfind("sv", 0) == 0;
  }

  /// The last out, and some of the others.
  void pickResults() {
    for (unsigned f = 0; f < spec.folds.size(); ++f) {
      bool isLast = f + 1 == spec.folds.size();
      for (ResultSpec &result : getFoldResults(spec, f))
        if (isLast || (result.part == Part::Out && random.once(2)) ||
            random.once(3))
          spec.results.push_back(std::move(result));
    }
  }

  Random random;
  ProgramSpec spec;
  int64_t streams = 0;
};

/// Key tiles over all launches of a test, and one more per CTA.
int64_t countTiles(const ProgramSpec &spec) {
  reference::VisibilityCodes codes{{}, spec.dv};
  int64_t tiles = 0;
  for (const FoldSpec &fold : spec.folds)
    for (const StreamSpec &stream : fold.streams) {
      codes.keys.push_back(stream.keys.tokens);
      tiles += 1 + llvm::divideCeil(stream.keys.tokens, 128);
    }
  int64_t values = 2 * getJudgedColumns(spec.dv) / spec.dv;
  int64_t ctas = spec.b * spec.hq * llvm::divideCeil(spec.queries.tokens, 128);
  return (values + codes.getRounds()) * ctas * tiles;
}

constexpr int64_t kMostTiles = 150; ///< Well below a second on sim.

} // namespace

ProgramSpec drawProgram(uint64_t seed, bool isSixteenBit) {
  ProgramSpec spec = Drawer(seed, isSixteenBit).draw();
  for (Random next(seed); countTiles(spec) > kMostTiles;)
    spec = Drawer(next.next(), isSixteenBit).draw();
  spec.seed = seed;
  return spec;
}

} // namespace attn::fuzz
