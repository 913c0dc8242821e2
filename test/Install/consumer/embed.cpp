//===- embed.cpp - A C++ program that makes, compiles and runs a program --===//
//
// Causal attention in a window, logits with a slope per head that is captured
// from a tensor: built without text, compiled in this process, launched through
// the C API on the devices cpu and reference, compared with a naive loop.
//
//===----------------------------------------------------------------------===//

#include "Launch.h"

#include "attn/dialect/Attn/Attn.h"
#include "attn/dialect/Attn/ProgramBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace {

constexpr int64_t B = 1, H = 2, L = 37, D = 8;
constexpr int64_t Left = 5;

/// Reads the slope of the head and multiplies the logit with it.
Value score(OpBuilder &b, Location loc, const attn::ScoreArguments &a) {
  Value slope = attn::ReadOp::create(b, loc, b.getF32Type(), a.captures[0],
                                     ValueRange{a.head});
  return arith::MulFOp::create(b, loc, a.logit, slope);
}

OwningOpRef<ModuleOp> makeProgram(MLIRContext &context, int64_t left) {
  attn::ProgramBuilder build(context);
  Type f32 = build.ops().getF32Type();
  Value q = build.argument("q", {{"B"}, {"H", H}, {"L"}, {"D", D}}, f32);
  Value k = build.argument("k", {{"B"}, {"Hk", 1}, {"L"}, {"D", D}}, f32);
  Value v = build.argument("v", {{"B"}, {"Hk", 1}, {"L"}, {"D", D}}, f32);
  Value slopes = build.argument("slopes", {{"H", H}}, f32);
  Value mask = build.allOf({build.causal(), build.window(left, std::nullopt)});
  attn::AttendOptions options;
  options.lse = true;
  options.score = score;
  options.captures = {slopes};
  attn::Attended made = build.attend(q, build.stream(k, v, mask), options);
  build.result("o", made.out);
  build.result("lse", made.lse);
  return build.finish();
}

struct Problem {
  std::vector<float> q = draw(H * L * D, 1), k = draw(L * D, 2);
  std::vector<float> v = draw(L * D, 3), slopes = {0.5f, 2.0f};
  std::vector<float> o = std::vector<float>(H * L * D, NAN);
  std::vector<float> lse = std::vector<float>(H * L, NAN);

  double logit(int64_t h, int64_t i, int64_t j) const {
    double sum = 0;
    for (int64_t d = 0; d < D; ++d)
      sum += double(q[(h * L + i) * D + d]) * k[j * D + d];
    return sum / std::sqrt(double(D)) * slopes[h];
  }

  /// The largest difference from a naive loop.
  double worst() const {
    Worst worst;
    for (int64_t row = 0; row < H * L; ++row) {
      int64_t h = row / L, i = row % L;
      double total = 0, sums[D] = {};
      for (int64_t j = std::max<int64_t>(0, i - Left); j <= i; ++j) {
        double weight = std::exp(logit(h, i, j));
        total += weight;
        for (int64_t d = 0; d < D; ++d)
          sums[d] += weight * v[j * D + d];
      }
      worst.note(lse[row], std::log(total));
      for (int64_t d = 0; d < D; ++d)
        worst.note(o[row * D + d], sums[d] / total);
    }
    return worst.value;
  }
};

void run(AttnRuntime *runtime, const AttnArtifact *artifact, const char *name) {
  Problem p;
  int64_t q[] = {B, H, L, D}, k[] = {B, 1, L, D}, slopes[] = {H};
  launch(runtime, artifact, name,
         {{p.q.data(), q, nullptr, 4, ATTN_F32},
          {p.k.data(), k, nullptr, 4, ATTN_F32},
          {p.v.data(), k, nullptr, 4, ATTN_F32},
          {p.slopes.data(), slopes, nullptr, 1, ATTN_F32}},
         {{p.o.data(), q, nullptr, 4, ATTN_F32},
          {p.lse.data(), q, nullptr, 3, ATTN_F32}});
  std::printf("%s: %s\n", name, p.worst() < 1e-5 ? "good" : "wrong");
}

} // namespace

int main() {
  MLIRContext context(attn::getCompilerRegistry());
  if (makeProgram(context, /*left=*/-1))
    return 1; // and the diagnostic is on stderr
  OwningOpRef<ModuleOp> program = makeProgram(context, Left);
  if (!program)
    return 1;
  program->print(llvm::outs());
  llvm::outs().flush();
  AttnRuntime *runtime = makeRuntime();
  AttnArtifact *artifact = compile(runtime, *program);
  run(runtime, artifact, "cpu");
  run(runtime, artifact, "reference");
  attnArtifactDestroy(artifact);
  attnRuntimeDestroy(runtime);
  return 0;
}
