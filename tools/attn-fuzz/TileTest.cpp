//===- TileTest.cpp - Mask analysis against every pair --------------------===//
//
// For random masks and lengths: the predicate that analysis builds is the
// mask's, a tile called empty has no visible pair, a tile called full has no
// other. How often it could have said more is counted.
//
//===----------------------------------------------------------------------===//

#include "ArithmeticMask.h"
#include "Data.h"
#include "GridMask.h"
#include "Session.h"
#include "Tests.h"

#include "attn/codegen/Compiler.h"
#include "attn/codegen/TileClasses.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using attn::reference::Tile;
using attn::reference::TileClass;
using attn::reference::TileClasses;

namespace attn::fuzz {
namespace {

/// Soundness is checked for every shape, precision measured for 64 x 64 (CPU)
/// and 128 x 128 (GPU).
struct TileShape {
  int64_t rows, keys;
  bool isMeasured;
};
constexpr int64_t kMeasuredHeads = 2; ///< So that masks weigh alike.
constexpr TileShape kTiles[] = {
    {64, 64, true}, {128, 128, true}, {48, 32, false}, {16, 7, false}};

/// Counts over tiles of masks that show some pair. Those that contradict
/// themselves count apart: nothing of them is visible.
struct Precision {
  int64_t visible = 0;      ///< Hold a visible pair.
  int64_t visitedEmpty = 0; ///< Called partial or full, hold none.
  int64_t partialFull = 0;  ///< Called partial, hold no invisible pair.
  int64_t blind = 0;        ///< Masks that show no pair.
  int64_t masks = 0;

  void add(const Precision &other) {
    visible += other.visible;
    visitedEmpty += other.visible ? other.visitedEmpty : 0;
    partialFull += other.partialFull;
    blind += other.blind;
    masks += other.masks;
  }

  double percent(int64_t count) const {
    return visible ? 100.0 * count / visible : 0;
  }
};

/// Visible pairs of any rectangle of one batch, by sums over prefixes.
class PairCounter {
public:
  PairCounter(llvm::ArrayRef<std::vector<uint8_t>> rows, int64_t keys)
      : width(keys + 1), sums((rows.size() + 1) * width) {
    for (size_t i = 0; i < rows.size(); ++i)
      for (int64_t j = 0; j < keys; ++j)
        at(i + 1, j + 1) = rows[i][j] + at(i, j + 1) + at(i + 1, j) - at(i, j);
  }
  int64_t count(const Tile &tile) {
    return at(tile.q1 + 1, tile.k1 + 1) - at(tile.q0, tile.k1 + 1) -
           at(tile.q1 + 1, tile.k0) + at(tile.q0, tile.k0);
  }

private:
  int64_t &at(int64_t i, int64_t j) { return sums[i * width + j]; }
  int64_t width;
  std::vector<int64_t> sums;
};

/// One mask at one launch.
class TileTest {
public:
  TileTest(const Spec &spec, TileClasses classes,
           const std::vector<std::vector<uint8_t>> &visible)
      : spec(spec), classes(std::move(classes)), visible(visible) {}

  llvm::Error run(Precision &precision) {
    for (int64_t b = 0; b < spec.b; ++b)
      for (int64_t h = 0; h < spec.hq; ++h)
        if (llvm::Error error = checkHead({b, h}, precision))
          return error;
    return llvm::Error::success();
  }

private:
  struct Head {
    int64_t b, h;
  };

  llvm::Error checkHead(Head at, Precision &precision) {
    auto rows = llvm::ArrayRef(visible).slice((at.b * spec.hq + at.h) * spec.lq,
                                              spec.lq);
    // Heads of a mask that does not look at them are alike: one is enough.
    if (at.h > 0 && !spec.hasHeadMask)
      return llvm::Error::success();
    if (llvm::Error error = checkPredicate(at, rows))
      return error;
    PairCounter pairs(rows, spec.lk);
    for (const TileShape &shape : kTiles)
      for (int64_t q0 = 0; q0 < spec.lq; q0 += shape.rows)
        for (int64_t k0 = 0; k0 < spec.lk; k0 += shape.keys)
          if (llvm::Error error = checkTile(
                  at,
                  {q0, std::min(q0 + shape.rows, spec.lq) - 1, k0,
                   std::min(k0 + shape.keys, spec.lk) - 1},
                  pairs,
                  shape.isMeasured && at.h < kMeasuredHeads ? precision
                                                            : unmeasured))
            return error;
    return llvm::Error::success();
  }

