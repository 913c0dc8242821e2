//===- WriteArtifact.cpp - Pack the hand-written image --------------------===//
//
// write-conformance-artifact IMAGE.so PROGRAM.mlir DIR.attn: what the compiler
// would write, through the same manifest library.
//
//===----------------------------------------------------------------------===//

#include "attn/manifest/Manifest.h"
#include "attn/manifest/Sha256.h"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <sys/stat.h>

using namespace attn::manifest;

namespace {
std::string readAll(const char *path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void writeAll(const std::string &path, const std::string &bytes) {
  std::remove(path.c_str()); // a mapped file must not change under a reader
  std::ofstream(path, std::ios::binary) << bytes;
}

Tensor tensor(const char *name, std::vector<Axis> shape,
              Dtype dtype = Dtype::kF32) {
  Tensor t;
  t.name = name;
  t.dtype = dtype;
  t.shape = std::move(shape);
  t.baseAlignmentBytes = t.strideMultipleBytes = dtypeBytes(dtype);
  return t;
}

/// Pointer and the strides of all axes but the last, as `view` reads them.
void addView(std::vector<KernelArg> &args, const char *name, int strides) {
  args.push_back(KernelArg::pointer(name));
  for (int axis = 0; axis < strides; ++axis)
    args.push_back(KernelArg::stride(name, axis));
}

std::vector<KernelArg> commonArgs() {
  std::vector<KernelArg> args = {
      KernelArg::pointer("rows"), KernelArg::size("q", 0),
      KernelArg::size("q", 2), KernelArg::scalar(Expr::letter("Lk"))};
  addView(args, "q", 3);
  addView(args, "k", 3);
  return args;
}

Entry mainEntry() {
  Axis b{"B", {}}, hq{"Hq", 2}, hk{"Hk", 1}, lq{"Lq", {}}, lk{"Lk", {}};
  Axis d{"D", 8}, dv{"Dv", 4};
  Entry entry;
  entry.name = "main";
  entry.arguments = {tensor("q", {b, hq, lq, d}), tensor("k", {b, hk, lk, d}),
                     tensor("v", {b, hk, lk, dv})};
  entry.results = {tensor("o", {b, hq, lq, dv}), tensor("lse", {b, hq, lq})};
  Plan plan;
  plan.target = "cpu";
  plan.buffers = {
      {"rows",
       Dtype::kF32,
       {Expr::letter("B"), Expr::letter("Hq"), Expr::letter("Lq")}}};
  Step rowMax, attend;
  rowMax.kernel = "row_max";
  rowMax.arguments = commonArgs();
  attend.kernel = "attend";
  attend.arguments = commonArgs();
  addView(attend.arguments, "v", 3);
  addView(attend.arguments, "o", 3);
  addView(attend.arguments, "lse", 3);
  attend.dependsOn = {0};
  plan.steps = {rowMax, attend};
  entry.plans = {plan};
  return entry;
}

Entry probeEntry() {
  Entry entry;
  entry.name = "probe";
  entry.arguments = {tensor("x", {{"N", {}}})};
  for (const char *name : {"mode", "worker", "number"})
    entry.results.push_back(tensor(name, {{"N", {}}}, Dtype::kI32));
  Step step;
  step.kernel = "probe";
  step.arguments = {KernelArg::size("x", 0), KernelArg::pointer("x"),
                    KernelArg::pointer("mode"), KernelArg::pointer("worker"),
                    KernelArg::pointer("number")};
  Plan plan;
  plan.target = "cpu";
  plan.steps = {step};
  entry.plans = {plan};
  return entry;
}

Entry copyEntry() {
  Entry entry;
  entry.name = "copy";
  std::vector<Axis> shape = {{"N", {}}};
  entry.arguments = {tensor("x", shape, Dtype::kBF16),
                     tensor("h", shape, Dtype::kF16),
                     tensor("ids", shape, Dtype::kI32)};
  entry.arguments[2].random = "segments";
  entry.results = {tensor("x2", shape, Dtype::kBF16),
                   tensor("h2", shape, Dtype::kF16),
                   tensor("ids2", shape, Dtype::kI32)};
  Step step;
  step.kernel = "copy";
  step.arguments = {KernelArg::size("x", 0)};
  for (const char *name : {"x", "x2", "h", "h2", "ids", "ids2"})
    step.arguments.push_back(KernelArg::pointer(name));
  Plan plan;
  plan.target = "cpu";
  plan.steps = {step};
  entry.plans = {plan};
  return entry;
}

Kernel kernel(const char *name, int64_t scratch) {
  Kernel k;
  k.name = name;
  k.target = "cpu";
  k.image = "cpu.so";
  k.scratchBytesPerThread = Expr::constant(scratch);
  return k;
}
} // namespace

int main(int argc, char **argv) {
  if (argc != 4)
    return 2;
  std::string image = readAll(argv[1]), program = readAll(argv[2]);
  std::string folder = argv[3];
  Manifest manifest;
  manifest.compiler = {"hand", "0", "none", {}};
  manifest.input = {"input.mlirbc", sha256Hex(program)};
  manifest.images = {
      {"cpu.so", sha256Hex(image), "cpu", {"v3", "v4"}, int64_t(image.size())}};
  manifest.kernels = {kernel("row_max", 0), kernel("attend", 64),
                      kernel("probe", 0), kernel("copy", 0)};
  manifest.entries = {mainEntry(), probeEntry(), copyEntry()};
  if (auto error = validate(manifest)) {
    std::fprintf(stderr, "error: %s\n", error->message.c_str());
    return 1;
  }
  mkdir(folder.c_str(), 0777);
  writeAll(folder + "/cpu.so", image);
  writeAll(folder + "/input.mlirbc", program);
  writeAll(folder + "/manifest.json", writeManifest(manifest));
  return 0;
}
