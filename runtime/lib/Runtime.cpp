//===- Runtime.cpp - Create a runtime, open a device ----------------------===//
//
// Reads the options and ATTN_THREADS once. There is no global state: two
// runtimes in one process share nothing.
//
//===----------------------------------------------------------------------===//

#include "CPU/Arena.h"
#include "Device.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

using namespace attn::runtime;

namespace {
constexpr int64_t kMostThreads = 4096;

void ignoreProgress(void *, double) {}

/// Options, else ATTN_THREADS, else the machine.
AttnStatus countThreads(const AttnRuntimeOptions &options, int64_t &threads,
                        AttnMessage *message) {
  threads = options.threads;
  if (threads < 0 || threads > kMostThreads)
    return fail(message, ATTN_INVALID_ARGUMENT,
                "threads: expected 0 to %lld but found %lld",
                (long long)kMostThreads, (long long)threads);
  if (threads > 0)
    return ATTN_OK;
  if (options.parallelFor)
    return fail(message, ATTN_INVALID_ARGUMENT,
                "threads: expected the bound of `worker` that goes with "
                "parallelFor but found 0");
  const char *text = std::getenv("ATTN_THREADS");
  if (!text || !*text) {
    threads = hardwareThreads();
    return ATTN_OK;
  }
  char *end = nullptr;
  errno = 0;
  threads = std::strtoll(text, &end, 10);
  if (errno || *end || threads < 1 || threads > kMostThreads)
    return fail(message, ATTN_INVALID_ARGUMENT,
                "ATTN_THREADS: expected a number from 1 to %lld but found '%s'",
                (long long)kMostThreads, text);
  return ATTN_OK;
}

AttnStatus create(const AttnRuntimeOptions &options, AttnRuntime **runtime,
                  AttnMessage *message) {
  auto state = std::make_shared<RuntimeState>();
  if (AttnStatus status = countThreads(options, state->threads, message))
    return status;
  state->progress = options.progress ? options.progress : &ignoreProgress;
  state->progressContext = options.progressContext;
  state->parallelFor = options.parallelFor;
  state->pool = options.pool;
  state->poolName = "the embedder's parallel_for";
  if (!state->parallelFor) {
    state->arena = std::make_unique<Arena>(state->threads);
    state->parallelFor = &Arena::parallelFor;
    state->pool = state->arena.get();
    state->poolName = "oneTBB";
  }
  *runtime = new AttnRuntime{std::move(state)};
  return ATTN_OK;
}

const AttnPlugin *pluginWithDevice(const RuntimeState &state,
                                   const std::string &name) {
  for (const auto &plugin : state.plugins)
    if (plugin->deviceName && name == plugin->deviceName)
      return plugin.get();
  return nullptr;
}

/// What was looked for, when a device is not there.
AttnStatus noDevice(const RuntimeState &state, const std::string &name,
                    AttnMessage *message) {
  if (name == "reference")
    return fail(message, ATTN_DEVICE_UNAVAILABLE,
                "device 'reference' comes with the compiler, and this build "
                "has no compiler: looked for a plug-in with that device and "
                "found none of %zu; use a build with ATTN_ENABLE_COMPILER=ON",
                state.plugins.size());
  std::string known = "cpu, sim, cuda";
  for (const auto &plugin : state.plugins)
    if (plugin->deviceName)
      known += std::string(", ") + plugin->deviceName;
  return fail(message, ATTN_DEVICE_UNAVAILABLE,
              "device '%s' is not available: looked for it among the devices "
              "of this runtime and of its plug-ins, which are %s; choose one "
              "of these",
              name.c_str(), known.c_str());
}

/// The devices of the runtime, then those of plug-ins.
AttnStatus openByName(RuntimeState &state, const std::string &name,
                      std::shared_ptr<Device> &device, AttnMessage *message) {
  if (name == "cpu") {
    device = std::make_shared<HostDevice>(&prepareCpu, nullptr);
    return ATTN_OK;
  }
  if (name == "sim") {
    device = std::make_shared<HostDevice>(&prepareSim, nullptr);
    return ATTN_OK;
  }
  if (name == "cuda" || name.rfind("cuda:", 0) == 0)
    return openCuda(name.size() > 5 ? name.substr(5) : "", device, message);
  std::lock_guard<std::mutex> lock(state.mutex);
  const AttnPlugin *plugin = pluginWithDevice(state, name);
  if (!plugin)
    return noDevice(state, name, message);
  device = std::make_shared<HostDevice>(&preparePlugin, plugin);
  return ATTN_OK;
}
} // namespace

RuntimeState::~RuntimeState() = default;

const char *attnRuntimeVersion(void) { return ATTN_VERSION; }

AttnStatus attnRuntimeCreate(const AttnRuntimeOptions *options,
                             AttnRuntime **runtime, AttnMessage *message) {
  return guarded(message, [&]() -> AttnStatus {
    if (!runtime)
      return fail(message, ATTN_INVALID_ARGUMENT,
                  "attnRuntimeCreate: a pointer is null");
    if (options && options->structSize < sizeof(AttnRuntimeOptions))
      return fail(message, ATTN_INVALID_ARGUMENT,
                  "AttnRuntimeOptions: expected structSize >= %zu but found "
                  "%zu",
                  sizeof(AttnRuntimeOptions), options->structSize);
    AttnRuntimeOptions defaults{};
    return create(options ? *options : defaults, runtime, message);
  });
}

