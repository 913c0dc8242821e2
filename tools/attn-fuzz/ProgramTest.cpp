//===- ProgramTest.cpp - Random programs from text to checked values ------===//

#include "Data.h"
#include "Session.h"
#include "Tests.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <unistd.h>

using namespace mlir;

namespace attn::fuzz {
namespace {

bool hasAvx512() {
  return __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512cd");
}

/// What a seed came to.
struct Outcome {
  std::string variant;
  double outRatio = 0, lseRatio = 0, visibilityRatio = 0;
};

llvm::Error demand(double ratio, const char *what) {
  if (ratio <= 1) // NaN is a miss
    return llvm::Error::success();
  return llvm::createStringError(std::string(what) + " error / bound is " +
                                 std::to_string(ratio));
}

llvm::Expected<std::unique_ptr<Compiled>>
compileSpec(Session &session, const Spec &spec, const std::string &device,
            const std::string &variant) {
  auto module = session.parse(printProgram(spec));
  if (!module)
    return module.takeError();
  return session.compile(**module, device, variant);
}

/// Runs one program of one seed on one device.
class ProgramTest {
public:
  ProgramTest(Session &session, const Spec &spec, const std::string &device)
      : session(session), spec(spec), device(device),
        random(spec.seed ^ 0xda7a) {
    if (device == "cpu")
      outcome.variant = hasAvx512() && spec.seed % 2 ? "v4" : "v3";
  }

  llvm::Error run() {
    auto made = compileSpec(session, spec, device, outcome.variant);
    if (!made)
      return made.takeError();
    compiled = std::move(*made);
    Data data = drawData(spec, random, compiled->alignments);
    auto rows = getVisible(spec, data, *compiled->oracle);
    if (!rows)
      return rows.takeError();
    visible = std::move(*rows);
    int64_t columns = getJudgedColumns(spec.dv);
    bool isSliced = device == "sim" && columns != spec.dv;
    if (llvm::Error error =
            isSliced ? checkSlices(data, withValueColumns(spec, columns))
                     : checkWhole(data))
      return error;
    return spec.score.keepsZero ? checkVisibility(data)
                                : llvm::Error::success();
  }

