//===- Harness.cpp - Registering and running device tests -----------------===//
//
// conformance-test DEVICE ARTIFACT OTHER SCRATCH [TEST]
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

#ifdef ATTN_HAVE_COMPILER
#include "attn-c/AttnCompiler.h"
#endif

#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>

namespace conformance {
namespace {
std::vector<const Test *> &allTests() {
  static std::vector<const Test *> tests;
  return tests;
}

Tensor dense(std::vector<float> &data, std::vector<int64_t> sizes) {
  Tensor tensor;
  tensor.sizes = sizes;
  tensor.strides.resize(sizes.size());
  int64_t stride = 1;
  for (size_t axis = sizes.size(); axis-- > 0;) {
    tensor.strides[axis] = stride;
    stride *= sizes[axis];
  }
  data.assign(size_t(stride), 0.0f);
  tensor.data = data.data();
  return tensor;
}

float at(const Tensor &t, int64_t b, int64_t h, int64_t i, int64_t d) {
  return t.data[b * t.strides[0] + h * t.strides[1] + i * t.strides[2] + d];
}
} // namespace

Test::Test(const char *name, On on, void (*body)(const Fixture &))
    : name(name), on(on), body(body) {
  allTests().push_back(this);
}

void addCompiler(AttnRuntime *runtime) {
#ifdef ATTN_HAVE_COMPILER
  call(attnRuntimeAddPlugin, runtime, attnCompilerPlugin()).require();
#endif
}

AttnRuntimeOptions withThreads(int64_t threads) {
  AttnRuntimeOptions options{};
  options.structSize = sizeof options;
  options.threads = threads;
  return options;
}

Session::Session(const Fixture &fixture, const char *name,
                 const AttnRuntimeOptions *options) {
  call(attnRuntimeCreate, options, &runtime).require();
  addCompiler(runtime);
  call(attnArtifactLoadFolder, runtime, fixture.artifact.c_str(), &artifact)
      .require();
  call(attnArtifactFindEntry, static_cast<const AttnArtifact *>(artifact), name,
       &entry)
      .require();
  call(attnDeviceOpen, runtime, fixture.device.c_str(), &device).require();
  call(attnProgramPrepare, device, static_cast<const AttnArtifact *>(artifact),
       entry, &program)
      .require();
}

Session::~Session() {
  attnProgramDestroy(program);
  attnDeviceDestroy(device);
  attnArtifactDestroy(artifact);
  attnRuntimeDestroy(runtime);
}

AttnTensor Tensor::view() const {
  return {data, sizes.data(), dense ? nullptr : strides.data(),
          int32_t(sizes.size()), dtype};
}

Problem::Problem(int64_t b, int64_t lq, int64_t lk) : b(b), lq(lq), lk(lk) {
  q = dense(qData, {b, 2, lq, 8});
  k = dense(kData, {b, 1, lk, 8});
  v = dense(vData, {b, 1, lk, 4});
  o = dense(oData, {b, 2, lq, 4});
  lse = dense(lseData, {b, 2, lq});
  uint32_t state = 1;
  for (auto *data : {&qData, &kData, &vData})
    for (float &value : *data) {
      state = state * 1664525 + 1013904223;
      value = float(int32_t(state)) / 1e9f;
    }
  for (auto *data : {&oData, &lseData})
    for (float &value : *data)
      value = NAN;
}

AttnLaunch &Problem::prepare(const Session &session) {
  const Tensor *inputs[] = {&q, &k, &v}, *results[] = {&o, &lse};
  for (int i = 0; i < 3; ++i)
    arguments[i] = inputs[i]->view();
  for (int i = 0; i < 2; ++i)
    outputs[i] = results[i]->view();
  size_t bytes = 0;
  int64_t letters[] = {b, 2, lq, 8, 1, lk, 4}; // B Hq Lq D Hk Lk Dv
  call(attnProgramWorkspaceBytes,
       static_cast<const AttnProgram *>(session.program),
       static_cast<const int64_t *>(letters), &bytes)
      .require();
  workspace.assign(bytes + 64, char(0xff));
  uintptr_t base = reinterpret_cast<uintptr_t>(workspace.data());
  launch.structSize = sizeof launch;
  launch.tensorSize = sizeof(AttnTensor);
  launch.arguments = arguments;
  launch.argumentCount = 3;
  launch.results = outputs;
  launch.resultCount = 2;
  launch.workspace = reinterpret_cast<void *>((base + 63) / 64 * 64);
  launch.workspaceBytes = bytes;
  return launch;
}

void Problem::check() const {
  for (int64_t row = 0; row < b * 2 * lq; ++row) {
    int64_t i = row % lq, h = row / lq % 2, batch = row / lq / 2;
    double most = -INFINITY, sum = 0, acc[4] = {0, 0, 0, 0};
    std::vector<double> logits;
    for (int64_t j = 0; j < lk; ++j) {
      double s = 0;
      for (int64_t d = 0; d < 8; ++d)
        s += double(at(q, batch, h, i, d)) * at(k, batch, 0, j, d);
      logits.push_back(s / std::sqrt(8.0));
      most = std::max(most, logits.back());
    }
    for (int64_t j = 0; j < lk; ++j) {
      double p = std::exp(logits[size_t(j)] - most);
      sum += p;
      for (int64_t d = 0; d < 4; ++d)
        acc[d] += p * at(v, batch, 0, j, d);
    }
    for (int64_t d = 0; d < 4; ++d) {
      double wanted = lk ? acc[d] / sum : 0;
      EXPECT(std::fabs(at(o, batch, h, i, d) - wanted) <= 1e-5);
    }
    float found = lse.data[batch * lse.strides[0] + h * lse.strides[1] + i];
    if (lk)
      EXPECT(std::fabs(found - (most + std::log(sum))) <= 1e-5);
    else
      EXPECT(std::isinf(found) && found < 0);
  }
}

std::vector<float> Problem::results() const {
  std::vector<float> all = oData;
  all.insert(all.end(), lseData.begin(), lseData.end());
  return all;
}

void run(Problem &problem, const Session &session) {
  session.launch(problem.prepare(session)).require();
}

std::string readFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

int runAll(const Fixture &fixture, const char *only) {
  int failed = 0, passed = 0;
  for (const Test *test : allTests()) {
    if (only && std::strcmp(only, test->name) != 0)
      continue;
    if (test->on == On::kCpuOnly && fixture.device != "cpu")
      continue;
    try {
      test->body(fixture);
      std::printf("PASS %s\n", test->name);
      ++passed;
    } catch (const std::exception &problem) {
      std::printf("FAIL %s: %s\n", test->name, problem.what());
      ++failed;
    }
    std::fflush(stdout);
  }
  std::printf("%s: %d passed, %d failed\n", fixture.device.c_str(), passed,
              failed);
  return failed != 0 || passed == 0;
}
} // namespace conformance

int main(int argc, char **argv) {
  if (argc < 5)
    return 2;
  return conformance::runAll({argv[1], argv[2], argv[3], argv[4]},
                             argc > 5 ? argv[5] : nullptr);
}
