//===- Session.cpp - One run of an entry ----------------------------------===//

#include "Session.h"
#include "DeviceTensors.h"
#include "Failure.h"
#include "Inputs.h"
#include "Opened.h"
#include "Outputs.h"
#include "Stats.h"
#include "TurnTimes.h"

#include "attn/tools/Launch.h"

#include <algorithm>
#include <cinttypes>
#include <cmath>
#include <cstdio>

namespace attn::run {
namespace {

/// Among the outputs; no result has that name.
const char *const kStatsOutput = "--stats";

class Session {
public:
  explicit Session(const Options &options)
      : options(options), opened(options, progress),
        artifact(opened.artifact.get()), entry(opened.entry) {}

  int run();

private:
  void prepareForCounting();
  void checkOutNames() const;
  void makeTensors();
  void bindLetters();
  void describe() const;
  void launch();
  std::vector<double> measure();
  void time();
  double countOperations(const char *number,
                         std::vector<double> *attends = nullptr);
  void finishStats(Outputs &outputs);
  bool checkAgainstReference();
  AttnLaunch launchStruct() const;
  AttnLaunch deviceLaunch();
  AttnSimMode simMode() const {
    return options.simStrict ? ATTN_SIM_STRICT : ATTN_SIM_FAST;
  }
  void restoreInout();

