//===- RunPrograms.cpp - The random programs of many seeds ----------------===//

#include "Features.h"
#include "ProgramLog.h"
#include "ProgramTest.h"
#include "SaveCase.h"
#include "Tests.h"

#include "llvm/ADT/StringExtras.h"

#include <chrono>
#include <unistd.h>

using namespace mlir;

namespace attn::fuzz {
namespace {

std::string printSizes(const ProgramSpec &spec) {
  std::string text;
  llvm::raw_string_ostream(text)
      << "folds " << spec.folds.size() << ", streams "
      << getStreams(spec).size() << ", B " << spec.b << ", Hq " << spec.hq
      << ", Lq " << spec.queries.tokens << ", D " << spec.d << ", Dv "
      << spec.dv << ", q times " << spec.queryFactor;
  return text;
}

/// The GPU has no f32 products: the compiler must say so.
llvm::Error demandRefusal(Session &session, const ProgramSpec &spec) {
  auto compiled = compileProgram(session, spec, "sim");
  if (compiled)
    return llvm::createStringError("f32 compiles for sm_90a");
  std::string text = llvm::toString(compiled.takeError());
  if (llvm::StringRef(text).contains("use bf16 or f16, or target cpu"))
    return llvm::Error::success();
  return llvm::createStringError("f32 on sm_90a is refused with: " + text);
}

class Runner {
public:
  Runner(Session &session, const Options &options, ProgramLog &log)
      : session(session), options(options), log(log) {}

  /// Tests a seed on a device; whether all went well.
  bool run(uint64_t seed, const std::string &device, Summary &summary) {
    if (const Entry *known = log.find(seed, device)) {
      summary.add(*known);
      return known->end != End::Failed;
    }
    auto begin = std::chrono::steady_clock::now();
    bool isSim = device == "sim";
    ProgramSpec drawn = drawProgram(seed, /*isSixteenBit=*/false);
    ProgramSpec spec = isSim ? drawProgram(seed, true) : drawn;
    llvm::Error error = llvm::Error::success();
    if (isSim && drawn.dtype == ATTN_F32 && seed % kRefusalEvery == 0) {
      error = demandRefusal(session, drawn);
      ++summary.f32Refused;
    }
    std::vector<std::string> variants =
        chooseVariants(spec.dtype, device, options.cpuVariants);
    ProgramTest test(session, spec, device, variants);
    Entry entry;
    if (device == "cpu" && variants.empty()) {
      entry.end = End::Refused;
      entry.refused = "no variant of --cpu";
    } else if (!error) {
      error = test.run();
    }
    if (!variants.empty())
      entry.variant = error ? test.outcome.variant : llvm::join(variants, ",");
    entry.values = test.outcome.valueRatio;
    entry.visibility = test.outcome.visibilityRatio;
    if (error)
      report(spec, device, test, llvm::toString(std::move(error)), entry);
    std::chrono::duration<double, std::milli> elapsed =
        std::chrono::steady_clock::now() - begin;
    entry.sizes = "ms " + std::to_string(int64_t(elapsed.count())) + ", " +
                  printSizes(spec);
    entry.features = findFeatures(spec, test.data);
    log.write(seed, device, entry);
    summary.add(entry);
    return entry.end != End::Failed;
  }

private:
  /// What a target says that it lacks is no failure, but is counted.
  void report(const ProgramSpec &spec, const std::string &device,
              ProgramTest &test, const std::string &text, Entry &entry) {
    llvm::StringRef what = llvm::StringRef(text);
    if (what.contains("does not compute yet")) {
      entry.end = End::Refused;
      entry.refused = what.split("op has ").second.split(",").first.str();
      return;
    }
    entry.end = End::Failed;
    llvm::errs() << "attn-fuzz: error: seed " << spec.seed << " on " << device
                 << " " << entry.variant << ": " << text << "\n  "
                 << printSizes(spec)
                 << "; repeat with attn-fuzz --device=" << device
                 << (device == "cpu" ? " --cpu=" + entry.variant : "")
                 << " --from=" << spec.seed << " --count=1\n"
                 << printProgram(spec) << "\n";
    if (options.saveFolder.empty())
      return;
    if (llvm::Error error = saveCase(options.saveFolder, spec, device,
                                     entry.variant, test.data))
      llvm::errs() << "attn-fuzz: error: " << llvm::toString(std::move(error))
                   << "\n";
  }

  static constexpr uint64_t kRefusalEvery = 4;
  Session &session;
  const Options &options;
  ProgramLog &log;
};

void showProgress(int64_t done, int64_t count) {
  if (isatty(STDERR_FILENO))
    llvm::errs() << "\rattn-fuzz: " << done << " of " << count
                 << (done == count ? "\n" : "");
}

} // namespace

int runPrograms(const Options &options) {
  if (!canRun(options.cpuVariants))
    return 1;
  std::unique_ptr<Session> session = Session::create();
  if (!session)
    return 1;
  std::optional<ProgramLog> log = ProgramLog::open(options.logFile);
  if (!log)
    return 1;
  Runner runner(*session, options, *log);
  std::vector<Summary> summaries(options.devices.size());
  for (int64_t n = 0; n < options.count; ++n) {
    for (size_t d = 0; d < options.devices.size(); ++d) {
      bool isGood =
          runner.run(options.from + n, options.devices[d], summaries[d]);
      if (!isGood && !options.keepGoing)
        return 1;
    }
    showProgress(n + 1, options.count);
  }
  int64_t failures = 0;
  for (auto [device, summary] : llvm::zip(options.devices, summaries)) {
    failures += summary.failures;
    summary.print(device);
    if (device == "cpu")
      printSkippedVariants();
  }
  return failures > 0;
}

} // namespace attn::fuzz
