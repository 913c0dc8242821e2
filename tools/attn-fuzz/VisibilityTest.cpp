//===- VisibilityTest.cpp - Who sees whom, over many masks ----------------===//

#include "Data.h"
#include "ProgramTest.h"
#include "Session.h"
#include "Tests.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace attn::fuzz {
namespace {

struct Shape {
  int64_t lq, lk;
};

constexpr Shape kShapes[] = {{1, 1},     {2, 2},       {37, 37},   {128, 128},
                             {127, 129}, {1, 300},     {300, 1},   {200, 65},
                             {65, 200},  {1009, 1009}, {96, 4096}, {0, 5}};

Spec makeSpec(uint64_t seed, const Shape &shape, const std::string &device) {
  Random random(seed);
  Spec spec;
  spec.seed = seed;
  spec.dtype = random.pick({ATTN_F32, ATTN_F16, ATTN_BF16});
  if (device == "sim" && spec.dtype == ATTN_F32)
    spec.dtype = ATTN_BF16;
  spec.b = random.range(1, 2);
  spec.hk = 2;
  spec.hq = spec.hk * random.range(1, 2);
  spec.lq = shape.lq;
  spec.lk = shape.lk;
  spec.sameLength = shape.lq == shape.lk;
  spec.isStatic = spec.dynamicHeads = false;
  spec.d = 16;
  spec.dv = 128;
  addTensors(spec);
  if (!random.once(8))
    spec.mask = drawMask(
        random, spec, random.once(3) ? MaskFamily::Patterns : MaskFamily::Any);
  return spec;
}

llvm::Expected<double> testSpec(Session &session, const Options &options,
                                const Spec &spec, const std::string &device,
                                int64_t &rounds) {
  auto module = session.parse(printProgram(spec));
  if (!module)
    return module.takeError();
  std::vector<std::string> variants =
      chooseVariants(spec.dtype, device, options.cpuVariants);
  if (device == "cpu" && variants.empty())
    return 0.0; // Its type has none of --cpu.
  auto compiled = session.compile(**module, device, variants);
  if (!compiled)
    return compiled.takeError();
  Random random(spec.seed);
  Data data = drawData(spec, random, (*compiled)->alignments);
  auto visible = getVisible(spec, data, *(*compiled)->oracle);
  if (!visible)
    return visible.takeError();
  reference::VisibilityCodes codes{{spec.lk}, spec.dv};
  double worst = 0;
  for (size_t n = 0; n == 0 || n < variants.size(); ++n) {
    if (n > 0)
      if (llvm::Error error = (*compiled)->select(variants[n]))
        return error;
    for (int64_t round = 0; round < codes.getRounds(); ++round, ++rounds) {
      fillVisibilityRound(spec, data, codes, round);
      if (llvm::Error error = (*compiled)->launch(data.arguments, data.results))
        return error;
      double ratio = judgeVisibilityRound(spec, data, codes, round, *visible);
      if (!(ratio <= worst))
        worst = ratio;
    }
  }
  return worst;
}

/// Every mask of the options on one device; whether all went well.
bool runDevice(Session &session, const Options &options,
               const std::string &device) {
  double worst = 0;
  int64_t rounds = 0;
  for (int64_t n = 0; n < options.count; ++n) {
    const Shape &shape = kShapes[n % std::size(kShapes)];
    Spec spec = makeSpec(options.from + n, shape, device);
    llvm::Expected<double> ratio =
        testSpec(session, options, spec, device, rounds);
    if (ratio && *ratio <= 1) {
      worst = std::max(worst, *ratio);
      continue;
    }
    std::string reason = ratio ? "error / bound is " + std::to_string(*ratio)
                               : llvm::toString(ratio.takeError());
    llvm::errs() << "attn-fuzz: error: visibility on " << device << ", seed "
                 << spec.seed << ", B " << spec.b << ", Lq " << spec.lq
                 << ", Lk " << spec.lk << ": " << reason << "\n"
                 << printProgram(spec);
    return false;
  }
  llvm::outs() << "visibility: " << options.count << " masks on " << device
               << ", " << rounds << " rounds, worst error / bound "
               << llvm::format("%.3f", worst) << "\n";
  if (device == "cpu")
    printSkippedVariants();
  return true;
}

} // namespace

int runVisibility(const Options &options) {
  if (!canRun(options.cpuVariants))
    return 1;
  std::unique_ptr<Session> session = Session::create();
  if (!session)
    return 1;
  for (const std::string &device : options.devices)
    if (!runDevice(*session, options, device))
      return 1;
  return 0;
}

} // namespace attn::fuzz
