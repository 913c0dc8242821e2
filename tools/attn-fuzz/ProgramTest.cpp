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

/// Runs one program of one seed.
class ProgramTest {
public:
  ProgramTest(Session &session, const Spec &spec, bool isCpu)
      : session(session), spec(spec), random(spec.seed ^ 0xda7a) {
    if (isCpu)
      outcome.variant = hasAvx512() && spec.seed % 2 ? "v4" : "v3";
  }

  llvm::Error run() {
    auto module = session.parse(printProgram(spec));
    if (!module)
      return module.takeError();
    auto made = session.compile(**module, outcome.variant);
    if (!made)
      return made.takeError();
    compiled = std::move(*made);
    Data data = drawData(spec, random);
    auto rows = getVisible(spec, data, *compiled->oracle);
    if (!rows)
      return rows.takeError();
    visible = std::move(*rows);
    poison(spec, data, random, visible);
    if (llvm::Error error = checkValues(data))
      return error;
    return spec.score.keepsZero ? checkVisibility(data)
                                : llvm::Error::success();
  }

  Outcome outcome;

private:
  llvm::Error checkValues(Data &data) {
    if (llvm::Error error = compiled->launch(data.arguments, data.results))
      return error;
    auto ratios = compiled->check(data.arguments, data.results);
    if (!ratios)
      return ratios.takeError();
    outcome.outRatio = (*ratios)[0];
    outcome.lseRatio = spec.lse ? (*ratios)[1] : 0;
    if (llvm::Error error = demand(outcome.outRatio, "out"))
      return error;
    return demand(outcome.lseRatio, "lse");
  }

  llvm::Error checkVisibility(Data &data) {
    reference::VisibilityCodes codes{spec.lk, spec.dv};
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

  Session &session;
  const Spec &spec;
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

void report(const Spec &spec, const Outcome &outcome, llvm::Error error) {
  llvm::errs() << "attn-fuzz: error: seed " << spec.seed << " "
               << outcome.variant << ": " << llvm::toString(std::move(error))
               << "\n  " << printSizes(spec)
               << "; repeat with attn-fuzz --from=" << spec.seed
               << " --count=1\n"
               << printProgram(spec) << "\n";
}

void showProgress(int64_t done, int64_t count) {
  if (isatty(STDERR_FILENO))
    llvm::errs() << "\rattn-fuzz: " << done << " of " << count
                 << (done == count ? "\n" : "");
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
  auto session = Session::create(options.device);
  if (!session) {
    llvm::errs() << "attn-fuzz: error: " << llvm::toString(session.takeError())
                 << "\n";
    return 1;
  }
  auto log = openLog(options);
  if (!log)
    return 1;
  int64_t failures = 0;
  double worst = 0, worstVisibility = 0;
  for (int64_t n = 0; n < options.count; ++n) {
    Spec spec = drawSpec(options.from + n);
    auto begin = std::chrono::steady_clock::now();
    ProgramTest test(**session, spec, options.device == "cpu");
    llvm::Error error = test.run();
    std::chrono::duration<double, std::milli> elapsed =
        std::chrono::steady_clock::now() - begin;
    worst = std::max({worst, test.outcome.outRatio, test.outcome.lseRatio});
    worstVisibility = std::max(worstVisibility, test.outcome.visibilityRatio);
    if (*log)
      **log << "seed " << spec.seed << " " << test.outcome.variant << " score "
            << spec.score.name << " out "
            << llvm::format("%.3f", test.outcome.outRatio) << " lse "
            << llvm::format("%.3f", test.outcome.lseRatio) << " visibility "
            << llvm::format("%.3f", test.outcome.visibilityRatio) << " ms "
            << int64_t(elapsed.count()) << (error ? " FAILED" : "") << "; "
            << printSizes(spec) << "\n";
    showProgress(n + 1, options.count);
    if (!error)
      continue;
    report(spec, test.outcome, std::move(error));
    ++failures;
    if (!options.keepGoing)
      return 1;
  }
  llvm::outs() << options.count << " programs on " << options.device << ", "
               << failures << " failed; worst error / bound: values "
               << llvm::format("%.3f", worst) << ", visibility "
               << llvm::format("%.3f", worstVisibility) << "\n";
  return failures > 0;
}

} // namespace attn::fuzz