  llvm::Error checkPredicate(Head at,
                             llvm::ArrayRef<std::vector<uint8_t>> rows) {
    for (int64_t i = 0; i < spec.lq; ++i)
      for (int64_t j = 0; j < spec.lk; ++j) {
        auto seen = classes.isVisible(at.b, at.h, i, j);
        if (!seen)
          return seen.takeError();
        if (*seen != (rows[i][j] != 0))
          return llvm::createStringError(
              "the predicate shows pair (%d, %d) of batch %d, head %d: %d, the "
              "mask: %d",
              int(i), int(j), int(at.b), int(at.h), int(*seen),
              int(rows[i][j]));
      }
    return llvm::Error::success();
  }

  llvm::Error checkTile(Head at, const Tile &tile, PairCounter &pairs,
                        Precision &precision) {
    auto found = classes.classify(at.b, at.h, tile);
    if (!found)
      return found.takeError();
    int64_t seen = pairs.count(tile);
    int64_t all = (tile.q1 - tile.q0 + 1) * (tile.k1 - tile.k0 + 1);
    bool isUnsound = (*found == TileClass::Empty && seen > 0) ||
                     (*found == TileClass::Full && seen < all);
    if (isUnsound)
      return llvm::createStringError(
          "rows %d .. %d, keys %d .. %d of batch %d, head %d are called %s but "
          "%d of %d pairs are visible",
          int(tile.q0), int(tile.q1), int(tile.k0), int(tile.k1), int(at.b),
          int(at.h), *found == TileClass::Empty ? "empty" : "full", int(seen),
          int(all));
    precision.visible += seen > 0;
    precision.visitedEmpty += *found != TileClass::Empty && seen == 0;
    precision.partialFull += *found == TileClass::Partial && seen == all;
    return llvm::Error::success();
  }

  const Spec &spec;
  TileClasses classes;
  const std::vector<std::vector<uint8_t>> &visible;
  Precision unmeasured;
};

/// Masks of one kind, and how much of what holds may go unseen.
struct Case {
  enum Kind { Atoms, Arithmetic, Neighborhoods, Grids } kind;
  const char *name;
  int mostVisited, mostPartial; ///< Percent.
  MaskFamily family = MaskFamily::Any;
  int64_t part = 1; ///< One seed of so many.

