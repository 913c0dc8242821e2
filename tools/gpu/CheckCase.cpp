//===- CheckCase.cpp - One case on one device -----------------------------===//

#include "CheckCase.h"
#include "Codes.h"
#include "Failure.h"
#include "Inputs.h"
#include "Judge.h"
#include "Placement.h"

#include "attn/tools/Launch.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>

using attn::run::HostTensor;
using attn::run::require;

namespace attn::pack {
namespace {
using json = nlohmann::ordered_json;

std::string readFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw run::RunError("cannot open '" + path + "'");
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A program with its tensors on the device.
class CaseRun {
public:
  CaseRun(const Host &host, const std::string &folder, const Case &which);
  ~CaseRun();
  CaseRun(const CaseRun &) = delete;

  /// Runs on `inputs` and fills `results`.
  void run();
  std::vector<double> time(int64_t runs);
  const std::string &warning() const { return warningText; }

  std::vector<HostTensor> inputs, results;

private:
  void load(const std::string &folder);
  void prepareResults();
  AttnLaunch launch();

  const Host &host;
  const Case &which;
  AttnArtifact *artifact = nullptr;
  AttnProgram *program = nullptr;
  size_t entry = 0;
  std::vector<Placement> places; ///< Of inputs, then of results.
  std::vector<AttnTensor> argumentViews, resultViews;
  std::unique_ptr<Placement> workspace;
  HostTensor workspaceShape;
  std::string warningText;
};

CaseRun::CaseRun(const Host &host, const std::string &folder, const Case &which)
    : host(host), which(which) {
  try {
    load(folder);
    run::Options options;
    options.random = true;
    options.seed = which.seed;
    options.letters = which.letters;
    inputs = run::makeInputs(artifact, entry, options);
    prepareResults();
  } catch (...) {
    attnProgramDestroy(program);
    attnArtifactDestroy(artifact);
    throw;
  }
}

CaseRun::~CaseRun() {
  attnProgramDestroy(program);
  attnArtifactDestroy(artifact);
}

void CaseRun::load(const std::string &folder) {
  std::string path = folder + "/programs/" + which.program + ".attn";
  require(attnArtifactLoadFolder, host.runtime, path.c_str(), &artifact);
  require(attnArtifactFindEntry, static_cast<const AttnArtifact *>(artifact),
          "main", &entry);
  require(attnProgramPrepare, host.device,
          static_cast<const AttnArtifact *>(artifact), entry, &program);
  warningText = attnProgramWarning(program);
}

void CaseRun::prepareResults() {
  std::vector<AttnTensor> dense;
  for (const HostTensor &input : inputs)
    dense.push_back(input.view());
  std::vector<int64_t> letters(attnArtifactLetterCount(artifact, entry));
  auto *constArtifact = static_cast<const AttnArtifact *>(artifact);
  require(attnArtifactBindLetters, constArtifact, entry,
          static_cast<const AttnTensor *>(dense.data()), dense.size(),
          letters.data());
  auto *constLetters = static_cast<const int64_t *>(letters.data());
  for (size_t i = 0; i < attnArtifactResultCount(artifact, entry); ++i) {
    AttnTensorInfo info = run::resultInfo(artifact, entry, i);
    std::vector<int64_t> sizes(size_t(info.rank));
    require(attnArtifactResultSizes, constArtifact, entry, i, constLetters,
            sizes.data());
    results.push_back(run::makeTensor(info.name, info.dtype, sizes));
  }
  size_t bytes = 0;
  require(attnProgramWorkspaceBytes, static_cast<const AttnProgram *>(program),
          constLetters, &bytes);
  workspaceShape = run::makeTensor("workspace", ATTN_I8, {int64_t(bytes)});
  workspace = std::make_unique<Placement>(host.device, workspaceShape, false);
  for (const auto *tensors : {&inputs, &results})
    for (const HostTensor &tensor : *tensors)
      places.emplace_back(host.device, tensor, which.isTransposed);
  for (size_t i = 0; i < places.size(); ++i)
    (i < inputs.size() ? argumentViews : resultViews)
        .push_back(places[i].view());
}

AttnLaunch CaseRun::launch() {
  return makeLaunch(argumentViews, resultViews, workspace->view().data,
                    workspace->view().sizes[0]);
}

void CaseRun::run() {
  for (size_t i = 0; i < places.size(); ++i)
    places[i].upload(i < inputs.size() ? inputs[i].bytes.data() : nullptr);
  workspace->upload(nullptr);
  AttnLaunch call = launch();
  require(attnProgramLaunch, static_cast<const AttnProgram *>(program),
          static_cast<const AttnLaunch *>(&call));
  require(attnDeviceSynchronize, static_cast<const AttnDevice *>(host.device),
          static_cast<void *>(nullptr));
  for (size_t i = 0; i < results.size(); ++i)
    if (!places[inputs.size() + i].download(results[i].bytes.data()))
      throw run::RunError("wrote outside result '" + results[i].name + "'");
  if (!workspace->download(workspaceShape.bytes.data()))
    throw run::RunError("wrote outside the workspace");
}

std::vector<double> CaseRun::time(int64_t runs) {
  constexpr int64_t kWarmUp = 5;
  std::vector<double> milliseconds(size_t(runs + kWarmUp));
  AttnLaunch call = launch();
  require(attnProgramTime, static_cast<const AttnProgram *>(program),
          static_cast<const AttnLaunch *>(&call), int64_t(milliseconds.size()),
          milliseconds.data());
  milliseconds.erase(milliseconds.begin(), milliseconds.begin() + kWarmUp);
  std::sort(milliseconds.begin(), milliseconds.end());
  return milliseconds;
}

bool sameBits(const std::vector<std::vector<char>> &before,
              const std::vector<HostTensor> &now) {
  for (size_t i = 0; i < now.size(); ++i)
    if (std::memcmp(before[i].data(), now[i].bytes.data(), before[i].size()))
      return false;
  return true;
}

void checkValues(CaseRun &run, const Expected &expected, json &report) {
  run.run();
  Ratios ratios = judgeValues(expected, run.results);
  report["out_ratio"] = ratios.out;
  report["lse_ratio"] = ratios.lse;
  std::vector<std::vector<char>> first;
  for (const HostTensor &result : run.results)
    first.emplace_back(result.bytes.data(),
                       result.bytes.data() + result.bytes.size());
  run.run();
  report["reruns_equal"] = sameBits(first, run.results);
  if (!(ratios.out <= 1 && ratios.lse <= 1))
    throw run::RunError("values: " + ratios.text());
  if (!report["reruns_equal"])
    throw run::RunError("a second run gave other bits");
}

void checkVisibility(CaseRun &run, const Case &which, const Expected &expected,
                     json &report) {
  std::vector<Codes> codes = fillCodes(which, run.inputs);
  run.run();
  Ratios ratios = judgeCodes(which, expected, codes, run.results);
  report["visibility_ratio"] = std::max(ratios.out, ratios.lse);
  if (!(ratios.out <= 1 && ratios.lse <= 1))
    throw run::RunError("visibility: " + ratios.text());
}

void timeCase(CaseRun &run, const Case &which, int64_t runs, json &report) {
  std::vector<double> all = run.time(runs);
  double median = all[all.size() / 2];
  report["ours_ms"] = median;
  report["min_ms"] = all.front();
  report["runs"] = runs;
  report["tflops"] = which.operations / (median * 1e9);
}

std::string lineOf(const Case &which, const json &report,
                   const std::string &problem) {
  char numbers[200] = "";
  std::string text = problem.empty() ? "PASS " : "FAIL ";
  text += which.name;
  if (report.contains("out_ratio"))
    std::snprintf(numbers, sizeof numbers, ": o %.3f, lse %.3f of the bound",
                  report["out_ratio"].get<double>(),
                  report["lse_ratio"].get<double>());
  text += numbers;
  *numbers = 0;
  if (report.contains("visibility_ratio"))
    std::snprintf(numbers, sizeof numbers, ", visibility %.3f",
                  report["visibility_ratio"].get<double>());
  text += numbers;
  *numbers = 0;
  if (report.contains("ours_ms"))
    std::snprintf(numbers, sizeof numbers, ", %.4f ms, %.1f TFLOP/s",
                  report["ours_ms"].get<double>(),
                  report["tflops"].get<double>());
  text += numbers;
  return problem.empty() ? text : text + ": " + problem;
}
} // namespace

Host::Host(const std::string &name) {
  require(attnRuntimeCreate, static_cast<const AttnRuntimeOptions *>(nullptr),
          &runtime);
  try {
    require(attnDeviceOpen, runtime, name.c_str(), &device);
  } catch (...) {
    attnRuntimeDestroy(runtime);
    throw;
  }
}

Host::~Host() {
  attnDeviceDestroy(device);
  attnRuntimeDestroy(runtime);
}

json checkCase(const Host &host, const std::string &folder, const Case &which,
               int64_t runs) {
  json report{{"name", which.name}, {"passed", false}};
  std::string problem;
  try {
    Expected expected =
        decode(readFile(folder + "/rows/" + which.name + ".rows"));
    CaseRun run(host, folder, which);
    if (!run.warning().empty())
      report["warning"] = run.warning();
    checkValues(run, expected, report);
    if (runs > 0)
      timeCase(run, which, runs, report);
    if (!expected.visible.empty())
      checkVisibility(run, which, expected, report);
    report["passed"] = true;
  } catch (const std::exception &failure) {
    problem = failure.what();
    report["problem"] = problem;
  }
  report["text"] = lineOf(which, report, problem);
  return report;
}

} // namespace attn::pack
