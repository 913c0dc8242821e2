//===- attnc.cpp - The compiler's command line ----------------------------===//
//
// Options, one library call, exit code: 0 good, 2 the command line is wrong, 1
// everything else.
//
//===----------------------------------------------------------------------===//

#include "ExplainMasks.h"

#include "attn/codegen/Compiler.h"
#include "attn/codegen/OutOfMemory.h"
#include "attn/codegen/Ptxas.h"
#include "attn/passes/Target.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/WithColor.h"

#include <csignal>

using namespace llvm;
using attn::Stage;

static cl::OptionCategory compileCategory("Compile");
static cl::OptionCategory inspectCategory("Inspect");

static cl::opt<std::string> inputFile(cl::Positional,
                                      cl::desc("<input.mlir or ->"),
                                      cl::cat(compileCategory));
static cl::opt<std::string> output(
    "o", cl::value_desc("path"),
    cl::desc("Folder of the artifact (default: a.attn), or the file that "
             "--emit writes (default: stdout)"),
    cl::cat(compileCategory));
static cl::list<std::string> targets(
    "target", cl::value_desc("names"), cl::CommaSeparated,
    cl::desc("Targets, separated by commas (default: cpu); known: cpu, sm_90a"),
    cl::cat(compileCategory));
static cl::opt<Stage> emit(
    "emit", cl::desc("Stop after a stage and write what it made:"),
    cl::values(
        clEnumValN(Stage::Input, "input", "parsed and verified attn ops"),
        clEnumValN(Stage::Routes, "routes",
                   "masks proven: bounds, tile classes, predicates"),
        clEnumValN(Stage::Tiles, "tiles", "folds over tiles, regions as holes"),
        clEnumValN(Stage::Schedule, "schedule",
                   "warp roles, rings, barriers (GPU targets)"),
        clEnumValN(Stage::LowLevel, "lowlevel",
                   "llvm ops, one module per image"),
        clEnumValN(Stage::Artifact, "artifact",
                   "manifest.json and images (default)")),
    cl::init(Stage::Artifact), cl::cat(compileCategory));
static cl::opt<std::string>
    ptxas("ptxas", cl::value_desc("path|none"),
          cl::desc("The ptxas that GPU targets use (default: $ATTN_PTXAS, the "
                   "build's virtual environment, $CUDA_HOME, PATH)"),
          cl::cat(compileCategory));
enum class Switch { Off, On };
static cl::opt<Switch>
    simImage("sim-image",
             cl::desc("An image for device sim, for GPU targets (default: on)"),
             cl::values(clEnumValN(Switch::On, "on", "add it"),
                        clEnumValN(Switch::Off, "off", "leave it out")),
             cl::init(Switch::On), cl::cat(compileCategory));
static cl::opt<std::string> explain(
    "explain", cl::value_desc("regex"), cl::ValueOptional,
    cl::desc("Say why a choice was made; a regex picks categories, e.g. "
             "--explain=Routes"),
    cl::cat(inspectCategory));
static cl::opt<std::string>
    dumpTo("dump-to", cl::value_desc("folder"),
           cl::desc("Write the IR after every pass that changes it"),
           cl::cat(inspectCategory));
static cl::opt<std::string> reproducer(
    "reproducer", cl::value_desc("file"),
    cl::desc("On failure, write the failing IR and pipeline (run with "
             "attn-opt --run-reproducer)"),
    cl::cat(inspectCategory));

