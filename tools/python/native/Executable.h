//===- Executable.h - An entry prepared on a device -------------*- C++ -*-===//
//
// Launches over tensors that Python owns. Any number of threads may launch one
// executable: each launch takes a workspace that no other one holds, and gives
// it back for the next.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_PYTHON_NATIVE_EXECUTABLE_H
#define ATTN_PYTHON_NATIVE_EXECUTABLE_H

#include "Artifact.h"

#include <mutex>

namespace attn::python {

class Executable {
public:
  Executable(const Artifact &artifact, size_t entry, const std::string &device);

  /// Values of the letters, in the order of the artifact.
  std::vector<int64_t> bind(const std::vector<AttnTensor> &arguments) const;
  std::vector<std::vector<int64_t>>
  resultSizes(const std::vector<int64_t> &letters) const;
  size_t workspaceBytes(const std::vector<int64_t> &letters) const;

  /// `workspace` is memory of the device; null on devices of the host, which
  /// then use the executable's own.
  void launch(const std::vector<AttnTensor> &arguments,
              const std::vector<AttnTensor> &results, void *workspace,
              size_t bytes, void *stream) const;

  /// The same for dense tensors of the host on a device with its own memory:
  /// copies them there and the results back.
  void launchCopies(const std::vector<AttnTensor> &arguments,
                    const std::vector<AttnTensor> &results, size_t bytes) const;

  /// Whether tensors must lie in the device's own memory.
  bool hasOwnMemory() const;
  std::string description() const;
  std::string warning() const;

private:
  /// Host memory at a multiple of 64 bytes.
  struct Workspace {
    struct Free {
      void operator()(void *memory) const;
    };
    std::unique_ptr<void, Free> memory;
    size_t bytes = 0;
  };

  Workspace takeWorkspace(size_t bytes) const;
  void giveBack(Workspace workspace) const;
  void run(const std::vector<AttnTensor> &arguments,
           const std::vector<AttnTensor> &results, void *workspace,
           size_t bytes, void *stream) const;

  const AttnArtifact *artifact; ///< Kept alive by `program`'s owner in Python.
  size_t entry;
  size_t resultCount;
  Handle<AttnDevice, attnDeviceDestroy> device;
  Handle<AttnProgram, attnProgramDestroy> program;
  mutable std::mutex mutex;
  mutable std::vector<Workspace> idle; ///< One per launch that was in flight.
};

} // namespace attn::python

#endif // ATTN_PYTHON_NATIVE_EXECUTABLE_H
