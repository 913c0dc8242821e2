//===- BytesTest.cpp - Damaged programs through the compiler --------------===//
//
// A program is text that anybody may have written. Whatever the bytes are, the
// compiler says where and why it gives up, or it makes what it was asked for;
// it does not crash, does not hang, and does neither both nor nothing.
//
//===----------------------------------------------------------------------===//

#include "Mutant.h"
#include "Tests.h"

#include "attn/codegen/Compiler.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Location.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/PrettyStackTrace.h"

#include <csignal>
#include <cstdio>
#include <sys/time.h>
#include <unistd.h>

using namespace mlir;

namespace attn::fuzz {
namespace {

/// CPU time that no mutant may need; the slowest takes a hundredth of it.
constexpr int kMostSeconds = 60;
/// One in so many programs that reach stage tiles becomes an artifact.
constexpr int64_t kArtifactEvery = 16;
/// A context keeps every type and attribute it has seen.
constexpr int64_t kContextEvery = 500;

uint64_t currentSeed = 0; ///< For the handler of a hang.

void onHang(int) {
  char text[96];
  int length = std::snprintf(text, sizeof text,
                             "attn-fuzz: error: mutant %llu hangs: no answer "
                             "in %d s of CPU time\n",
                             (unsigned long long)currentSeed, kMostSeconds);
  _exit(write(STDERR_FILENO, text, size_t(length)) < 0 ? 2 : 1);
}

void setDeadline(int seconds) {
  itimerval timer{};
  timer.it_value.tv_sec = seconds;
  setitimer(ITIMER_PROF, &timer, nullptr);
}

/// What one mutant came to.
enum class End { Refused, Parsed, Tiles, Artifact };

class MutantTest {
public:
  MutantTest(MLIRContext &context, const std::string &text)
      : context(context), text(text) {}

  llvm::Expected<End> run(bool withArtifact) {
    OwningOpRef<ModuleOp> module;
    if (llvm::Error error = demandVerdict("parsing", [&] {
          module = parseProgram(context, text, "mutant.mlir");
          return bool(module);
        }))
      return error;
    if (!module)
      return End::Refused;
    bool reachesTiles = false;
    for (const char *target : {"cpu", "sm_90a"}) {
      Stage stage = target == StringRef("cpu") ? Stage::Tiles : Stage::Schedule;
      bool isCompiled = false;
      if (llvm::Error error = demandVerdict(target, [&] {
            isCompiled = succeeded(compileToStage(*module, stage, target, {}));
            return isCompiled;
          }))
        return error;
      reachesTiles |= isCompiled;
    }
    if (!reachesTiles || !withArtifact)
      return reachesTiles ? End::Tiles : End::Parsed;
    if (llvm::Error error = demandVerdict("an artifact", [&] {
          return succeeded(compile(*module, CompileOptions()));
        }))
      return error;
    return End::Artifact;
  }

private:
  /// Runs `step`, which says whether it worked: an error with a place if not,
  /// and none if it did.
  llvm::Error demandVerdict(const char *what, llvm::function_ref<bool()> step) {
    std::string errors;
    bool isLocated = false;
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
        return success();
      errors += diagnostic.str() + "\n";
      isLocated |=
          bool(diagnostic.getLocation()->findInstanceOf<FileLineColLoc>());
      return success();
    });
    bool isGood = step();
    if (isGood && errors.empty())
      return llvm::Error::success();
    if (isGood)
      return llvm::createStringError(std::string(what) +
                                     " goes on after an error: " + errors);
    if (errors.empty())
      return llvm::createStringError(std::string(what) +
                                     " fails without an error");
    if (isLocated)
      return llvm::Error::success();
    return llvm::createStringError(std::string(what) +
                                   " fails without a place: " + errors);
  }

  MLIRContext &context;
  const std::string &text;
};

std::optional<std::vector<std::string>>
readCorpus(const std::vector<std::string> &paths) {
  std::vector<std::string> corpus;
  for (const std::string &path : paths) {
    auto buffer = llvm::MemoryBuffer::getFile(path);
    if (std::error_code error = buffer.getError()) {
      llvm::errs() << "attn-fuzz: error: can not read '" << path
                   << "': " << error.message() << "\n";
      return std::nullopt;
    }
    corpus.push_back((*buffer)->getBuffer().str());
  }
  return corpus;
}

} // namespace

int runBytes(const Options &options) {
  auto corpus = readCorpus(options.inputs);
  auto log = openLog(options);
  if (!corpus || !log)
    return 1;
  std::signal(SIGPROF, onHang);
  std::unique_ptr<MLIRContext> context;
  int64_t failures = 0, ends[4] = {};
  for (int64_t n = 0; n < options.count; ++n) {
    currentSeed = options.from + n;
    if (n % kContextEvery == 0)
      context = std::make_unique<MLIRContext>(getCompilerRegistry(),
                                              MLIRContext::Threading::DISABLED);
    std::string text = Mutant(currentSeed, *corpus).text();
    // Stands in the report of a crash.
    std::string place = llvm::formatv("mutant {0}", currentSeed);
    llvm::PrettyStackTraceString trace(place.c_str());
    setDeadline(kMostSeconds);
    MutantTest test(*context, text);
    llvm::Expected<End> end =
        test.run(ends[int(End::Tiles)] % kArtifactEvery == 0);
    setDeadline(0);
    if (end) {
      ++ends[int(*end)];
      if (*end == End::Artifact)
        ++ends[int(End::Tiles)];
    }
    if (*log)
      **log << place << ": "
            << (end ? llvm::formatv("end {0}", int(*end)).str() : "FAILED")
            << "\n";
    if (end)
      continue;
    llvm::errs() << "attn-fuzz: error: " << place << ": "
                 << llvm::toString(end.takeError())
                 << "\n  repeat with attn-fuzz --bytes --from=" << currentSeed
                 << " --count=1 and the same files\n"
                 << text << "\n";
    ++failures;
    if (!options.keepGoing)
      return 1;
  }
  llvm::outs() << options.count << " mutants, " << failures
               << " failed: " << ends[int(End::Refused)] << " do not parse, "
               << ends[int(End::Parsed)] << " have no tiles, "
               << ends[int(End::Tiles)] << " have, " << ends[int(End::Artifact)]
               << " artifacts made\n";
  return failures > 0;
}

} // namespace attn::fuzz
