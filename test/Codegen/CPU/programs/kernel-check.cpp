//===- kernel-check.cpp - CPU kernels against the definition --------------===//
//
// kernel-check FILE --set=B=1,Lq=37,Lk=128 [--set=...] [--variant=v4,...]
//
// Compiles the folds of every function in FILE (stage `input`), runs them on
// random tensors surrounded by NaN and compares sampled rows with a double
// loop, for one variant after the other (v3, v4, v4bf16, amx). Tile registers
// of amx are emulated, unless --real-tiles says that this machine has them;
// products of pairs of v4bf16 are where the machine has none.
// --runs=N also times them. Where keys are packed, the line of a case says how
// many tiles of them were, of how many that there are.
//
//===----------------------------------------------------------------------===//

#include "Call.h"
#include "NaiveRows.h"

#include "attn/dialect/Register.h"
#include "attn/passes/Pipelines.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/SourceMgr.h"

#include <chrono>
#include <sys/syscall.h>
#include <unistd.h>

using namespace mlir;
using namespace attn;
using namespace attn::test;
namespace cl = llvm::cl;

static cl::opt<std::string> inputFile(cl::Positional, cl::Required);
static cl::list<std::string>
    settings("set", cl::ZeroOrMore,
             cl::desc("letter=size,...; once per case to check"));
static cl::list<CpuVariant>
    variants("variant", cl::CommaSeparated,
             cl::values(clEnumValN(CpuVariant::V3, "v3", ""),
                        clEnumValN(CpuVariant::V4, "v4", ""),
                        clEnumValN(CpuVariant::V4Bf16, "v4bf16", ""),
                        clEnumValN(CpuVariant::Amx, "amx", "")));
static cl::opt<bool> realTiles("real-tiles", cl::desc("variant amx on AMX"));
static cl::opt<Layout>
    layout("layout", cl::init(Layout::Contiguous),
           cl::values(clEnumValN(Layout::Contiguous, "bhsd", ""),
                      clEnumValN(Layout::Interleaved, "bshd", "")));
static cl::opt<double> spread("spread", cl::init(1.0),
                              cl::desc("standard deviation of q, k, v"));
static cl::opt<std::string>
    poison("poison",
           cl::desc("ARGUMENT:nan|inf|-inf, one element of the middle row"));
static cl::opt<bool>
    hasEqualValues("equal-values",
                   cl::desc("all values of a column are one number, which "
                            "comes back whatever weights were rounded to"));
static cl::opt<bool>
    wantsSameBits("same-bits",
                  cl::desc("results do not depend on the number of threads"));
static cl::opt<bool> isWild("wild-lengths",
                            cl::desc("lengths and offsets out of range"));
static cl::opt<bool> printIR("print-ir",
                             cl::desc("print the emitted kernels only"));
static cl::opt<bool> isTiled("tiles",
                             cl::desc("FILE is at stage tiles, not input"));
static cl::opt<std::string> only("function", cl::desc("only this function"));
static cl::opt<int> threads("num-threads", cl::init(2));
static cl::opt<int64_t> rows("rows", cl::init(6),
                             cl::desc("random rows per head"));
static cl::opt<int> runs("runs", cl::init(0),
                         cl::desc("time the kernels, too"));

using Letters = llvm::StringMap<int64_t>;
using Kernels = llvm::ArrayRef<LoadedKernel>;

static Letters parseCase(StringRef text) {
  Letters letters;
  for (StringRef part : llvm::split(text, ',')) {
    auto [letter, size] = part.split('=');
    if (size.getAsInteger(10, letters[letter]))
      fail("--set expects letter=size but got '" + part + "'");
  }
  return letters;
}

static void timeCase(func::FuncOp function, Kernels kernels,
                     const TensorMap &tensors) {
  double best = 1e30;
  for (int run = 0; run < runs; ++run) {
    auto start = std::chrono::steady_clock::now();
    callKernels(kernels, tensors, threads);
    std::chrono::duration<double> took =
        std::chrono::steady_clock::now() - start;
    best = std::min(best, took.count());
  }
  llvm::outs() << function.getName() << ": "
               << llvm::format("%.3f ms", best * 1e3) << "\n";
}

/// Puts a non-finite number into the middle row of the first head, or into the
/// middle of a table.
static void poisonArgument(func::FuncOp function, const TensorMap &tensors) {
  if (poison.empty())
    return;
  auto [position, value] = StringRef(poison).split(':');
  unsigned number;
  double bad;
  if (position.getAsInteger(10, number) || value.getAsDouble(bad))
    fail("--poison expects ARGUMENT:nan|inf|-inf but got '" + poison + "'");
  const Tensor &tensor = tensors.find(function.getArgument(number))->second;
  std::vector<int64_t> index(tensor.sizes.size(), 0);
  size_t axis = index.size() > 2 ? 2 : index.size() - 1;
  index[axis] = tensor.sizes[axis] / 2;
  tensor.set(index, bad);
}