void attnRuntimeDestroy(AttnRuntime *runtime) { delete runtime; }

AttnStatus attnRuntimeAddPlugin(AttnRuntime *runtime, const AttnPlugin *plugin,
                                AttnMessage *message) {
  return guarded(message, [&]() -> AttnStatus {
    if (!runtime || !plugin || !plugin->name)
      return fail(message, ATTN_INVALID_ARGUMENT,
                  "attnRuntimeAddPlugin: a pointer is null");
    if (plugin->structSize < sizeof(AttnPlugin))
      return fail(message, ATTN_INVALID_ARGUMENT,
                  "plug-in '%s': expected structSize >= %zu but found %zu",
                  plugin->name, sizeof(AttnPlugin), plugin->structSize);
    RuntimeState &state = *runtime->state;
    std::lock_guard<std::mutex> lock(state.mutex);
    if (plugin->deviceName &&
        (std::strcmp(plugin->deviceName, "cpu") == 0 ||
         std::strcmp(plugin->deviceName, "sim") == 0 ||
         std::strncmp(plugin->deviceName, "cuda", 4) == 0 ||
         pluginWithDevice(state, plugin->deviceName)))
      return fail(message, ATTN_INVALID_ARGUMENT,
                  "plug-in '%s': the device '%s' is there already",
                  plugin->name, plugin->deviceName);
    if (plugin->deviceName &&
        (!plugin->load || !plugin->unload || !plugin->launch))
      return fail(message, ATTN_INVALID_ARGUMENT,
                  "plug-in '%s': a device needs load, unload and launch",
                  plugin->name);
    if (plugin->compile && !plugin->releaseFiles)
      return fail(message, ATTN_INVALID_ARGUMENT,
                  "plug-in '%s': compile needs releaseFiles", plugin->name);
    state.plugins.push_back(std::make_unique<const AttnPlugin>(*plugin));
    return ATTN_OK;
  });
}

AttnStatus attnDeviceOpen(AttnRuntime *runtime, const char *name,
                          AttnDevice **device, AttnMessage *message) {
  return guarded(message, [&]() -> AttnStatus {
    if (!runtime || !name || !device)
      return fail(message, ATTN_INVALID_ARGUMENT,
                  "attnDeviceOpen: a pointer is null");
    const std::shared_ptr<RuntimeState> &state = runtime->state;
    std::shared_ptr<Device> opened;
    if (AttnStatus status = openByName(*state, name, opened, message))
      return status;
    std::string description = opened->description();
    *device =
        new AttnDevice{state, name, std::move(opened), std::move(description)};
    return ATTN_OK;
  });
}

void attnDeviceDestroy(AttnDevice *device) { delete device; }

int64_t attnDeviceThreads(const AttnDevice *device) {
  return device ? device->runtime->threads : 0;
}

AttnStatus attnArtifactCompile(AttnRuntime *runtime, const AttnSource *source,
                               AttnArtifact **artifact, AttnMessage *message) {
  return guarded(message, [&]() -> AttnStatus {
    if (!runtime || !source || !artifact)
      return fail(message, ATTN_INVALID_ARGUMENT,
                  "attnArtifactCompile: a pointer is null");
    if (source->structSize < sizeof(AttnSource))
      return fail(message, ATTN_INVALID_ARGUMENT,
                  "attnArtifactCompile: expected structSize >= %zu but found "
                  "%zu",
                  sizeof(AttnSource), source->structSize);
    if (!source->path || !source->targets)
      return fail(message, ATTN_INVALID_ARGUMENT,
                  "attnArtifactCompile: path or targets is null");
    const AttnPlugin *compiler = nullptr;
    {
      std::lock_guard<std::mutex> lock(runtime->state->mutex);
      for (const auto &plugin : runtime->state->plugins)
        if (plugin->compile)
          compiler = plugin.get();
    }
    if (!compiler)
      return fail(message, ATTN_COMPILE_ERROR,
                  "'%s' must be compiled first, and this build has no "
                  "compiler; compile it with attnc elsewhere and run the "
                  "artifact, or use a build with ATTN_ENABLE_COMPILER=ON",
                  source->path);
    AttnFileSet files{};
    if (AttnStatus status =
            compiler->compile(compiler->self, source, &files, message))
      return status;
    AttnStatus status = attnArtifactLoadMemory(runtime, files.files,
                                               files.count, artifact, message);
    compiler->releaseFiles(compiler->self, &files);
    return status;
  });
}

AttnStatus attnArtifactCompileFile(AttnRuntime *runtime, const char *path,
                                   const char *targets, AttnArtifact **artifact,
                                   AttnMessage *message) {
  AttnSource source{};
  source.structSize = sizeof source;
  source.path = path;
  source.targets = targets;
  return attnArtifactCompile(runtime, &source, artifact, message);
}
