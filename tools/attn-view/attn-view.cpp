//===- attn-view.cpp - Masks as pictures ----------------------------------===//
//
// Options, a few library calls, exit code: 0 good, 2 the command line is wrong,
// 1 everything else.
//
//===----------------------------------------------------------------------===//

#include "ExplainMasks.h"
#include "KernelTiles.h"
#include "Page.h"
#include "Picture.h"
#include "Progress.h"

#include "attn/codegen/OutOfMemory.h"
#include "attn/passes/Target.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/WithColor.h"

#include <csignal>

using namespace llvm;
using namespace attn::view;

static cl::OptionCategory category("View");

static cl::opt<std::string>
    inputFile(cl::Positional, cl::desc("<input.mlir or ->"), cl::cat(category));
static cl::opt<std::string>
    output("o", cl::value_desc("file"),
           cl::desc("The page, FILE.html, or the pictures alone, FILE.svg"),
           cl::cat(category));
static cl::opt<std::string>
    entry("entry", cl::value_desc("name"),
          cl::desc("Which function (default: main, else the only one)"),
          cl::cat(category));
static cl::list<std::string>
    sets("set", cl::value_desc("letter=n"),
         cl::desc("The size of a letter, e.g. --set=L=300; repeat. Without: 1 "
                  "batch, 1 head, 1024 tokens, which are 32 on each of two "
                  "axes and 10 on each of three"),
         cl::cat(category));
static cl::list<std::string>
    ins("in", cl::value_desc("name=file"),
        cl::desc("A table that masks read from a .npy file; repeat. Without: "
                 "drawn as attn-run --random draws it"),
        cl::cat(category));
static cl::opt<uint64_t> seed("seed", cl::value_desc("n"),
                              cl::desc("Seed of drawn tables (default: 0)"),
                              cl::cat(category));
static cl::list<std::string> heads(
    "heads", cl::value_desc("list"), cl::CommaSeparated,
    cl::desc("Query heads, e.g. --heads=0-3,7 or --head=2 (default: all)"),
    cl::cat(category));
static cl::alias head("head", cl::desc("The same as --heads"),
                      cl::aliasopt(heads), cl::cat(category));
static cl::opt<std::string>
    target("target", cl::value_desc("name"),
           cl::desc("Whose kernels' tiles are shown: cpu (default) or sm_90a"),
           cl::init("cpu"), cl::cat(category));

