//===- State.h - What the handles of the C API hold -------------*- C++ -*-===//
//
// Handles are thin: each owns shared state, so that they can be destroyed in
// any order. Nothing here changes after creation but the list of plug-ins,
// which a mutex guards.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_STATE_H
#define ATTN_RUNTIME_LIB_STATE_H

#include "Message.h"
#include "Signature.h"
#include "attn-c/AttnPlugin.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace attn::runtime {

class Arena;  // CPU/Arena.h
class Device; // Device.h

struct RuntimeState {
  ~RuntimeState();

  int64_t threads = 1;
  AttnParallelFor parallelFor = nullptr; ///< Never null once created.
  void *pool = nullptr;
  std::string poolName;         ///< "oneTBB" or "the embedder's parallel_for".
  std::unique_ptr<Arena> arena; ///< Null with an embedder's parallelFor.
  AttnProgress progress = nullptr; ///< Never null once created.
  void *progressContext = nullptr;

  std::mutex mutex; ///< Guards `plugins`; its elements never move or change.
  std::vector<std::unique_ptr<const AttnPlugin>> plugins;
};

struct ArtifactState {
  std::string source; ///< Folder, or "<memory>".
  bool inFolder = false;
  std::map<std::string, std::string> files; ///< When not in a folder.
  std::string manifestText;
  manifest::Manifest manifest;
  std::vector<Signature> signatures; ///< One per entry.

  /// Reads a file of the artifact and compares its hash.
  AttnStatus read(const std::string &name, const std::string &sha256,
                  std::string &bytes, AttnMessage *message) const;
};

/// An entry ready to run on a device.
class Program {
public:
  Program(std::shared_ptr<RuntimeState> runtime,
          std::shared_ptr<const ArtifactState> artifact, size_t entry)
      : runtime(std::move(runtime)), artifact(std::move(artifact)),
        entry(entry) {}
  virtual ~Program();

  const Signature &signature() const { return artifact->signatures[entry]; }

  virtual AttnStatus workspaceBytes(const int64_t *letters, size_t *bytes,
                                    AttnMessage *message) const = 0;
  /// `call` has been checked against the signature.
  virtual AttnStatus launch(const Call &call, AttnMessage *message) const = 0;
  virtual AttnStatus check(const Call &call, const AttnCheckOptions &options,
                           AttnCheckResult *results,
                           AttnMessage *message) const;
  virtual AttnStatus work(const Call &call, AttnWork *work,
                          AttnMessage *message) const;
  /// Launches `runs` times and measures each on the device (Device.cpp).
  virtual AttnStatus time(const Call &call, int64_t runs, double *milliseconds,
                          AttnMessage *message) const;

  std::string description;
  std::string warning; ///< What the user should know; empty if nothing.

protected:
  std::shared_ptr<RuntimeState> runtime;
  std::shared_ptr<const ArtifactState> artifact;
  size_t entry;
};

/// Makes programs; one per device name.
using PrepareFunction = AttnStatus (*)(
    const std::shared_ptr<RuntimeState> &runtime, const AttnPlugin *plugin,
    const std::shared_ptr<const ArtifactState> &artifact, size_t entry,
    std::unique_ptr<Program> &program, AttnMessage *message);

AttnStatus prepareCpu(const std::shared_ptr<RuntimeState> &runtime,
                      const AttnPlugin *plugin,
                      const std::shared_ptr<const ArtifactState> &artifact,
                      size_t entry, std::unique_ptr<Program> &program,
                      AttnMessage *message);
AttnStatus prepareSim(const std::shared_ptr<RuntimeState> &runtime,
                      const AttnPlugin *plugin,
                      const std::shared_ptr<const ArtifactState> &artifact,
                      size_t entry, std::unique_ptr<Program> &program,
                      AttnMessage *message);
AttnStatus preparePlugin(const std::shared_ptr<RuntimeState> &runtime,
                         const AttnPlugin *plugin,
                         const std::shared_ptr<const ArtifactState> &artifact,
                         size_t entry, std::unique_ptr<Program> &program,
                         AttnMessage *message);

} // namespace attn::runtime

struct AttnRuntime {
  std::shared_ptr<attn::runtime::RuntimeState> state;
};

struct AttnArtifact {
  std::shared_ptr<const attn::runtime::ArtifactState> state;
};

struct AttnDevice {
  std::shared_ptr<attn::runtime::RuntimeState> runtime;
  std::string name;
  std::shared_ptr<attn::runtime::Device> device; ///< Never null.
  std::string description;
};

struct AttnProgram {
  std::unique_ptr<attn::runtime::Program> program;
};

#endif // ATTN_RUNTIME_LIB_STATE_H