  const Options &options;
  Progress progress;
  Opened opened;
  const AttnArtifact *artifact;
  size_t entry;
  Program program;
  Program reference;         ///< For --against and the operations of --time.
  std::string whyNotCounted; ///< Why there is no reference for --time.
  std::vector<HostTensor> inputs, results;
  std::vector<std::vector<char>> inoutCopies; ///< Empty for plain arguments.
  std::vector<AttnTensor> inputViews, resultViews;
  std::vector<int64_t> letters;
  size_t workspaceBytes = 0;
  std::unique_ptr<Stats> stats;           ///< Null without --stats.
  TurnTimes turns;                        ///< With --verbose.
  std::unique_ptr<DeviceTensors> tensors; ///< Where the device reads them.
};

/// Times are worth printing without their operations.
void Session::prepareForCounting() {
  try {
    reference = opened.prepare("reference");
  } catch (const RunError &error) {
    whyNotCounted = error.what();
  }
}

void Session::bindLetters() {
  letters.resize(attnArtifactLetterCount(artifact, entry));
  require(attnArtifactBindLetters, artifact, entry,
          static_cast<const AttnTensor *>(inputViews.data()), inputViews.size(),
          letters.data());
}

void Session::makeTensors() {
  inputs = makeInputs(artifact, entry, options);
  inoutCopies.resize(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    inputViews.push_back(inputs[i].view());
    const AlignedBytes &bytes = inputs[i].bytes;
    if (argumentInfo(artifact, entry, i).inout)
      inoutCopies[i].assign(bytes.data(), bytes.data() + bytes.size());
  }
  bindLetters();
  for (size_t i = 0; i < attnArtifactResultCount(artifact, entry); ++i) {
    AttnTensorInfo info = resultInfo(artifact, entry, i);
    std::vector<int64_t> sizes(size_t(info.rank));
    require(attnArtifactResultSizes, artifact, entry, i,
            static_cast<const int64_t *>(letters.data()), sizes.data());
    results.push_back(makeTensor(info.name, info.dtype, std::move(sizes)));
    // Whatever is not written shows as NaN.
    AlignedBytes &bytes = results.back().bytes;
    std::fill_n(bytes.data(), bytes.size(), char(0xff));
  }
  for (const HostTensor &result : results)
    resultViews.push_back(result.view());
  require(attnProgramWorkspaceBytes,
          static_cast<const AttnProgram *>(program.get()),
          static_cast<const int64_t *>(letters.data()), &workspaceBytes);
  tensors = std::make_unique<DeviceTensors>(opened.device.get(), inputs,
                                            results, workspaceBytes);
}

void Session::describe() const {
  std::fprintf(stderr, "device %s: %s\n", options.device.c_str(),
               attnProgramDescription(program.get()));
  std::string text;
  std::vector<std::string> names = letterNames(artifact, entry);
  for (size_t i = 0; i < names.size(); ++i)
    text += " " + names[i] + "=" + std::to_string(letters[i]);
  std::fprintf(stderr, "entry %s, letters%s, workspace %zu bytes\n",
               attnArtifactEntryName(artifact, entry), text.c_str(),
               workspaceBytes);
}

/// The tensors on the host, for the reference, which needs no workspace.
AttnLaunch Session::launchStruct() const {
  AttnLaunch launch = makeLaunch(inputViews, resultViews);
  launch.scheduleSeed = options.simSeed;
  launch.simMode = simMode();
  return launch;
}

/// Turns of earlier launches are forgotten.
AttnLaunch Session::deviceLaunch() {
  AttnLaunch launch = tensors->launch(options.simSeed, simMode());
  turns.clear();
  if (options.verbose) {
    launch.turnReport = &TurnTimes::receive;
    launch.turnReportContext = &turns;
  }
  return launch;
}

void Session::restoreInout() {
  for (size_t i = 0; i < inputs.size(); ++i)
    std::copy(inoutCopies[i].begin(), inoutCopies[i].end(),
              inputs[i].bytes.data());
}

void Session::launch() {
  tensors->upload();
  AttnLaunch launch = deviceLaunch();
  if (options.stats) {
    stats = std::make_unique<Stats>();
    launch.simReport = &Stats::receive;
    launch.simReportContext = stats.get();
  }
  require(attnProgramLaunch, static_cast<const AttnProgram *>(program.get()),
          static_cast<const AttnLaunch *>(&launch));
  tensors->download();
}

/// Runs back to back, unless each changes its own input.
std::vector<double> Session::measure() {
  bool isInPlace = false;
  for (const std::vector<char> &copy : inoutCopies)
    isInPlace |= !copy.empty();
  std::vector<double> milliseconds(size_t(options.runs));
  AttnLaunch launch = deviceLaunch();
  size_t step = isInPlace ? 1 : milliseconds.size();
  for (size_t i = 0; i < milliseconds.size(); i += step) {
    restoreInout();
    tensors->upload();
    require(attnProgramTime, static_cast<const AttnProgram *>(program.get()),
            static_cast<const AttnLaunch *>(&launch), int64_t(step),
            &milliseconds[i]);
  }
  tensors->download();
  return milliseconds;
}

/// Of the visible pairs; NaN, and a word of why, where nobody counts them.
/// \param number what they are asked for.
/// \param attends gets those of every attend; may be null.
double Session::countOperations(const char *number,
                                std::vector<double> *attends) {
  auto addAttend = [](void *context, double, double operations) {
    static_cast<std::vector<double> *>(context)->push_back(operations);
  };
  AttnWork work{sizeof(AttnWork), 0, 0, nullptr, attends};
  if (attends)
    work.attend = addAttend;
  AttnLaunch launch = launchStruct();
  AttnMessage message;
  message.structSize = sizeof message;
  if (!reference)
    std::fprintf(stderr, "%s is nan: %s\n", number, whyNotCounted.c_str());
  else if (attnProgramWork(reference.get(), &launch, &work, &message))
    std::fprintf(stderr, "%s is nan: %s\n", number, message.text);
  else
    return work.operations;
  return std::nan("");
}

void Session::finishStats(Outputs &outputs) {
  std::vector<double> attends;
  double all = countOperations("useful_share", &attends);
  stats->finish(all, attends);
  if (options.statsFile.empty())
    std::printf("%s", stats->toText().c_str());
  else
    outputs.write(kStatsOutput, stats->toJson());
}

/// The first run, which came before, has warmed up caches and threads.
void Session::time() {
  std::vector<double> milliseconds = measure();
  double median = takeMedian(milliseconds);
  double gflops = countOperations("gflops") / (median * 1e6);
  progress.finish();
  std::printf("time: median_ms=%.4f min_ms=%.4f runs=%" PRId64 " gflops=%.2f\n",
              median, milliseconds.front(), options.runs, gflops);
}

bool Session::checkAgainstReference() {
  restoreInout();
  std::vector<AttnCheckResult> reports(results.size());
  for (AttnCheckResult &report : reports)
    report.structSize = sizeof report;
  AttnCheckOptions settings{sizeof settings, options.rows, options.seed};
  AttnLaunch launch = launchStruct();
  require(attnProgramCheck, static_cast<const AttnProgram *>(reference.get()),
          static_cast<const AttnLaunch *>(&launch),
          static_cast<const AttnCheckOptions *>(&settings), reports.data());
  progress.finish();
  bool good = true;
  for (size_t i = 0; i < reports.size(); ++i) {
    const AttnCheckResult &report = reports[i];
    std::string where;
    for (int axis = 0; axis < report.worstRank; ++axis)
      where += (axis ? "," : "") + std::to_string(report.worstIndex[axis]);
    std::printf("against reference: %s: max error/bound %.3g at [%s] (%" PRId64
                " rows, %s)\n",
                results[i].name.c_str(), report.worstRatio, where.c_str(),
                report.rowsChecked,
                report.sampled
                    ? ("sampled of " + std::to_string(report.rowsTotal)).c_str()
                    : "all");
    good &= report.worstRatio <= 1; // false for NaN
  }
  return good;
}

/// Results, and arguments that are updated in place, can be written.
void Session::checkOutNames() const {
  std::vector<std::string> known;
  for (size_t i = 0; i < attnArtifactResultCount(artifact, entry); ++i)
    known.push_back(resultInfo(artifact, entry, i).name);
  for (size_t i = 0; i < attnArtifactArgumentCount(artifact, entry); ++i)
    if (argumentInfo(artifact, entry, i).inout)
      known.push_back(argumentInfo(artifact, entry, i).name);
  std::string all;
  for (const std::string &name : known)
    all += (all.empty() ? "" : ", ") + name;
  for (const auto &[name, path] : options.out)
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw RunError("--out=" + name + ": entry '" +
                     attnArtifactEntryName(artifact, entry) +
                     "' has no such result; its results are " + all);
}

int Session::run() {
  checkOutNames();
  std::map<std::string, std::string> files = options.out;
  if (!options.statsFile.empty())
    files[kStatsOutput] = options.statsFile;
  Outputs outputs(files);
  program = opened.prepare(options.device.c_str());
  if (*attnProgramWarning(program.get()))
    std::fprintf(stderr, "attn-run: warning: %s\n",
                 attnProgramWarning(program.get()));
  if (options.against)
    reference = opened.prepare("reference");
  else if (options.runs || options.stats)
    prepareForCounting();
  makeTensors();
  if (options.verbose)
    describe();
  launch();
  progress.finish();
  for (const auto *all : {&inputs, &results})
    for (const HostTensor &tensor : *all)
      if (outputs.wants(tensor.name))
        outputs.write(tensor);
  if (options.stats)
    finishStats(outputs);
  outputs.commit();
  if (options.runs)
    time();
  turns.print();
  return !options.against || checkAgainstReference() ? 0 : 1;
}
} // namespace

int runSession(const Options &options) { return Session(options).run(); }

} // namespace attn::run
