//===- ProgramTest.cpp - One random program on one device -----------------===//

#include "ProgramTest.h"

#include "llvm/ADT/STLExtras.h"

namespace attn::fuzz {
namespace {

bool hasAvx512() {
  return __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512cd");
}

bool hasPairs() { return hasAvx512() && __builtin_cpu_supports("avx512bf16"); }

bool hasAmx() {
  return hasAvx512() && __builtin_cpu_supports("amx-tile") &&
         __builtin_cpu_supports("amx-bf16");
}

/// Variants that multiply bf16 as it comes.
bool isOfBf16(llvm::StringRef variant) {
  return variant == "v4bf16" || variant == "amx";
}

/// Weights of 16 bits are judged over many columns.
bool isJudgedWide(const std::string &device,
                  const std::vector<std::string> &variants) {
  return device == "sim" || llvm::any_of(variants, isOfBf16);
}

constexpr uint64_t kPtxEvery = 4;

llvm::Error demand(double ratio, const std::string &what) {
  if (ratio <= 1) // NaN is a miss
    return llvm::Error::success();
  return llvm::createStringError(what + " error / bound is " +
                                 std::to_string(ratio));
}

bool hasValueColumns(const Argument &tensor) {
  return tensor.shape.back().letter == "Dv";
}

} // namespace

std::vector<CpuVariant> getCpuVariants() {
  return {{"v3", true},
          {"v4", hasAvx512()},
          {"v4bf16", hasPairs()},
          {"amx", hasAmx()}};
}

std::vector<std::string>
chooseVariants(AttnDtype dtype, const std::string &device,
               const std::vector<std::string> &wanted) {
  std::vector<std::string> chosen;
  if (device != "cpu")
    return chosen;
  for (auto [name, runsHere] : getCpuVariants())
    if (runsHere && (dtype == ATTN_BF16 || !isOfBf16(name)) &&
        (wanted.empty() || llvm::is_contained(wanted, name)))
      chosen.push_back(name);
  return chosen;
}

bool canRun(const std::vector<std::string> &variants) {
  for (auto [name, runs] : getCpuVariants())
    if (!runs && llvm::is_contained(variants, name)) {
      llvm::errs() << "attn-fuzz: error: --cpu: this machine can not run "
                   << name << "; leave the option out for what it has\n";
      return false;
    }
  return true;
}

void printSkippedVariants() {
  for (auto [name, runsHere] : getCpuVariants())
    if (!runsHere)
      llvm::outs() << "  skipped: variant " << name
                   << ", which this machine can not run\n";
}

llvm::Expected<std::unique_ptr<Compiled>>
compileProgram(Session &session, const ProgramSpec &spec,
               const std::string &device,
               const std::vector<std::string> &variants) {
  auto module = session.parse(printProgram(spec));
  if (!module)
    return module.takeError();
  return session.compile(**module, device, variants,
                         /*withPtx=*/spec.seed % kPtxEvery == 0);
}

ProgramTest::ProgramTest(Session &session, const ProgramSpec &spec,
                         const std::string &device,
                         const std::vector<std::string> &variants)
    : session(session), spec(spec),
      wide(withValueColumns(spec, isJudgedWide(device, variants)
                                      ? getJudgedColumns(spec.dv)
                                      : spec.dv)),
      device(device), variants(variants), random(spec.seed ^ 0xda7a) {}

llvm::Error ProgramTest::run() {
  if (llvm::Error error = prepare(spec))
    return error;
  if (llvm::Error error = check())
    return error;
  for (size_t n = 1; n < variants.size(); ++n) {
    outcome.variant = variants[n];
    if (llvm::Error error = compiled->select(variants[n]))
      return error;
    if (llvm::Error error = check())
      return error;
  }
  return llvm::Error::success();
}

llvm::Error ProgramTest::check() {
  if (llvm::Error error = checkValues())
    return error;
  return checkVisibility();
}

llvm::Error ProgramTest::prepare(const ProgramSpec &computed) {
  if (!variants.empty())
    outcome.variant = variants.front();
  auto made = compileProgram(session, computed, device, variants);
  if (!made)
    return made.takeError();
  compiled = std::move(*made);
  auto judge = compileProgram(session, wide, "reference");
  if (!judge)
    return judge.takeError();
  judging = std::move(*judge);
  all = drawData(wide, random);
  auto rows = VisibleKeys::create(wide, all, *judging->oracle);
  if (!rows)
    return rows.takeError();
  visible = std::move(*rows);
  poison(wide, all, random, *visible);
  data = drawData(spec, random, compiled->alignments);
  return llvm::Error::success();
}

llvm::Error ProgramTest::launch() {
  if (llvm::Error error = compiled->launch(data.arguments, data.results))
    return error;
  return checkUnownedRows(spec, data);
}

/// On sim twice, in different orders, which must give the same bits.
llvm::Error ProgramTest::launchTwice() {
  if (llvm::Error error = launch())
    return error;
  if (device != "sim")
    return llvm::Error::success();
  std::vector<HostTensor> before = data.results;
  if (llvm::Error error =
          compiled->launch(data.arguments, data.results, ~spec.seed))
    return error;
  for (size_t n = 0; n < before.size(); ++n)
    if (!before[n].hasSameBytes(data.results[n]))
      return llvm::createStringError(
          "another order of CTAs and threads gives other bits");
  return llvm::Error::success();
}

/// Computes the program of more columns, `wide`, Dv of them at a time.
llvm::Error ProgramTest::checkValues() {
  for (int64_t first = 0; first < wide.dv; first += spec.dv) {
    for (size_t n = 0; n < all.arguments.size(); ++n)
      copyColumns(all.arguments[n],
                  hasValueColumns(spec.arguments[n]) ? first : 0,
                  data.arguments[n], 0);
    if (llvm::Error error = launchTwice())
      return error;
    for (size_t n = 0; n < all.results.size(); ++n)
      copyColumns(data.results[n], 0, all.results[n],
                  hasValueColumns(spec.results[n].tensor) ? first : 0);
  }
  auto ratios = judging->check(all.arguments, all.results);
  if (!ratios)
    return ratios.takeError();
  for (auto [result, ratio] : llvm::zip(spec.results, *ratios)) {
    if (!(ratio <= outcome.valueRatio))
      outcome.valueRatio = ratio;
    if (llvm::Error error = demand(ratio, result.tensor.name))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error ProgramTest::checkVisibility() {
  if (!spec.hasCodes())
    return llvm::Error::success();
  reference::VisibilityCodes codes = getCodes(spec);
  for (int64_t round = 0; round < codes.getRounds(); ++round) {
    fillVisibilityRound(spec, data, codes, round);
    if (llvm::Error error = launch())
      return error;
    double ratio = judgeVisibilityRound(spec, data, codes, round, *visible);
    if (!(ratio <= outcome.visibilityRatio))
      outcome.visibilityRatio = ratio;
  }
  return demand(outcome.visibilityRatio, "visibility");
}

} // namespace attn::fuzz
