//===- WriteArtifact.cpp - An artifact for the fake driver ----------------===//
//
// write-cuda-artifact IMAGE|- PTX|- SIM.so|- PROGRAM.mlir DIR.attn: what the
// compiler would write for sm_90a, with the kernels of Fake/kernels.c, and for
// device sim. Entry `main` is the program of the conformance suite; `tiles` has
// everything else: tensor maps of an argument and of a buffer, the limit SM, a
// group of branches, a repeat.
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
constexpr const char *kTarget = "sm_90a";

std::string readAll(const char *path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void writeAll(const std::string &path, const std::string &bytes) {
  std::remove(path.c_str());
  std::ofstream(path, std::ios::binary) << bytes;
}

Tensor tensor(const char *name, std::vector<Axis> shape,
              Dtype dtype = Dtype::kF32, int64_t alignment = 4) {
  Tensor t;
  t.name = name;
  t.dtype = dtype;
  t.shape = std::move(shape);
  t.baseAlignmentBytes = t.strideMultipleBytes = alignment;
  return t;
}

void addView(std::vector<KernelArg> &args, const char *name) {
  args.push_back(KernelArg::pointer(name));
  for (int axis = 0; axis < 3; ++axis)
    args.push_back(KernelArg::stride(name, axis));
}

KernelArg narrow(KernelArg arg) {
  arg.bytes = 4;
  return arg;
}

std::vector<KernelArg> commonArgs() {
  std::vector<KernelArg> args = {KernelArg::pointer("rows"),
                                 KernelArg::size("q", 0),
                                 narrow(KernelArg::size("q", 2)),
                                 narrow(KernelArg::scalar(Expr::letter("Lk")))};
  addView(args, "q");
  addView(args, "k");
  return args;
}

std::array<Expr, 3> rowGrid() {
  return {ceilDiv(Expr::letter("Lq"), Expr::constant(128)), Expr::letter("Hq"),
          Expr::letter("B")};
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
  plan.target = kTarget;
  plan.buffers = {
      {"rows",
       Dtype::kF32,
       {Expr::letter("B"), Expr::letter("Hq"), Expr::letter("Lq")}}};
  Step rowMax, attend;
  rowMax.kernel = "row_max";
  rowMax.arguments = commonArgs();
  attend.kernel = "attend";
  attend.arguments = commonArgs();
  for (const char *name : {"v", "o", "lse"})
    addView(attend.arguments, name);
  attend.dependsOn = {0};
  rowMax.grid = attend.grid = rowGrid();
  plan.steps = {rowMax, attend};
  entry.plans = {plan};
  return entry;
}

KernelArg mapOf(const char *name, std::vector<int64_t> axes,
                std::vector<int64_t> box, const char *swizzle) {
  KernelArg arg;
  arg.kind = KernelArg::Kind::kTensorMap;
  arg.tensor = name;
  arg.map =
      TensorMap{axes,   {},      box,    std::vector<int64_t>(axes.size(), 1),
                "none", swizzle, "256B", "none"};
  return arg;
}

Step branch(const char *kernel, Expr::Kind compare) {
  Step step;
  step.kernel = kernel;
  step.when = When{"length",
                   Expr::binary(compare, Expr::letter("L"), Expr::constant(4))};
  return step;
}

Entry tilesEntry() {
  Entry entry;
  entry.name = "tiles";
  Axis b{"B", {}}, h{"H", {}}, l{"L", {}}, d{"D", 64}, n{"", 8};
  entry.arguments = {tensor("x", {b, h, l, d}, Dtype::kBF16, 16)};
  entry.results = {tensor("counts", {n}, Dtype::kI32)};
  Plan plan;
  plan.target = kTarget;
  plan.buffers = {
      {"first", Dtype::kI8, {Expr::constant(100)}},
      {"tiles", Dtype::kF16, {Expr::limit("SM"), Expr::constant(96)}}};
  Step longer = branch("copy_tiles", Expr::Kind::kGe);
  longer.grid = {
      minimum(Expr::limit("SM"), Expr::letter("B") * Expr::letter("H")),
      Expr::constant(1), Expr::constant(1)};
  longer.arguments = {mapOf("x", {3, 2, 1, 0}, {64, 128, 1, 1}, "128B"),
                      mapOf("tiles", {1, 0}, {8, 16}, "none"),
                      KernelArg::pointer("x"),
                      KernelArg::pointer("counts"),
                      KernelArg::scalar(Expr::limit("SM")),
                      narrow(KernelArg::scalar(Expr::constant(128)))};
  longer.repeat = Expr::constant(3);
  Step shorter = branch("short_branch", Expr::Kind::kLt);
  shorter.grid = {Expr::constant(1), Expr::constant(1), Expr::constant(1)};
  shorter.arguments = {KernelArg::pointer("counts")};
  plan.steps = {longer, shorter};
  entry.plans = {plan};
  return entry;
}

Kernel kernel(const char *name, int64_t threads, int64_t shared,
              const char *image, const char *ptx) {
  Kernel k;
  k.name = name;
  k.target = kTarget;
  k.block = {threads, 1, 1};
  k.sharedBytes = shared;
  if (*image != '-')
    k.image = "sm_90a.cubin";
  if (*ptx != '-')
    k.ptx = "sm_90a.ptx";
  return k;
}
} // namespace

int main(int argc, char **argv) {
  if (argc != 6)
    return 2;
  std::string program = readAll(argv[4]), folder = argv[5];
  Manifest manifest;
  manifest.compiler = {"hand", "0", "none", {"13.0.88"}};
  manifest.input = {"input.mlirbc", sha256Hex(program)};
  mkdir(folder.c_str(), 0777);
  if (*argv[1] != '-') {
    std::string image = readAll(argv[1]);
    manifest.images = {
        {"sm_90a.cubin", sha256Hex(image), kTarget, {}, int64_t(image.size())}};
    writeAll(folder + "/sm_90a.cubin", image);
  }
  if (*argv[2] != '-')
    writeAll(folder + "/sm_90a.ptx", readAll(argv[2]));
  if (*argv[3] != '-') {
    std::string image = readAll(argv[3]);
    manifest.images.push_back(
        {"sim.so", sha256Hex(image), "sim", {}, int64_t(image.size())});
    writeAll(folder + "/sim.so", image);
  }
  manifest.kernels = {kernel("row_max", 128, 0, argv[1], argv[2]),
                      kernel("attend", 128, 100000, argv[1], argv[2]),
                      kernel("copy_tiles", 128, 16, argv[1], argv[2]),
                      kernel("short_branch", 32, 0, argv[1], argv[2])};
  manifest.entries = {mainEntry(), tilesEntry()};
  if (auto error = validate(manifest)) {
    std::fprintf(stderr, "error: %s\n", error->message.c_str());
    return 1;
  }
  writeAll(folder + "/input.mlirbc", program);
  writeAll(folder + "/manifest.json", writeManifest(manifest));
  return 0;
}