  Outcome outcome;

private:
  /// Runs; on sim twice, in different orders, which must give the same bits.
  llvm::Error launch(Data &data) {
    if (llvm::Error error = compiled->launch(data.arguments, data.results))
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

  llvm::Error checkWhole(Data &data) {
    poison(spec, data, random, visible);
    if (llvm::Error error = launch(data))
      return error;
    return judge(*compiled, data);
  }

  /// Computes the program of more columns, `wide`, Dv of them at a time.
  llvm::Error checkSlices(Data &data, const Spec &wide) {
    auto judging = compileSpec(session, wide, "reference", "");
    if (!judging)
      return judging.takeError();
    Data all = drawData(wide, random);
    for (size_t n = 0; n < all.arguments.size(); ++n)
      if (spec.arguments[n].fill != Fill::Normal)
        copyColumns(data.arguments[n], 0, all.arguments[n], 0); // same masks
    poison(wide, all, random, visible);
    for (size_t n = 0; n < all.arguments.size(); ++n)
      if (n != kValues)
        copyColumns(all.arguments[n], 0, data.arguments[n], 0);
    for (int64_t first = 0; first < wide.dv; first += spec.dv) {
      copyColumns(all.arguments[kValues], first, data.arguments[kValues], 0);
      if (llvm::Error error = launch(data))
        return error;
      copyColumns(data.results[0], 0, all.results[0], first);
    }
    if (spec.lse)
      copyColumns(data.results[1], 0, all.results[1], 0);
    return judge(**judging, all);
  }

  llvm::Error judge(Compiled &program, Data &data) {
    auto ratios = program.check(data.arguments, data.results);
    if (!ratios)
      return ratios.takeError();
    outcome.outRatio = (*ratios)[0];
    outcome.lseRatio = spec.lse ? (*ratios)[1] : 0;
    if (llvm::Error error = demand(outcome.outRatio, "out"))
      return error;
    return demand(outcome.lseRatio, "lse");
  }

  llvm::Error checkVisibility(Data &data) {
    reference::VisibilityCodes codes{{spec.lk}, spec.dv};
    for (int64_t round = 0; round < codes.getRounds(); ++round) {
      fillVisibilityRound(spec, data, codes, round);
      if (llvm::Error error = compiled->launch(data.arguments, data.results))
        return error;
      double ratio = judgeVisibilityRound(spec, data, codes, round, visible);
      if (!(ratio <= outcome.visibilityRatio))
        outcome.visibilityRatio = ratio;
    }
    return demand(outcome.visibilityRatio, "visibility");
  }

  static constexpr size_t kValues = 2; ///< The argument.

  Session &session;
  const Spec &spec;
  std::string device;
  Random random;
  std::unique_ptr<Compiled> compiled;
  std::vector<std::vector<uint8_t>> visible;
};

std::string printSizes(const Spec &spec) {
  std::string text;
  llvm::raw_string_ostream(text)
      << "B " << spec.b << ", Hq " << spec.hq << ", Hk " << spec.hk << ", Lq "
      << spec.lq << ", Lk " << spec.lk << ", D " << spec.d << ", Dv " << spec.dv
      << ", q times " << spec.queryFactor;
  return text;
}

void report(const Spec &spec, const std::string &device, const Outcome &outcome,
            llvm::Error error) {
  llvm::errs() << "attn-fuzz: error: seed " << spec.seed << " on " << device
               << " " << outcome.variant << ": "
               << llvm::toString(std::move(error)) << "\n  " << printSizes(spec)
               << "; repeat with attn-fuzz --device=" << device
               << " --from=" << spec.seed << " --count=1\n"
               << printProgram(spec) << "\n";
}

void showProgress(int64_t done, int64_t count) {
  if (isatty(STDERR_FILENO))
    llvm::errs() << "\rattn-fuzz: " << done << " of " << count
                 << (done == count ? "\n" : "");
}

/// All seeds on a device.
struct Summary {
  int64_t failures = 0, refused = 0;
  double worst = 0, worstVisibility = 0;
};

/// The GPU has no f32 products: the compiler must say so.
llvm::Error demandRefusal(Session &session, const Spec &spec) {
  auto compiled = compileSpec(session, spec, "sim", "");
  if (compiled)
    return llvm::createStringError("f32 compiles for sm_90a");
  std::string text = llvm::toString(compiled.takeError());
  if (llvm::StringRef(text).contains("use bf16 or f16, or target cpu"))
    return llvm::Error::success();
  return llvm::createStringError("f32 on sm_90a is refused with: " + text);
}

llvm::Error testSeed(Session &session, uint64_t seed, const std::string &device,
                     Spec &spec, Outcome &outcome, Summary &summary) {
  spec = drawSpec(seed);
  if (device == "sim" && spec.dtype == ATTN_F32) {
    if (llvm::Error error = demandRefusal(session, spec))
      return error;
    ++summary.refused;
  }
  if (device == "sim")
    spec = drawSimSpec(seed);
  ProgramTest test(session, spec, device);
  llvm::Error error = test.run();
  outcome = test.outcome;
  return error;
}

void writeLine(llvm::raw_ostream &log, const Spec &spec,
               const std::string &device, const Outcome &outcome, double ms,
               bool isFailed) {
  log << "seed " << spec.seed << " " << device << " " << outcome.variant
      << " score " << spec.score.name << " out "
      << llvm::format("%.3f", outcome.outRatio) << " lse "
      << llvm::format("%.3f", outcome.lseRatio) << " visibility "
      << llvm::format("%.3f", outcome.visibilityRatio) << " ms " << int64_t(ms)
      << (isFailed ? " FAILED" : "") << "; " << printSizes(spec) << "\n";
}

/// Tests a seed on a device; whether all went well.
bool runSeed(Session &session, uint64_t seed, const std::string &device,
             llvm::raw_ostream *log, Summary &summary) {
  auto begin = std::chrono::steady_clock::now();
  Spec spec;
  Outcome outcome;
  llvm::Error error = testSeed(session, seed, device, spec, outcome, summary);
  std::chrono::duration<double, std::milli> elapsed =
      std::chrono::steady_clock::now() - begin;
  summary.worst = std::max({summary.worst, outcome.outRatio, outcome.lseRatio});
  summary.worstVisibility =
      std::max(summary.worstVisibility, outcome.visibilityRatio);
  if (log)
    writeLine(*log, spec, device, outcome, elapsed.count(), bool(error));
  if (!error)
    return true;
  report(spec, device, outcome, std::move(error));
  ++summary.failures;
  return false;
}

} // namespace

std::optional<std::unique_ptr<llvm::raw_ostream>>
openLog(const Options &options) {
  if (options.logFile.empty())
    return std::unique_ptr<llvm::raw_ostream>();
  std::error_code code;
  auto log = std::make_unique<llvm::raw_fd_ostream>(options.logFile, code);
  if (!code)
    return log;
  llvm::errs() << "attn-fuzz: error: can not write '" << options.logFile
               << "': " << code.message() << "\n";
  return std::nullopt;
}

int runPrograms(const Options &options) {
  auto session = Session::create();
  if (!session) {
    llvm::errs() << "attn-fuzz: error: " << llvm::toString(session.takeError())
                 << "\n";
    return 1;
  }
  auto log = openLog(options);
  if (!log)
    return 1;
  std::vector<Summary> summaries(options.devices.size());
  for (int64_t n = 0; n < options.count; ++n) {
    for (size_t d = 0; d < options.devices.size(); ++d) {
      bool isGood = runSeed(**session, options.from + n, options.devices[d],
                            log->get(), summaries[d]);
      if (!isGood && !options.keepGoing)
        return 1;
    }
    showProgress(n + 1, options.count);
  }
  int64_t failures = 0;
  for (auto [device, summary] : llvm::zip(options.devices, summaries)) {
    failures += summary.failures;
    llvm::outs() << options.count << " programs on " << device << ", "
                 << summary.failures << " failed; worst error / bound: values "
                 << llvm::format("%.3f", summary.worst) << ", visibility "
                 << llvm::format("%.3f", summary.worstVisibility);
    if (device == "sim")
      llvm::outs() << "; " << summary.refused << " of f32 refused";
    llvm::outs() << "\n";
  }
  return failures > 0;
}

} // namespace attn::fuzz
