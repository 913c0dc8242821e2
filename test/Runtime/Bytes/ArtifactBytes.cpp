//===- ArtifactBytes.cpp - Damaged manifests and images -------------------===//
//
// Artifacts are loaded from memory. A manifest that is taken is used for all
// that a host asks before it launches; launched it is not, for what a kernel
// reads is what the manifest says. Images are known by their hash.
//
//===----------------------------------------------------------------------===//

#include "Bytes.h"

#include "Report.h"

#include "attn-c/AttnRuntime.h"
#include "attn/manifest/Manifest.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

using namespace attn;

namespace bytes {
namespace {

using Files = std::map<std::string, std::string>;

Files readFolder(const std::string &folder) {
  Files files;
  for (const auto &entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    files[entry.path().filename()].assign(std::istreambuf_iterator<char>(file),
                                          {});
  }
  demand(files.count("manifest.json"), "no artifact: " + folder);
  return files;
}

/// A status with its text.
struct Outcome {
  AttnStatus status;
  AttnMessage message;
  std::string text() const {
    return "status " + std::to_string(status) + ": " + message.text;
  }
};

template <typename Function, typename... Args>
Outcome call(Function function, Args... args) {
  Outcome outcome{ATTN_OK, {sizeof(AttnMessage), {0}}};
  outcome.status = function(args..., &outcome.message);
  return outcome;
}

/// A file that is wrong, by name; nothing else went wrong.
void demandNamed(const Outcome &outcome, const std::string &file) {
  demand((outcome.status == ATTN_INVALID_ARTIFACT ||
          outcome.status == ATTN_UNSUPPORTED_VERSION) &&
             std::strstr(outcome.message.text, file.c_str()),
         "is refused with " + outcome.text());
}

/// Failures that a manifest may lead to later: all but those of the runtime.
void demandReason(const Outcome &outcome) {
  demand(outcome.status == ATTN_OK ||
             (outcome.status != ATTN_INTERNAL && outcome.message.text[0]),
         "fails with " + outcome.text());
}

class Artifacts : public Format {
public:
  explicit Artifacts(const std::vector<std::string> &folders) {
    for (const std::string &folder : folders)
      artifacts.push_back(readFolder(folder));
    demand(
        call(attnRuntimeCreate, (const AttnRuntimeOptions *)nullptr, &runtime)
                .status == ATTN_OK,
        "no runtime");
    for (const char *name : {"cpu", "sim"})
      demand(call(attnDeviceOpen, runtime, name, &devices[name]).status ==
                 ATTN_OK,
             "no device");
  }
  ~Artifacts() override {
    for (auto &[name, device] : devices)
      attnDeviceDestroy(device);
    attnRuntimeDestroy(runtime);
  }

  const std::vector<std::string> &corpus() const override { return texts; }

protected:
  Outcome load(const Files &files, AttnArtifact **artifact) {
    std::vector<AttnFile> list;
    for (const auto &[name, text] : files)
      list.push_back({name.c_str(), text.data(), text.size()});
    return call(attnArtifactLoadMemory, runtime, list.data(), list.size(),
                artifact);
  }

  std::vector<Files> artifacts;
  std::vector<std::string> texts;
  AttnRuntime *runtime = nullptr;
  std::map<std::string, AttnDevice *> devices;
};

class ManifestFormat : public Artifacts {
public:
  explicit ManifestFormat(const std::vector<std::string> &folders)
      : Artifacts(folders) {
    for (const Files &files : artifacts)
      texts.push_back(files.at("manifest.json"));
  }