  bool isExact() const { return mostVisited == 0 && mostPartial == 0; }
};

/// What is tested.
struct Test {
  Spec spec;
  std::string text;
};

/// `mask` makes %m.
std::string printWithMask(const Spec &spec, const std::string &mask) {
  std::string text = printProgram(spec);
  const std::string stream = "  %s = attn.stream %k, %v";
  return text.replace(text.find(stream), stream.size(),
                      mask + stream + " mask %m");
}

Test makeGridTest(Spec spec, const GridMask &mask) {
  spec.sameLength = false;
  spec.lq = mask.queries;
  spec.lk = mask.keys;
  addTensors(spec);
  return {spec, printWithMask(spec, mask.text)};
}

Test makeTest(uint64_t seed, const Case &masks) {
  Spec spec = drawSpec(seed);
  Random forMask(seed ^ 0x711e), forText(seed ^ 0xa217);
  switch (masks.kind) {
  case Case::Atoms:
    spec.mask = drawMask(forMask, spec, masks.family);
    return {spec, printProgram(spec)};
  case Case::Arithmetic:
    return {spec, printWithMask(spec, printArithmeticMask(forText))};
  case Case::Neighborhoods:
    return makeGridTest(spec, drawNeighborhood(forText));
  case Case::Grids:
    return makeGridTest(spec, drawGridMask(forText));
  }
  return {spec, ""};
}

llvm::Error testSpec(Session &session, const Spec &spec,
                     const std::string &text, Precision &precision) {
  auto module = session.parse(text);
  if (!module)
    return module.takeError();
  auto routes = compileToStage(**module, Stage::Routes, "cpu", {});
  if (failed(routes))
    return llvm::createStringError("does not reach stage routes");
  auto function = *(**module).getOps<func::FuncOp>().begin();
  auto oracle = reference::Program::create(function);
  if (!oracle)
    return oracle.takeError();
  Random random(spec.seed ^ 0xda7a);
  Data data = drawData(spec, random);
  auto visible = getVisible(spec, data, **oracle);
  if (!visible)
    return visible.takeError();
  RouteOp route;
  (**routes).walk([&](RouteOp op) { route = op; });
  std::vector<reference::Tensor> views = data.views();
  auto classes = TileClasses::create(route, views, spec.lq, spec.lk);
  if (!classes)
    return classes.takeError();
  return TileTest(spec, std::move(*classes), *visible).run(precision);
}

llvm::Error testFamily(Session &session, const Options &options,
                       const Case &masks, llvm::raw_ostream *log,
                       Precision &precision) {
  for (int64_t n = 0; n < options.count; n += masks.part) {
    auto [spec, text] = makeTest(options.from + n, masks);
    Precision one;
    llvm::Error error = testSpec(session, spec, text, one);
    if (!error && masks.isExact() && one.visitedEmpty + one.partialFull > 0)
      error = llvm::createStringError(
          "%d empty tiles are visited and %d full ones masked; expected none "
          "for this family",
          int(one.visitedEmpty), int(one.partialFull));
    if (error)
      return llvm::createStringError(
          "seed " + std::to_string(spec.seed) + ", B " +
          std::to_string(spec.b) + ", Lq " + std::to_string(spec.lq) + ", Lk " +
          std::to_string(spec.lk) + ": " + llvm::toString(std::move(error)) +
          "\n" + text);
    if (log)
      *log << "seed " << spec.seed << " visible " << one.visible
           << " visited-empty " << one.visitedEmpty << " partial-full "
           << one.partialFull << "\n"
           << (one.visitedEmpty + one.partialFull ? text : "");
    one.masks = 1;
    one.blind = one.visible == 0;
    precision.add(one);
  }
  return llvm::Error::success();
}

/// Prints what was counted; false if that is more than may be.
bool report(llvm::StringRef name, const Precision &precision, int mostVisited,
            int mostPartial) {
  double visited = precision.percent(precision.visitedEmpty);
  double partial = precision.percent(precision.partialFull);
  llvm::outs() << "tiles, " << name << ": " << precision.masks << " masks ("
               << precision.blind << " show nothing), " << precision.visible
               << " visible tiles, visited but empty "
               << llvm::format("%.3f", visited) << " % (at most " << mostVisited
               << "), partial but full " << llvm::format("%.3f", partial)
               << " % (at most " << mostPartial << ")\n";
  return visited <= mostVisited && partial <= mostPartial;
}

} // namespace

int runTiles(const Options &options) {
  std::unique_ptr<Session> session = Session::create();
  if (!session)
    return 1;
  auto log = openLog(options);
  if (!log)
    return 1;
  int result = 0;
  Precision all;
  for (const Case &c :
       {Case{Case::Atoms, "exact families", 0, 0, MaskFamily::Exact},
        Case{Case::Atoms, "all masks", 1, 2},
        Case{Case::Atoms, "patterns", 1, 2, MaskFamily::Patterns},
        Case{Case::Atoms, "bitmaps", 0, 0, MaskFamily::Bitmaps, 2},
        Case{Case::Neighborhoods, "neighbourhoods", 0, 0, {}, 2},
        Case{Case::Grids, "grids", 2, 2, {}, 4},
        Case{Case::Arithmetic, "arithmetic", 3, 10}}) {
    Precision precision;
    if (llvm::Error error =
            testFamily(*session, options, c, log->get(), precision)) {
      llvm::errs() << "attn-fuzz: error: tiles, "
                   << llvm::toString(std::move(error));
      result = 1;
      continue;
    }
    if (!report(c.name, precision, c.mostVisited, c.mostPartial))
      result = 1;
    all.add(precision);
  }
  // Architecture's measure.
  if (!report("all families", all, 1, 2))
    result = 1;
  return result;
}

} // namespace attn::fuzz