namespace {

constexpr int kGood = 0, kFailed = 1, kBadCommandLine = 2;

int rejectCommandLine(const Twine &message) {
  WithColor::error(errs(), "attnc") << message << "; see attnc --help\n";
  return kBadCommandLine;
}

/// Exit code 0 if the command line makes sense.
int checkCommandLine() {
  if (inputFile.empty())
    return rejectCommandLine("no input file given");
  if (targets.empty())
    targets.push_back("cpu");
  for (const std::string &target : targets)
    if (!is_contained(attn::getTargetNames(), target))
      return rejectCommandLine(
          "unknown --target '" + target +
          "'; expected one or more of: " + join(attn::getTargetNames(), ", "));
  if (emit != Stage::Artifact && targets.size() != 1)
    return rejectCommandLine("--emit takes one --target but got " +
                             Twine(targets.size()));
  std::string regexError;
  if (!explain.empty() && !Regex(explain).isValid(regexError))
    return rejectCommandLine("--explain is not a regular expression: " +
                             regexError);
  return kGood;
}

/// What --ptxas names is tried even if no target uses it; a search, which runs
/// what it finds, is for GPU targets.
bool checkPtxas() {
  if (ptxas.empty() &&
      all_of(targets, [](StringRef name) { return name == "cpu"; }))
    return true;
  attn::PtxasSearch search = attn::findPtxas(ptxas);
  if (search.error.empty())
    return true;
  WithColor::error(errs(), "attnc") << search.error << "\n";
  return false;
}

StringRef getOutput(StringRef fallback) {
  return output.empty() ? fallback : StringRef(output);
}

attn::CompileOptions getOptions() {
  attn::CompileOptions options;
  options.targets = targets;
  options.ptxas = ptxas;
  options.simImage = simImage == Switch::On;
  options.dumpFolder = dumpTo;
  options.reproducerFile = reproducer;
  return options;
}

/// Remarks about masks are counted only if they are asked for.
bool wantsMaskRemarks() {
  return explain.getNumOccurrences() &&
         (explain.empty() || Regex(explain).match("Masks"));
}

/// After compilation has said its remarks, before anything is written.
void explainMasks(mlir::ModuleOp module) {
  attn::view::explainMasks(module, inputFile, targets.front(),
                           wantsMaskRemarks());
}

int writeStage(mlir::ModuleOp module) {
  FailureOr<mlir::OwningOpRef<mlir::ModuleOp>> stage =
      attn::compileToStage(module, emit, targets.front(), getOptions());
  if (failed(stage))
    return kFailed;
  explainMasks(module);
  std::string text;
  raw_string_ostream(text) << **stage;
  std::string error = attn::writeOutput(getOutput("-"), text);
  if (error.empty())
    return kGood;
  WithColor::error(errs(), "attnc") << error << "\n";
  return kFailed;
}

int writeArtifact(mlir::ModuleOp module) {
  FailureOr<attn::Artifact> artifact = attn::compile(module, getOptions());
  if (failed(artifact))
    return kFailed;
  explainMasks(module);
  std::string error = attn::writeArtifact(*artifact, getOutput("a.attn"));
  if (error.empty())
    return kGood;
  WithColor::error(errs(), "attnc") << error << "\n";
  return kFailed;
}

void printVersion(raw_ostream &out) {
  out << attn::getCompilerVersion() << "\n";
}

} // namespace

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  attn::exitWhenOutOfMemory("attnc");
  // A write beyond a limit of the system then fails like one to a full disk;
  // LLVM takes the signal for a crash.
  std::signal(SIGXFSZ, SIG_IGN);
  cl::SetVersionPrinter(printVersion);
  mlir::registerMLIRContextCLOptions(); // --mlir-disable-threading
  cl::HideUnrelatedOptions({&compileCategory, &inspectCategory});
  if (!cl::ParseCommandLineOptions(argc, argv,
                                   "attnc: compile attention written in .mlir "
                                   "to kernels plus a manifest\n",
                                   &errs()))
    return kBadCommandLine;
  if (int code = checkCommandLine())
    return code;
  attn::MemoryScope memory(inputFile);
  if (!checkPtxas())
    return kFailed;
  mlir::MLIRContext context(attn::getCompilerRegistry());
  SourceMgr sources;
  mlir::SourceMgrDiagnosticHandler handler(sources, &context);
  if (explain.getNumOccurrences() &&
      failed(attn::enableRemarks(
          context, explain.empty() ? StringRef(".*") : explain.getValue())))
    return kFailed;
  mlir::OwningOpRef<mlir::ModuleOp> module =
      attn::parseProgram(context, inputFile);
  if (!module)
    return kFailed;
  return emit == Stage::Artifact ? writeArtifact(*module) : writeStage(*module);
}
