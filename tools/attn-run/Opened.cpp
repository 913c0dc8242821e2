//===- Opened.cpp - Handles of the C API for one run ----------------------===//

#include "Opened.h"
#include "Failure.h"

#include "attn-c/AttnPlugin.h"

#include <cerrno>
#include <cstring>
#include <sys/stat.h>

namespace attn::run {

/// The targets that running a .mlir file on a device needs.
static const char *targetsOf(const std::string &device) {
  if (device == "cpu")
    return "cpu";
  return device == "reference" ? "" : "sm_90a";
}

Opened::Opened(const Options &options, Progress &progress) {
  AttnRuntimeOptions settings{};
  settings.structSize = sizeof settings;
  settings.progress = &Progress::report;
  settings.progressContext = &progress;
  AttnRuntime *made = nullptr;
  require(attnRuntimeCreate, &settings, &made);
  runtime.reset(made);
  if (const AttnPlugin *plugin = compilerPlugin())
    require(attnRuntimeAddPlugin, made, plugin);

  // An absent device is said before anything is compiled.
  AttnDevice *opened = nullptr;
  require(attnDeviceOpen, made, options.device.c_str(), &opened);
  device.reset(opened);

  struct stat info{};
  if (stat(options.path.c_str(), &info) != 0)
    throw RunError("cannot open '" + options.path +
                   "': " + std::strerror(errno));
  AttnArtifact *loaded = nullptr;
  if (S_ISDIR(info.st_mode))
    require(attnArtifactLoadFolder, made, options.path.c_str(), &loaded);
  else
    require(attnArtifactCompileFile, made, options.path.c_str(),
            targetsOf(options.device), &loaded);
  artifact.reset(loaded);
  require(attnArtifactFindEntry, static_cast<const AttnArtifact *>(loaded),
          options.entry.c_str(), &entry);
}

Program Opened::prepare(const char *name) const {
  AttnDevice *opened = nullptr;
  require(attnDeviceOpen, runtime.get(), name, &opened);
  Device device(opened);
  AttnProgram *made = nullptr;
  require(attnProgramPrepare, opened,
          static_cast<const AttnArtifact *>(artifact.get()), entry, &made);
  return Program(made);
}

} // namespace attn::run
