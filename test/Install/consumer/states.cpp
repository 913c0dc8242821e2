//===- states.cpp - Lengths, states, merges and a sink, made in C++ -------===//
//
// Causal attention in two parts, the near keys and the far ones, over padded
// sequences: merged from two states; and resumed from one, with a sink. Then
// packed sequences. Compared with naive loops on the devices cpu and reference.
//
//===----------------------------------------------------------------------===//

#include "Launch.h"

#include "attn/dialect/Attn/Attn.h"
#include "attn/dialect/Attn/ProgramBuilder.h"

#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace {

constexpr int64_t B = 3, H = 2, L = 21, D = 8;
constexpr int32_t Lengths[B] = {L, 0, 13};
constexpr int64_t Near = 5;

OwningOpRef<ModuleOp> makeSplit(MLIRContext &context) {
  attn::ProgramBuilder build(context);
  Type f32 = build.ops().getF32Type(), i32 = build.ops().getI32Type();
  Value q = build.argument("q", {{"B"}, {"H", H}, {"L"}, {"D", D}}, f32);
  Value k = build.argument("k", {{"B"}, {"Hk", 1}, {"L"}, {"D", D}}, f32);
  Value v = build.argument("v", {{"B"}, {"Hk", 1}, {"L"}, {"D", D}}, f32);
  Value table = build.argument("n", {{"B"}}, i32);
  Value sink = build.argument("sink", {{"H", H}}, f32);

  Value lengths = build.perBatchLengths(table), causal = build.causal();
  Value window = build.window(Near, std::nullopt);
  Value near = build.stream(k, v, build.allOf({causal, window}), lengths);
  Value rest = build.allOf({causal, build.noneOf(window)});
  Value far = build.stream(k, v, rest, lengths, /*heads=*/{0, 0});

  attn::AttendOptions options;
  options.lengths = lengths;
  options.state = options.mass = true;
  attn::Attended first = build.attend(q, near, options);
  Value begun = build.state(first.state);
  options.state = options.mass = false;
  options.lse = true;
  attn::Attended second = build.attend(q, far, options);
  Value other = build.state({second.out, second.lse});
  attn::Attended merged = build.merge({begun, other}, /*lse=*/true);
  options.states = {begun};
  options.sink = sink;
  attn::Attended resumed = build.attend(q, far, options);

  build.result("merged", merged.out);
  build.result("mergedLse", merged.lse);
  build.result("resumed", resumed.out);
  build.result("resumedLse", resumed.lse);
  build.result("mass", first.mass.front());
  return build.finish();
}

OwningOpRef<ModuleOp> makePacked(MLIRContext &context) {
  attn::ProgramBuilder build(context);
  Type f32 = build.ops().getF32Type(), i32 = build.ops().getI32Type();
  Value q = build.argument("q", {{"H", H}, {"T"}, {"D", D}}, f32);
  Value k = build.argument("k", {{"Hk", 1}, {"T"}, {"D", D}}, f32);
  Value v = build.argument("v", {{"Hk", 1}, {"T"}, {"D", D}}, f32);
  Value offsets = build.argument("offsets", {{"N"}}, i32);
  attn::AttendOptions options;
  options.lse = true;
  options.lengths = build.packedLengths(offsets);
  Value keys = build.stream(k, v, build.causal(), options.lengths);
  attn::Attended made = build.attend(q, keys, options);
  build.result("o", made.out);
  build.result("lse", made.lse);
  return build.finish();
}

/// A merge of nothing, and of what is no state, are diagnostics.
bool refusesWrongStates(MLIRContext &context) {
  attn::ProgramBuilder nothing(context);
  nothing.result("o", nothing.merge({}).out);
  attn::ProgramBuilder build(context);
  Type f32 = build.ops().getF32Type();
  Value x = build.argument("x", {{"H", H}, {"L"}, {"D", D}}, f32);
  build.result("o", build.merge(build.state(x)).out);
  return !nothing.finish() && !build.finish();
}

/// Causal attention over the first `i + 1` rows of k and v, with a further
/// weight `extra` that has the value 0.
void compare(Worst &worst, const float *q, const float *k, const float *v,
             int64_t i, double extra, const float *out, float lse) {
  double total = extra, sums[D] = {};
  for (int64_t j = 0; j <= i; ++j) {
    double logit = 0;
    for (int64_t d = 0; d < D; ++d)
      logit += double(q[d]) * k[j * D + d];
    double weight = std::exp(logit / std::sqrt(double(D)));
    total += weight;
    for (int64_t d = 0; d < D; ++d)
      sums[d] += weight * v[j * D + d];
  }
  worst.note(lse, std::log(total));
  for (int64_t d = 0; d < D; ++d)
    worst.note(out[d], sums[d] / total);
}

using Floats = std::vector<float>;

