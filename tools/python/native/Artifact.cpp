//===- Artifact.cpp - Compiled programs -----------------------------------===//

#include "Artifact.h"

#include "attn-c/AttnCompiler.h"
#include "attn-c/AttnPlugin.h"

namespace attn::python {
namespace {

AttnRuntime *makeRuntime() {
  AttnRuntime *runtime = nullptr;
  require(attnRuntimeCreate, static_cast<const AttnRuntimeOptions *>(nullptr),
          &runtime);
  require(attnRuntimeAddPlugin, runtime, attnCompilerPlugin());
  return runtime;
}

void collect(void *context, const AttnDiagnostic *diagnostic) {
  static_cast<std::vector<Diagnostic> *>(context)->push_back(
      {diagnostic->severity, diagnostic->file, diagnostic->line,
       diagnostic->column, diagnostic->message});
}

TensorInfo infoOf(const AttnTensorInfo &info) {
  TensorInfo result;
  result.name = info.name;
  result.dtype = info.dtype;
  result.inout = info.inout;
  for (int32_t axis = 0; axis < info.rank; ++axis) {
    result.letters.push_back(info.letters[axis]);
    result.sizes.push_back(info.sizes[axis]);
  }
  return result;
}

template <typename Query>
std::vector<TensorInfo> infosOf(const AttnArtifact *artifact, size_t entry,
                                size_t count, Query query) {
  std::vector<TensorInfo> infos;
  for (size_t i = 0; i < count; ++i) {
    AttnTensorInfo info{};
    info.structSize = sizeof info;
    require(query, artifact, entry, i, &info);
    infos.push_back(infoOf(info));
  }
  return infos;
}

} // namespace

AttnRuntime *processRuntime() {
  static AttnRuntime *const runtime = makeRuntime();
  return runtime;
}

Artifact Artifact::compile(const std::string &path,
                           const std::optional<std::string> &text,
                           const std::string &targets) {
  Artifact artifact;
  AttnSource source{};
  source.structSize = sizeof source;
  source.path = path.c_str();
  source.text = text ? text->data() : nullptr;
  source.textBytes = text ? text->size() : 0;
  source.targets = targets.c_str();
  source.remarks = 1;
  source.diagnostics = collect;
  source.diagnosticsContext = &artifact.diagnostics;
  AttnArtifact *made = nullptr;
  try {
    require(attnArtifactCompile, processRuntime(),
            static_cast<const AttnSource *>(&source), &made);
  } catch (Failure &failure) {
    throw Failure{Failure::Compile, failure.message, artifact.diagnostics};
  }
  artifact.handle.reset(made);
  return artifact;
}

Artifact Artifact::load(const std::string &path) {
  Artifact artifact;
  AttnArtifact *made = nullptr;
  require(attnArtifactLoadFolder, processRuntime(), path.c_str(), &made);
  artifact.handle.reset(made);
  return artifact;
}

size_t Artifact::findEntry(const std::string &name) const {
  size_t entry = 0;
  require(attnArtifactFindEntry, get(), name.c_str(), &entry);
  return entry;
}

std::string Artifact::entryName(size_t entry) const {
  return attnArtifactEntryName(get(), entry);
}

std::vector<TensorInfo> Artifact::arguments(size_t entry) const {
  return infosOf(get(), entry, attnArtifactArgumentCount(get(), entry),
                 attnArtifactArgument);
}

std::vector<TensorInfo> Artifact::results(size_t entry) const {
  return infosOf(get(), entry, attnArtifactResultCount(get(), entry),
                 attnArtifactResult);
}

std::vector<std::string> Artifact::letters(size_t entry) const {
  std::vector<std::string> names;
  for (size_t i = 0; i < attnArtifactLetterCount(get(), entry); ++i)
    names.push_back(attnArtifactLetterName(get(), entry, i));
  return names;
}

std::string Artifact::manifest() const { return attnArtifactManifest(get()); }

} // namespace attn::python