namespace {

constexpr int kGood = 0, kFailed = 1, kBadCommandLine = 2;
constexpr int64_t kTokens = 1024;
/// In pairs of an atom: half a minute, at 1.5 ns each (2026-11-21).
constexpr double kMostCost = double(int64_t(1) << 34);
constexpr int64_t kLongest = 1 << 16; ///< Queries or keys of a picture.

int rejectCommandLine(const Twine &message) {
  WithColor::error(errs(), "attn-view")
      << message << "; see attn-view --help\n";
  return kBadCommandLine;
}

int fail(const Twine &message) {
  WithColor::error(errs(), "attn-view") << message << "\n";
  return kFailed;
}

/// What the options say, in numbers.
struct Choice {
  LaunchChoice launch;
  std::vector<int64_t> heads;
};

/// Splits NAME=VALUE; false where that is not what `text` is.
bool split(StringRef text, std::string &name, std::string &value) {
  auto [left, right] = text.split('=');
  name = left.str();
  value = right.str();
  return !left.empty() && !right.empty();
}

int parseLaunch(Choice &choice) {
  std::string name, value;
  for (const std::string &text : sets) {
    int64_t size = 0;
    if (!split(text, name, value) || StringRef(value).getAsInteger(10, size) ||
        size < 0 || size > INT32_MAX)
      return rejectCommandLine("--set: expected LETTER=N, N from 0 to " +
                               Twine(INT32_MAX) + ", but found '" + text + "'");
    if (!choice.launch.letters.emplace(name, size).second)
      return rejectCommandLine("--set: '" + name + "' is given twice");
  }
  for (const std::string &text : ins) {
    if (!split(text, name, value))
      return rejectCommandLine("--in: expected NAME=FILE.npy but found '" +
                               text + "'");
    if (!choice.launch.in.emplace(name, value).second)
      return rejectCommandLine("--in: '" + name + "' is given twice");
  }
  choice.launch.entry = entry;
  choice.launch.seed = seed;
  return kGood;
}

int parseHeads(std::vector<int64_t> &chosen) {
  for (StringRef text : heads) {
    auto [left, right] = text.split('-');
    int64_t first = 0, last = 0;
    bool isBad = left.getAsInteger(10, first) || first < 0;
    last = first;
    if (text.contains('-'))
      isBad |= right.getAsInteger(10, last);
    if (isBad || last < first || last > INT16_MAX)
      return rejectCommandLine(
          "--heads: expected numbers and ranges such as 0-3,7 but found '" +
          text + "'");
    for (; first <= last; ++first)
      if (!is_contained(chosen, first))
        chosen.push_back(first);
  }
  llvm::sort(chosen);
  return kGood;
}

int checkCommandLine(Choice &choice) {
  if (inputFile.empty())
    return rejectCommandLine("no input file given");
  if (!StringRef(output).ends_with(".svg") &&
      !StringRef(output).ends_with(".html"))
    return rejectCommandLine("-o: expected FILE.html or FILE.svg but found '" +
                             output + "'");
  if (!is_contained(attn::getTargetNames(), StringRef(target)))
    return rejectCommandLine(
        "unknown --target '" + target +
        "'; expected one of: " + join(attn::getTargetNames(), ", "));
  if (int code = parseLaunch(choice))
    return code;
  return parseHeads(choice.heads);
}

/// Text where there is text, else what bytecode says.
std::string getProgramText(mlir::ModuleOp module) {
  if (inputFile != "-")
    if (auto buffer = MemoryBuffer::getFile(inputFile))
      if (StringRef text = (*buffer)->getBuffer(); text.find('\0') == text.npos)
        return text.str();
  std::string text;
  raw_string_ostream(text) << module;
  return text;
}

/// Empty, or why the masks are too large to look at, or do not exist.
std::string checkSize(const MaskSession &session,
                      const ReportRequest &request) {
  double cost = 0;
  for (const auto &stream : session.masks.getStreams()) {
    cost += getCost(stream, request);
    for (int64_t head : request.heads)
      if (head >= stream.heads)
        return "--heads: there is no head " + std::to_string(head) +
               "; the program has " + std::to_string(stream.heads) +
               " query heads at " + session.getLettersText();
    for (size_t b = 0; b < stream.queries.size(); ++b)
      if (std::max(stream.queries[b], stream.keys[b]) > kLongest)
        return std::to_string(stream.queries[b]) + " queries and " +
               std::to_string(stream.keys[b]) + " keys at " +
               session.getLettersText() + " are too many; expected at most " +
               std::to_string(kLongest) + "; set smaller letters by --set";
  }
  if (cost > kMostCost)
    return "looking at every pair at " + session.getLettersText() +
           " takes too long; set smaller letters by --set, or pick heads by "
           "--heads";
  if (session.masks.getStreams().empty())
    return "the function has no stream whose mask could be shown; expected an "
           "attn.attend";
  return "";
}

Expected<std::vector<StreamReport>>
count(MaskSession &session, const KernelTiles &kernels, ReportRequest request) {
  std::vector<StreamReport> reports;
  for (const auto &stream : session.masks.getStreams()) {
    request.tile = kernels.tiles[stream.fold];
    auto report = countStream(session, stream, request);
    if (!report)
      return report.takeError();
    reports.push_back(std::move(*report));
  }
  return reports;
}

std::string makeHtml(const MaskSession &session, const KernelTiles &kernels,
                     mlir::ModuleOp module, const Choice &choice,
                     ArrayRef<StreamReport> reports) {
  std::vector<std::vector<std::string>> sentences;
  for (const StreamReport &report : reports)
    sentences.push_back(
        attn::view::explain(report, session, choice.launch.seed));
  PageText text;
  text.file = inputFile;
  text.entry = mlir::func::FuncOp(session.function).getSymName().str();
  text.letters = session.getLettersText();
  text.target = target;
  text.fault = kernels.fault;
  text.program = getProgramText(module);
  return makePage(text, reports, sentences);
}

int write(const MaskSession &session, const KernelTiles &kernels,
          mlir::ModuleOp module, const Choice &choice,
          ArrayRef<StreamReport> reports) {
  if (!kernels.fault.empty())
    WithColor::warning(errs(), "attn-view")
        << "there is no kernel of this program for " << target << ": "
        << kernels.fault << "; tiles are those that its folds were given\n";
  for (const StreamReport &report : reports)
    if (report.counts.pairs && !report.counts.visible)
      warnEmpty(report.stream->location, session.getLettersText());
  std::string error = attn::writeOutput(
      output, StringRef(output).ends_with(".svg")
                  ? makeSvg(reports)
                  : makeHtml(session, kernels, module, choice, reports));
  return error.empty() ? kGood : fail(error);
}

int view(const Choice &choice) {
  mlir::MLIRContext context(attn::getCompilerRegistry());
  SourceMgr sources;
  mlir::SourceMgrDiagnosticHandler handler(sources, &context);
  mlir::OwningOpRef<mlir::ModuleOp> module =
      attn::parseProgram(context, inputFile);
  if (!module)
    return kFailed;
  auto program = MaskProgram::create(*module, inputFile);
  if (!program) {
    std::string text = toString(program.takeError());
    return text.empty() ? kFailed : fail(text); // else a diagnostic said it
  }
  mlir::SourceMgrDiagnosticHandler inner(sources, &(*program)->context);
  auto session = MaskSession::create(**program, choice.launch, kTokens);
  if (!session)
    return fail(toString(session.takeError()));
  auto kernels = findKernelTiles(**program, session->function, target);
  if (!kernels)
    return fail(toString(kernels.takeError()));
  ReportRequest request{{}, getMeasuredTile(target), choice.heads, true};
  if (std::string error = checkSize(*session, request); !error.empty())
    return fail(error);
  double done = 0, all = 0;
  for (const auto &stream : session->masks.getStreams())
    all += getCost(stream, request);
  attn::run::Progress progress;
  request.progress = [&](double cost) {
    attn::run::Progress::report(&progress, (done += cost) / all);
  };
  auto reports = count(*session, *kernels, request);
  progress.finish();
  if (!reports)
    return fail(toString(reports.takeError()));
  return write(*session, *kernels, *module, choice, *reports);
}

void printVersion(raw_ostream &out) {
  out << attn::getCompilerVersion() << "\n";
}

} // namespace

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  attn::exitWhenOutOfMemory("attn-view");
  // A write beyond a limit of the system then fails like one to a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  cl::SetVersionPrinter(printVersion);
  cl::HideUnrelatedOptions(category);
  if (!cl::ParseCommandLineOptions(
          argc, argv, "attn-view: masks and tile classes as pictures\n",
          &errs()))
    return kBadCommandLine;
  Choice choice;
  if (int code = checkCommandLine(choice))
    return code;
  attn::MemoryScope memory(inputFile);
  return view(choice);
}
