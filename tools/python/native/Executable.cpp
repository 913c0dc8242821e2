//===- Executable.cpp - An entry prepared on a device ---------------------===//

#include "Executable.h"

#include "attn/tools/Launch.h"

#include <cstdlib>

namespace attn::python {
namespace {

size_t bytesOf(const AttnTensor &tensor) {
  static constexpr size_t kElement[] = {2, 2, 4, 8, 1, 4, 8, 1};
  size_t bytes = kElement[tensor.dtype];
  for (int32_t axis = 0; axis < tensor.rank; ++axis)
    bytes *= size_t(tensor.sizes[axis]);
  return bytes;
}

/// Memory of a device, freed at the end.
class DeviceMemory {
public:
  DeviceMemory(const AttnDevice *device, size_t bytes) : device(device) {
    require(attnDeviceAllocate, device, bytes, &memory);
  }
  DeviceMemory(DeviceMemory &&other) noexcept
      : device(other.device), memory(std::exchange(other.memory, nullptr)) {}
  DeviceMemory &operator=(DeviceMemory &&) = delete;
  ~DeviceMemory() {
    if (memory)
      attnDeviceFree(device, memory);
  }
  void *get() const { return memory; }

private:
  const AttnDevice *device;
  void *memory = nullptr;
};

/// Copies of dense host tensors in a device's memory.
struct Copies {
  explicit Copies(const AttnDevice *device) : device(device) {}

  void add(const AttnTensor &tensor) {
    memory.emplace_back(device, bytesOf(tensor));
    views.push_back(tensor);
    views.back().data = memory.back().get();
    views.back().strides = nullptr;
  }

  const AttnDevice *device;
  std::vector<DeviceMemory> memory;
  std::vector<AttnTensor> views;
};

} // namespace

void Executable::Workspace::Free::operator()(void *memory) const {
  std::free(memory);
}

Executable::Executable(const Artifact &artifact, size_t entry,
                       const std::string &name)
    : artifact(artifact.get()), entry(entry),
      resultCount(attnArtifactResultCount(artifact.get(), entry)) {
  AttnDevice *opened = nullptr;
  require(attnDeviceOpen, processRuntime(), name.c_str(), &opened);
  device.reset(opened);
  AttnProgram *prepared = nullptr;
  require(attnProgramPrepare, opened, this->artifact, entry, &prepared);
  program.reset(prepared);
}

std::vector<int64_t>
Executable::bind(const std::vector<AttnTensor> &arguments) const {
  std::vector<int64_t> letters(attnArtifactLetterCount(artifact, entry));
  require(attnArtifactBindLetters, artifact, entry, arguments.data(),
          arguments.size(), letters.data());
  return letters;
}

std::vector<std::vector<int64_t>>
Executable::resultSizes(const std::vector<int64_t> &letters) const {
  std::vector<std::vector<int64_t>> all;
  for (size_t i = 0; i < resultCount; ++i) {
    AttnTensorInfo info{};
    info.structSize = sizeof info;
    require(attnArtifactResult, artifact, entry, i, &info);
    all.emplace_back(size_t(info.rank));
    require(attnArtifactResultSizes, artifact, entry, i, letters.data(),
            all.back().data());
  }
  return all;
}

size_t Executable::workspaceBytes(const std::vector<int64_t> &letters) const {
  size_t bytes = 0;
  require(attnProgramWorkspaceBytes,
          static_cast<const AttnProgram *>(program.get()), letters.data(),
          &bytes);
  return bytes;
}

Executable::Workspace Executable::takeWorkspace(size_t bytes) const {
  Workspace workspace;
  {
    std::lock_guard<std::mutex> lock(mutex);
    if (!idle.empty()) {
      workspace = std::move(idle.back());
      idle.pop_back();
    }
  }
  if (workspace.bytes >= bytes)
    return workspace;
  workspace.memory.reset(); // before its successor is there
  workspace.bytes = (bytes + 63) / 64 * 64;
  workspace.memory.reset(std::aligned_alloc(64, workspace.bytes));
  if (!workspace.memory)
    throw Failure{Failure::Launch,
                  "out of memory: the workspace needs " +
                      std::to_string(bytes) + " bytes",
                  {}};
  return workspace;
}

void Executable::giveBack(Workspace workspace) const {
  std::lock_guard<std::mutex> lock(mutex);
  idle.push_back(std::move(workspace));
}

void Executable::run(const std::vector<AttnTensor> &arguments,
                     const std::vector<AttnTensor> &results, void *workspace,
                     size_t bytes, void *stream) const {
  AttnLaunch launch = makeLaunch(arguments, results, workspace, bytes);
  launch.stream = stream;
  require(attnProgramLaunch, static_cast<const AttnProgram *>(program.get()),
          static_cast<const AttnLaunch *>(&launch));
}

void Executable::launch(const std::vector<AttnTensor> &arguments,
                        const std::vector<AttnTensor> &results, void *workspace,
                        size_t bytes, void *stream) const {
  if (hasOwnMemory()) {
    run(arguments, results, workspace, bytes, stream);
    return;
  }
  Workspace own = takeWorkspace(bytes);
  // A failed launch has ended, too: its workspace is free in either case.
  try {
    run(arguments, results, own.memory.get(), own.bytes, nullptr);
  } catch (...) {
    giveBack(std::move(own));
    throw;
  }
  giveBack(std::move(own));
}

void Executable::launchCopies(const std::vector<AttnTensor> &arguments,
                              const std::vector<AttnTensor> &results,
                              size_t bytes) const {
  Copies in(device.get()), out(device.get());
  for (const AttnTensor &tensor : arguments) {
    in.add(tensor);
    require(attnDeviceUpload, static_cast<const AttnDevice *>(device.get()),
            in.views.back().data, static_cast<const void *>(tensor.data),
            bytesOf(tensor));
  }
  for (const AttnTensor &tensor : results)
    out.add(tensor);
  DeviceMemory workspace(device.get(), bytes);
  run(in.views, out.views, workspace.get(), bytes, nullptr);
  require(attnDeviceSynchronize, static_cast<const AttnDevice *>(device.get()),
          static_cast<void *>(nullptr));
  for (size_t i = 0; i < results.size(); ++i)
    require(attnDeviceDownload, static_cast<const AttnDevice *>(device.get()),
            results[i].data, static_cast<const void *>(out.views[i].data),
            bytesOf(results[i]));
}

bool Executable::hasOwnMemory() const {
  return attnDeviceHasOwnMemory(device.get());
}

std::string Executable::description() const {
  return attnProgramDescription(program.get());
}

std::string Executable::warning() const {
  return attnProgramWarning(program.get());
}

} // namespace attn::python