/// The bound of a row compares the largest of its columns with those of another
/// program: where weights have 16 bits it wants kJudged of them, which several
/// launches with other values give (codegen/lib/Reference/README.md).
static int64_t countLaunches(func::FuncOp function, CpuVariant variant) {
  constexpr int64_t kJudged = 64;
  int64_t launches = 1;
  function.walk([&](tile::FoldOp fold) {
    auto out = cast<RankedTensorType>(fold->getResult(0).getType());
    if (variant >= CpuVariant::V4Bf16 && !hasEqualValues)
      launches = std::max(
          launches, llvm::divideCeilSigned(kJudged, out.getShape().back()));
  });
  return launches;
}

/// One launch; the largest ratio of error to bound.
static double checkLaunch(func::FuncOp function, Kernels kernels,
                          const TensorMap &tensors, const RowOptions &options,
                          JointRows &joint, PackedRecords &records) {
  poisonUnowned(function, tensors);
  poisonArgument(function, tensors);
  records = callKernels(kernels, tensors, threads);
  double worst = 0;
  function.walk([&](Operation *op) {
    if (isa<tile::FoldOp, tile::MergeOp>(op))
      worst = std::max(worst, checkRows(op, tensors, options, joint));
  });
  return worst;
}

/// Whether one thread computes what `threads` of them have.
static bool hasSameBits(func::FuncOp function, Kernels kernels,
                        const TensorMap &tensors) {
  std::vector<std::pair<const Tensor *, std::vector<char>>> before;
  for (Value result : function.front().getTerminator()->getOperands()) {
    auto found = tensors.find(result); // Not there: a view of a result.
    if (found != tensors.end())
      before.push_back({&found->second, *found->second.bytes});
  }
  callKernels(kernels, tensors, /*threads=*/1);
  return llvm::all_of(before, [](const auto &pair) {
    return *pair.first->bytes == pair.second;
  });
}

/// Checks all folds of `function` for one set of sizes.
static bool checkCase(func::FuncOp function, CpuVariant variant,
                      Kernels kernels, StringRef text) {
  auto tensors = makeTensors(function, parseCase(text), layout, spread);
  fillLengths(function, tensors, isWild);
  if (hasEqualValues)
    makeValuesEqual(function, tensors);
  JointRows joint;
  std::mt19937 random(3);
  PackedRecords records;
  double worst = 0;
  for (int64_t left = countLaunches(function, variant); left > 0; --left) {
    RowOptions options{rows, /*isLast=*/left == 1, hasEqualValues};
    worst = std::max(worst, checkLaunch(function, kernels, tensors, options,
                                        joint, records));
    if (left > 1)
      redrawValues(function, tensors, random, spread);
  }
  if (wantsSameBits && !hasSameBits(function, kernels, tensors)) {
    llvm::errs() << function.getName() << ": one thread has other bits than "
                 << threads << "\n";
    return false;
  }
  if (runs > 0)
    timeCase(function, kernels, tensors);
  if (int64_t stray = countStrayWrites(function, tensors)) {
    llvm::errs() << function.getName() << " wrote " << stray
                 << " elements beyond lengths\n";
    return false;
  }
  llvm::outs() << function.getName() << " " << text << " "
               << getCpuVariantName(variant) << ": worst error / bound "
               << llvm::format("%.3f", worst);
  if (records.all)
    llvm::outs() << ", packed " << records.written << " of " << records.all;
  llvm::outs() << "\n";
  return worst <= 1;
}

/// Linux gives tile registers to processes that ask for them.
static bool requestTiles() {
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

static bool checkFunction(func::FuncOp function, CpuVariant variant) {
  if (printIR)
    return succeeded(printKernels(function, variant));
  if (failed(checkKnown(function)))
    return false;
  FailureOr<std::vector<LoadedKernel>> kernels =
      loadKernels(function, variant, realTiles);
  if (failed(kernels))
    return false;
  bool isGood = true;
  for (StringRef text : settings)
    isGood &= checkCase(function, variant, *kernels, text);
  return isGood;
}

int main(int argc, char **argv) {
  cl::ParseCommandLineOptions(argc, argv,
                              "CPU kernels against the definition\n");
  if (realTiles && !settings.empty() && !requestTiles()) {
    llvm::errs() << "kernel-check: no tile registers here: run without "
                    "--real-tiles\n";
    return 1;
  }
  if (variants.empty())
    variants.push_back(CpuVariant::V4);
  DialectRegistry registry;
  registerAllDialects(registry);
  registerCpuCodegen(registry);
  MLIRContext context(registry);
  llvm::SourceMgr sources;
  SourceMgrDiagnosticHandler diagnostics(sources, &context);
  OwningOpRef<ModuleOp> module =
      parseSourceFile<ModuleOp>(inputFile, sources, &context);
  if (!module)
    return 1;
  PassManager manager(&context);
  if (!isTiled)
    buildPipeline(manager, Stage::Tiles, "cpu");
  if (failed(manager.run(*module)))
    return 1;
  bool isGood = true;
  for (auto function : module->getOps<func::FuncOp>())
    if (only.empty() || function.getName() == only)
      for (CpuVariant variant : variants)
        isGood &= checkFunction(function, variant);
  return isGood ? 0 : 1;
}
