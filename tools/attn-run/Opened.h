//===- Opened.h - Handles of the C API for one run --------------*- C++ -*-===//
//
// Opens what the command line names: runtime with the compiler of this build,
// device, artifact (compiled first if it is a program), entry.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_ATTNRUN_OPENED_H
#define ATTN_TOOLS_ATTNRUN_OPENED_H

#include "Options.h"
#include "Progress.h"

#include "attn-c/AttnRuntime.h"

#include <memory>

struct AttnPlugin;

namespace attn::run {

/// The compiler of this build, or null.
const AttnPlugin *compilerPlugin();

template <typename T, void (*Destroy)(T *)>
struct Deleter {
  void operator()(T *handle) const { Destroy(handle); }
};
using Runtime =
    std::unique_ptr<AttnRuntime, Deleter<AttnRuntime, attnRuntimeDestroy>>;
using Artifact =
    std::unique_ptr<AttnArtifact, Deleter<AttnArtifact, attnArtifactDestroy>>;
using Device =
    std::unique_ptr<AttnDevice, Deleter<AttnDevice, attnDeviceDestroy>>;
using Program =
    std::unique_ptr<AttnProgram, Deleter<AttnProgram, attnProgramDestroy>>;

struct Opened {
  /// Throws RunError. `progress` lives as long as this.
  Opened(const Options &options, Progress &progress);

  /// The entry, ready to run on the device called `name`.
  Program prepare(const char *name) const;

  Runtime runtime;
  Device device;
  Artifact artifact;
  size_t entry = 0;
};

} // namespace attn::run

#endif // ATTN_TOOLS_ATTNRUN_OPENED_H
