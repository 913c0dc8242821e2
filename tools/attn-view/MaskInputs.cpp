//===- MaskInputs.cpp - The tables that masks read ------------------------===//

#include "MaskInputs.h"
#include "Failure.h"
#include "Inputs.h"

#include <memory>
#include <new>

namespace attn::view {
namespace {

struct Opened {
  Opened(const std::vector<AttnFile> &files, const std::string &name) {
    AttnRuntime *madeRuntime = nullptr;
    run::require(attnRuntimeCreate,
                 static_cast<const AttnRuntimeOptions *>(nullptr),
                 &madeRuntime);
    runtime.reset(madeRuntime);
    AttnArtifact *made = nullptr;
    run::require(attnArtifactLoadMemory, madeRuntime, files.data(),
                 files.size(), &made);
    artifact.reset(made);
    run::require(attnArtifactFindEntry, static_cast<const AttnArtifact *>(made),
                 name.c_str(), &entry);
  }

  struct Destroy {
    void operator()(AttnRuntime *runtime) { attnRuntimeDestroy(runtime); }
    void operator()(AttnArtifact *artifact) { attnArtifactDestroy(artifact); }
  };
  std::unique_ptr<AttnRuntime, Destroy> runtime;
  std::unique_ptr<AttnArtifact, Destroy> artifact;
  size_t entry = 0;
};

void bindLetters(const Opened &opened, const InputRequest &request,
                 MaskInputs &inputs) {
  const AttnArtifact *artifact = opened.artifact.get();
  std::vector<AttnTensor> views;
  for (const run::HostTensor &tensor : inputs.tensors)
    views.push_back(tensor.view());
  std::vector<std::string> names = run::letterNames(artifact, opened.entry);
  std::vector<int64_t> values(names.size());
  run::require(attnArtifactBindLetters, artifact, opened.entry,
               static_cast<const AttnTensor *>(views.data()), views.size(),
               values.data());
  for (size_t i = 0; i < names.size(); ++i)
    if (attnArtifactLetterConstant(artifact, opened.entry, i) < 0 &&
        !request.unread.count(names[i]))
      inputs.letters.emplace_back(names[i], values[i]);
}

MaskInputs makeInputs(const LaunchChoice &choice, const InputRequest &request) {
  Opened opened(request.files, choice.entry);
  run::Options options;
  options.in = choice.in;
  options.letters = choice.letters;
  options.random = true;
  options.seed = choice.seed;
  run::InputUse use;
  use.defaults = request.defaults;
  for (const std::string &letter : request.unread)
    use.defaults.emplace(letter, 1);
  use.isRead = [&](const std::string &name) {
    return request.read.count(name) != 0;
  };
  MaskInputs inputs;
  inputs.tensors =
      run::makeInputs(opened.artifact.get(), opened.entry, options, use);
  for (const run::HostTensor &tensor : inputs.tensors)
    if (use.isRead(tensor.name) && !choice.in.count(tensor.name))
      inputs.drawn.push_back(tensor.name);
  bindLetters(opened, request, inputs);
  return inputs;
}

} // namespace

MaskInputs makeMaskInputs(const LaunchChoice &choice,
                          const InputRequest &request) {
  MaskInputs failed;
  try {
    return makeInputs(choice, request);
  } catch (const std::bad_alloc &) {
    failed.error = "out of memory";
  } catch (const std::exception &error) {
    failed.error = error.what();
  }
  return failed;
}

} // namespace attn::view
