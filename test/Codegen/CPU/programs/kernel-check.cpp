//===- kernel-check.cpp - CPU kernels against the definition --------------===//
//
// kernel-check FILE --set=B=1,Lq=37,Lk=128 [--variant=v3|v4] [--layout=...]
//
// Compiles the folds of every function in FILE (stage `input`), runs them on
// random tensors surrounded by NaN and compares sampled rows with a double loop.
// --runs=N times them instead.
//
//===----------------------------------------------------------------------===//

#include "NaiveRows.h"

#include "attn/dialect/Register.h"
#include "attn/passes/Pipelines.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/SourceMgr.h"

#include <chrono>

using namespace mlir;
using namespace attn;
using namespace attn::test;
namespace cl = llvm::cl;

static cl::opt<std::string> inputFile(cl::Positional, cl::Required);
static cl::list<std::string> settings("set", cl::CommaSeparated,
                                      cl::desc("letter=size"));
static cl::opt<CpuVariant> variant("variant", cl::init(CpuVariant::V4),
                                   cl::values(clEnumValN(CpuVariant::V3, "v3", ""),
                                              clEnumValN(CpuVariant::V4, "v4", "")));
static cl::opt<Layout> layout("layout", cl::init(Layout::Contiguous),
                              cl::values(clEnumValN(Layout::Contiguous, "bhsd", ""),
                                         clEnumValN(Layout::Interleaved, "bshd", "")));
static cl::opt<double> spread("spread", cl::init(1.0),
                              cl::desc("standard deviation of q, k, v"));
static cl::opt<int> threads("num-threads", cl::init(2));
static cl::opt<int64_t> rows("rows", cl::init(6), cl::desc("random rows per head"));
static cl::opt<int> runs("runs", cl::init(0), cl::desc("time instead of check"));

static LogicalResult checkFunction(func::FuncOp function,
                                   const llvm::StringMap<int64_t> &letters) {
  FailureOr<std::vector<LoadedKernel>> kernels = loadKernels(function, variant);
  if (failed(kernels))
    return failure();
  auto tensors = makeTensors(function, letters, layout, spread);
  callKernels(*kernels, tensors, threads);
  double best = 1e30;
  for (int run = 0; run < runs; ++run) {
    auto start = std::chrono::steady_clock::now();
    callKernels(*kernels, tensors, threads);
    std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    best = std::min(best, took.count());
  }
  bool isGood = true;
  function.walk([&](tile::FoldOp fold) {
    if (runs > 0) {
      const Tensor &q = tensors.find(fold.getQ())->second;
      const Tensor &out = tensors.find(fold.getOut())->second;
      const Tensor &k = tensors
          .find(fold.getStream().getDefiningOp<RouteOp>().getK())->second;
      double operations = 2.0 * q.count() * k.sizes[2] + 2.0 * out.count() * k.sizes[2];
      llvm::outs() << function.getName() << ": "
                   << llvm::format("%.3f ms, all pairs %.1f GFLOP/s", best * 1e3,
                                   operations / best * 1e-9)
                   << "\n";
      return;
    }
    double worst = checkRows(fold, tensors, rows);
    llvm::outs() << function.getName() << ": worst error / bound "
                 << llvm::format("%.3f", worst) << "\n";
    isGood &= worst <= 1;
  });
  return success(isGood);
}

int main(int argc, char **argv) {
  cl::ParseCommandLineOptions(argc, argv, "CPU kernels against the definition\n");
  DialectRegistry registry;
  registerAllDialects(registry);
  registerCpuCodegen(registry);
  MLIRContext context(registry);
  llvm::StringMap<int64_t> letters;
  for (StringRef setting : settings) {
    auto [letter, size] = setting.split('=');
    size.getAsInteger(10, letters[letter]);
  }
  llvm::SourceMgr sources;
  SourceMgrDiagnosticHandler diagnostics(sources, &context);
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(inputFile, sources, &context);
  if (!module)
    return 1;
  PassManager manager(&context);
  buildPipeline(manager, Stage::Tiles, "cpu");
  if (failed(manager.run(*module)))
    return 1;
  bool isGood = true;
  for (auto function : module->getOps<func::FuncOp>())
    isGood &= succeeded(checkFunction(function, letters));
  return isGood ? 0 : 1;
}
