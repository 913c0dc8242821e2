//===- Plugin.cpp - Devices that a plug-in brings -------------------------===//
//
// Gives a plug-in the artifact and the threads, and tensors whose strides are
// always filled in.
//
//===----------------------------------------------------------------------===//

#include "State.h"

namespace attn::runtime {
namespace {

/// A launch as a plug-in sees it, rebuilt from a checked call.
struct Rebuilt {
  explicit Rebuilt(const Call &call, size_t arguments,
                   const Signature &signature);

  AttnTensor tensors[kMostTensors];
  AttnLaunch launch;
};

Rebuilt::Rebuilt(const Call &call, size_t arguments,
                 const Signature &signature) {
  for (size_t i = 0; i < call.tensorCount; ++i) {
    const BoundTensor &bound = call.tensors[i];
    tensors[i] = {bound.data, bound.sizes, bound.strides, bound.rank,
                  AttnDtype(signature.tensor(i).dtype)};
  }
  launch = {sizeof(AttnLaunch),
            sizeof(AttnTensor),
            tensors,
            arguments,
            tensors + arguments,
            call.tensorCount - arguments,
            call.workspace,
            call.workspaceBytes,
            call.launch->stream,
            call.scheduleSeed,
            call.simMode,
            call.simReport,
            call.simReportContext,
            call.turnReport,
            call.turnReportContext};
}

class PluginProgram : public Program {
public:
  PluginProgram(const std::shared_ptr<RuntimeState> &runtime,
                const AttnPlugin &plugin,
                const std::shared_ptr<const ArtifactState> &artifact,
                size_t entry)
      : Program(runtime, artifact, entry), plugin(plugin) {}

  ~PluginProgram() override {
    if (handle)
      plugin.unload(plugin.self, handle);
  }

  AttnStatus prepare(AttnMessage *message);

  AttnStatus workspaceBytes(const int64_t *, size_t *bytes,
                            AttnMessage *) const override {
    *bytes = 0;
    return ATTN_OK;
  }

  AttnStatus launch(const Call &call, AttnMessage *message) const override {
    Rebuilt rebuilt(call, signature().argumentCount(), signature());
    return plugin.launch(plugin.self, handle, &rebuilt.launch, message);
  }

  AttnStatus check(const Call &call, const AttnCheckOptions &options,
                   AttnCheckResult *results,
                   AttnMessage *message) const override {
    if (!plugin.check)
      return Program::check(call, options, results, message);
    Rebuilt rebuilt(call, signature().argumentCount(), signature());
    return plugin.check(plugin.self, handle, &rebuilt.launch, &options, results,
                        message);
  }

  AttnStatus work(const Call &call, AttnWork *work,
                  AttnMessage *message) const override {
    if (!plugin.work)
      return Program::work(call, work, message);
    Rebuilt rebuilt(call, signature().argumentCount(), signature());
    return plugin.work(plugin.self, handle, &rebuilt.launch, work, message);
  }

private:
  const AttnPlugin &plugin;
  void *handle = nullptr;
  std::string input;
  AttnPluginHost host{};
  AttnArtifactView view{};
};

AttnStatus PluginProgram::prepare(AttnMessage *message) {
  const manifest::Input &program = artifact->manifest.input;
  if (AttnStatus status =
          artifact->read(program.file, program.sha256, input, message))
    return status;
  host = {sizeof(AttnPluginHost), runtime->threads,  runtime->parallelFor,
          runtime->pool,          runtime->progress, runtime->progressContext};
  view = {sizeof(AttnArtifactView),
          artifact->source.c_str(),
          artifact->manifestText.c_str(),
          input.data(),
          input.size(),
          signature().entry->name.c_str()};
  description = std::string("device ") + plugin.deviceName + " of plug-in " +
                plugin.name + "; " + std::to_string(runtime->threads) +
                " threads (" + runtime->poolName + ")";
  return plugin.load(plugin.self, &host, &view, &handle, message);
}
} // namespace

AttnStatus preparePlugin(const std::shared_ptr<RuntimeState> &runtime,
                         const AttnPlugin *plugin,
                         const std::shared_ptr<const ArtifactState> &artifact,
                         size_t entry, std::unique_ptr<Program> &program,
                         AttnMessage *message) {
  auto made =
      std::make_unique<PluginProgram>(runtime, *plugin, artifact, entry);
  if (AttnStatus status = made->prepare(message))
    return status;
  program = std::move(made);
  return ATTN_OK;
}

} // namespace attn::runtime