void runSplit(AttnRuntime *runtime, const AttnArtifact *artifact,
              const char *name) {
  Floats q = draw(B * H * L * D, 1), k = draw(B * L * D, 2);
  Floats v = draw(B * L * D, 3), sink = {0.5f, 3.0f};
  for (int64_t b = 0; b < B; ++b) // what is nobody's must not matter
    for (int64_t n = (b * L + Lengths[b]) * D; n < (b + 1) * L * D; ++n)
      k[n] = v[n] = NAN;
  Floats merged(q.size()), resumed(q.size());
  Floats mergedLse(B * H * L), resumedLse(B * H * L), mass(B * H * L);
  int32_t table[B];
  std::copy(Lengths, Lengths + B, table);
  int64_t rows[] = {B, H, L, D}, keys[] = {B, 1, L, D}, batch[] = {B},
          heads[] = {H};
  launch(runtime, artifact, name,
         {{q.data(), rows, nullptr, 4, ATTN_F32},
          {k.data(), keys, nullptr, 4, ATTN_F32},
          {v.data(), keys, nullptr, 4, ATTN_F32},
          {table, batch, nullptr, 1, ATTN_I32},
          {sink.data(), heads, nullptr, 1, ATTN_F32}},
         {{merged.data(), rows, nullptr, 4, ATTN_F32},
          {mergedLse.data(), rows, nullptr, 3, ATTN_F32},
          {resumed.data(), rows, nullptr, 4, ATTN_F32},
          {resumedLse.data(), rows, nullptr, 3, ATTN_F32},
          {mass.data(), rows, nullptr, 3, ATTN_F32}});
  Worst worst;
  for (int64_t b = 0; b < B; ++b)
    for (int64_t h = 0; h < H; ++h)
      for (int64_t i = 0; i < Lengths[b]; ++i) {
        int64_t row = (b * H + h) * L + i;
        const float *kb = &k[b * L * D], *vb = &v[b * L * D];
        compare(worst, &q[row * D], kb, vb, i, 0, &merged[row * D],
                mergedLse[row]);
        compare(worst, &q[row * D], kb, vb, i, std::exp(double(sink[h])),
                &resumed[row * D], resumedLse[row]);
        worst.note(mass[row], 1);
      }
  std::printf("split on %s: %s\n", name, worst.value < 1e-5 ? "good" : "wrong");
}

void runPacked(AttnRuntime *runtime, const AttnArtifact *artifact,
               const char *name) {
  constexpr int64_t T = 26;
  int32_t offsets[] = {0, 1, 1, 24}; // the last two tokens are nobody's
  Floats q = draw(H * T * D, 4), k = draw(T * D, 5), v = draw(T * D, 6);
  for (int64_t n = 24 * D; n < T * D; ++n)
    k[n] = v[n] = NAN;
  Floats o(q.size(), -1), lse(H * T, -1);
  int64_t rows[] = {H, T, D}, keys[] = {1, T, D}, count[] = {4};
  launch(runtime, artifact, name,
         {{q.data(), rows, nullptr, 3, ATTN_F32},
          {k.data(), keys, nullptr, 3, ATTN_F32},
          {v.data(), keys, nullptr, 3, ATTN_F32},
          {offsets, count, nullptr, 1, ATTN_I32}},
         {{o.data(), rows, nullptr, 3, ATTN_F32},
          {lse.data(), rows, nullptr, 2, ATTN_F32}});
  Worst worst;
  for (int64_t n = 0; n < 3; ++n)
    for (int64_t h = 0; h < H; ++h)
      for (int64_t t = offsets[n]; t < offsets[n + 1]; ++t)
        compare(worst, &q[(h * T + t) * D], &k[offsets[n] * D],
                &v[offsets[n] * D], t - offsets[n], 0, &o[(h * T + t) * D],
                lse[h * T + t]);
  std::printf("packed on %s: %s\n", name,
              worst.value < 1e-5 ? "good" : "wrong");
}

} // namespace

int main() {
  MLIRContext context(attn::getCompilerRegistry());
  if (!refusesWrongStates(context))
    return 1;
  OwningOpRef<ModuleOp> split = makeSplit(context);
  OwningOpRef<ModuleOp> packed = makePacked(context);
  if (!split || !packed)
    return 1;
  split->print(llvm::outs());
  llvm::outs().flush();

  AttnRuntime *runtime = makeRuntime();
  AttnArtifact *splitFiles = compile(runtime, *split);
  AttnArtifact *packedFiles = compile(runtime, *packed);
  for (const char *device : {"cpu", "reference"}) {
    runSplit(runtime, splitFiles, device);
    runPacked(runtime, packedFiles, device);
  }
  attnArtifactDestroy(splitFiles);
  attnArtifactDestroy(packedFiles);
  attnRuntimeDestroy(runtime);
  return 0;
}
