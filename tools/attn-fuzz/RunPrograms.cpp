//===- RunPrograms.cpp - Seeds, log and summary of random programs --------===//
//
// The log has one line per seed and device and is read before it is continued:
// what stands in it is not run again.
//
//===----------------------------------------------------------------------===//

#include "ProgramTest.h"
#include "SaveCase.h"
#include "Tests.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MemoryBuffer.h"

#include <chrono>
#include <map>
#include <unistd.h>

using namespace mlir;

namespace attn::fuzz {
namespace {

enum class End { Good, Refused, Failed };
constexpr const char *kEnds[] = {"good", "refused", "FAILED"};

/// A line of the log.
struct Entry {
  End end = End::Good;
  std::string variant = "-";
  double values = 0, visibility = 0;
  std::string detail; ///< What was refused, sizes.
};

/// All seeds on a device.
struct Summary {
  int64_t programs = 0, failures = 0, f32Refused = 0;
  double worst = 0, worstVisibility = 0;
  std::map<std::string, int64_t> refused; ///< By what the target lacks.

  void add(const Entry &entry) {
    ++programs;
    failures += entry.end == End::Failed;
    if (entry.end == End::Refused)
      ++refused[entry.detail];
    worst = std::max(worst, entry.values);
    worstVisibility = std::max(worstVisibility, entry.visibility);
  }
};

std::string printSizes(const ProgramSpec &spec) {
  std::string text;
  llvm::raw_string_ostream out(text);
  size_t streams = getStreams(spec).size();
  out << "folds " << spec.folds.size() << ", streams " << streams << ", B "
      << spec.b << ", Hq " << spec.hq << ", Lq " << spec.queries.tokens
      << ", D " << spec.d << ", Dv " << spec.dv << ", q times "
      << spec.queryFactor;
  return text;
}

/// Entries of earlier runs, by seed and device.
class Log {
public:
  static std::optional<Log> open(const std::string &path) {
    Log log;
    if (path.empty())
      return log;
    std::string kept;
    if (auto buffer = llvm::MemoryBuffer::getFile(path))
      kept = (*buffer)->getBuffer().str();
    // A line that was being written is run again.
    kept.resize(kept.find_last_of('\n') + 1);
    log.read(kept);
    std::error_code code;
    log.out = std::make_unique<llvm::raw_fd_ostream>(path, code);
    if (!code) {
      *log.out << kept;
      log.out->flush();
      return log;
    }
    llvm::errs() << "attn-fuzz: error: can not write '" << path
                 << "': " << code.message() << "\n";
    return std::nullopt;
  }

  const Entry *find(uint64_t seed, const std::string &device) const {
    auto it = entries.find({seed, device});
    return it == entries.end() ? nullptr : &it->second;
  }

  void write(uint64_t seed, const std::string &device, const Entry &entry,
             const std::string &rest) {
    if (!out)
      return;
    *out << "seed " << seed << " " << device << " " << entry.variant << " "
         << kEnds[int(entry.end)] << " values "
         << llvm::format("%.3f", entry.values) << " visibility "
         << llvm::format("%.3f", entry.visibility) << " ; " << entry.detail
         << " ; " << rest << "\n";
    out->flush();
  }

private:
  void read(llvm::StringRef text) {
    for (llvm::StringRef line : llvm::split(text, '\n')) {
      llvm::SmallVector<llvm::StringRef> parts, words;
      line.split(parts, " ; ");
      parts.front().split(words, ' ');
      uint64_t seed;
      if (parts.size() != 3 || words.size() != 9 ||
          words[1].getAsInteger(10, seed))
        continue;
      Entry entry;
      entry.variant = words[3].str();
      for (int end = 0; end < 3; ++end)
        if (words[4] == kEnds[end])
          entry.end = static_cast<End>(end);
      words[6].getAsDouble(entry.values);
      words[8].getAsDouble(entry.visibility);
      entry.detail = parts[1].str();
      entries[{seed, words[2].str()}] = entry;
    }
  }

  std::map<std::pair<uint64_t, std::string>, Entry> entries;
  std::unique_ptr<llvm::raw_fd_ostream> out;
};

/// The GPU has no f32 products: the compiler must say so.
llvm::Error demandRefusal(Session &session, const ProgramSpec &spec) {
  auto compiled = compileProgram(session, spec, "sim", "");
  if (compiled)
    return llvm::createStringError("f32 compiles for sm_90a");
  std::string text = llvm::toString(compiled.takeError());
  if (llvm::StringRef(text).contains("use bf16 or f16, or target cpu"))
    return llvm::Error::success();
  return llvm::createStringError("f32 on sm_90a is refused with: " + text);
}

class Runner {
public:
  Runner(Session &session, const Options &options, Log &log)
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
    ProgramTest test(session, spec, device);
    if (!error)
      error = test.run(spec);
    Entry entry;
    if (!test.outcome.variant.empty())
      entry.variant = test.outcome.variant;
    entry.values = test.outcome.valueRatio;
    entry.visibility = test.outcome.visibilityRatio;
    if (error)
      report(spec, device, test, llvm::toString(std::move(error)), entry);
    std::chrono::duration<double, std::milli> elapsed =
        std::chrono::steady_clock::now() - begin;
    log.write(seed, device, entry,
              "ms " + std::to_string(int64_t(elapsed.count())) + ", " +
                  printSizes(spec));
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
      entry.detail = what.split("op has ").second.split(",").first.str();
      return;
    }
    entry.end = End::Failed;
    llvm::errs() << "attn-fuzz: error: seed " << spec.seed << " on " << device
                 << " " << entry.variant << ": " << text << "\n  "
                 << printSizes(spec)
                 << "; repeat with attn-fuzz --device=" << device
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
  Log &log;
};

void showProgress(int64_t done, int64_t count) {
  if (isatty(STDERR_FILENO))
    llvm::errs() << "\rattn-fuzz: " << done << " of " << count
                 << (done == count ? "\n" : "");
}

void print(const std::string &device, const Summary &summary) {
  llvm::outs() << summary.programs << " programs on " << device << ", "
               << summary.failures << " failed; worst error / bound: values "
               << llvm::format("%.3f", summary.worst) << ", visibility "
               << llvm::format("%.3f", summary.worstVisibility);
  if (summary.f32Refused)
    llvm::outs() << "; " << summary.f32Refused << " of f32 refused";
  for (const auto &[what, count] : summary.refused)
    llvm::outs() << "; " << count << " with " << what << " refused";
  llvm::outs() << "\n";
}

} // namespace

int runPrograms(const Options &options) {
  auto session = Session::create();
  if (!session) {
    llvm::errs() << "attn-fuzz: error: " << llvm::toString(session.takeError())
                 << "\n";
    return 1;
  }
  std::optional<Log> log = Log::open(options.logFile);
  if (!log)
    return 1;
  Runner runner(**session, options, *log);
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
    print(device, summary);
  }
  return failures > 0;
}

} // namespace attn::fuzz