  bool accepts(const std::string &mutant, size_t origin) override {
    Files files = artifacts[origin];
    files["manifest.json"] = mutant;
    AttnArtifact *artifact = nullptr;
    Outcome outcome = load(files, &artifact);
    auto parsed = manifest::parseManifest(mutant);
    if (outcome.status != ATTN_OK) {
      demandNamed(outcome, "manifest.json");
      demand(std::holds_alternative<manifest::Error>(parsed),
             "the manifest library takes what the runtime refuses");
      return false;
    }
    std::unique_ptr<AttnArtifact, decltype(&attnArtifactDestroy)> owner(
        artifact, &attnArtifactDestroy);
    checkText(std::get<manifest::Manifest>(parsed));
    for (size_t n = 0; n < attnArtifactEntryCount(artifact); ++n)
      useEntry(artifact, n);
    return true;
  }

private:
  static void checkText(const manifest::Manifest &read) {
    std::string text = manifest::writeManifest(read);
    auto again = manifest::parseManifest(text);
    auto *known = std::get_if<manifest::Manifest>(&again);
    demand(known && manifest::writeManifest(*known) == text,
           "read(write(x)) differs from x");
    demand(!inspect::textReport(read).empty() &&
               !inspect::jsonReport(read).empty(),
           "has no report");
  }

  /// All that can be asked without a launch.
  void useEntry(AttnArtifact *artifact, size_t entry) {
    const AttnArtifact *view = artifact;
    for (size_t n = 0; n < attnArtifactArgumentCount(artifact, entry); ++n) {
      AttnTensorInfo info{};
      info.structSize = sizeof info;
      demandReason(call(attnArtifactArgument, view, entry, n, &info));
    }
    for (int64_t size : {0, 3, 1 << 20}) {
      std::vector<int64_t> letters;
      for (size_t n = 0; n < attnArtifactLetterCount(artifact, entry); ++n) {
        int64_t constant = attnArtifactLetterConstant(artifact, entry, n);
        letters.push_back(constant < 0 ? size : constant);
      }
      int64_t sizes[ATTN_MAX_RANK];
      for (size_t n = 0; n < attnArtifactResultCount(artifact, entry); ++n)
        demandReason(call(attnArtifactResultSizes, view, entry, n,
                          (const int64_t *)letters.data(), sizes));
      for (auto &[name, device] : devices)
        prepare(device, view, entry, letters);
    }
  }

  static void prepare(AttnDevice *device, const AttnArtifact *artifact,
                      size_t entry, const std::vector<int64_t> &letters) {
    AttnProgram *program = nullptr;
    Outcome outcome =
        call(attnProgramPrepare, device, artifact, entry, &program);
    demandReason(outcome);
    if (outcome.status != ATTN_OK)
      return;
    size_t bytes = 0;
    outcome = call(attnProgramWorkspaceBytes, (const AttnProgram *)program,
                   letters.data(), &bytes);
    attnProgramDestroy(program);
    demandReason(outcome);
  }
};

class ImageFormat : public Artifacts {
public:
  explicit ImageFormat(const std::vector<std::string> &folders)
      : Artifacts(folders) {
    for (const Files &files : artifacts) {
      auto parsed = manifest::parseManifest(files.at("manifest.json"));
      demand(std::holds_alternative<manifest::Manifest>(parsed),
             "a manifest is wrong from the start");
      for (const auto &image : std::get<manifest::Manifest>(parsed).images)
        if (devices.count(image.target)) {
          images.push_back({&files, image.file, image.target});
          texts.push_back(files.at(image.file));
        }
    }
  }

  bool accepts(const std::string &mutant, size_t origin) override {
    const Place &place = images[origin];
    Files files = *place.files;
    files[place.file] = mutant;
    AttnArtifact *artifact = nullptr;
    AttnProgram *program = nullptr;
    demand(load(files, &artifact).status == ATTN_OK, "does not load");
    Outcome outcome = call(attnProgramPrepare, devices[place.device],
                           (const AttnArtifact *)artifact, size_t(0), &program);
    attnProgramDestroy(program);
    attnArtifactDestroy(artifact);
    if (outcome.status != ATTN_OK)
      demandNamed(outcome, place.file);
    demand((outcome.status == ATTN_OK) ==
               (mutant == place.files->at(place.file)),
           "runs though it is damaged, or the other way round");
    return outcome.status == ATTN_OK;
  }

private:
  struct Place {
    const Files *files;
    std::string file, device;
  };
  std::vector<Place> images;
};

} // namespace

std::unique_ptr<Format> makeManifest(const std::vector<std::string> &folders) {
  return std::make_unique<ManifestFormat>(folders);
}

std::unique_ptr<Format> makeImage(const std::vector<std::string> &folders) {
  return std::make_unique<ImageFormat>(folders);
}

} // namespace bytes
