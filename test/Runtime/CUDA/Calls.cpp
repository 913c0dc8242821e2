//===- Calls.cpp - A program on device cuda, for tests --------------------===//

#include "Calls.h"

#include "attn/tools/Launch.h"

#include <cstdio>
#include <cstring>
#include <dlfcn.h>

namespace cudatest {
namespace {
constexpr int64_t kBytes[] = {2, 2, 4, 8, 1, 4, 8, 1};

/// Calls a function of the C API whose last argument is a message.
template <typename Function, typename... Args>
void require(const char *what, Function function, Args... args) {
  AttnMessage message{sizeof(AttnMessage), {0}};
  if (AttnStatus status = function(args..., &message))
    throw Failure(std::string(what) + ": status " + std::to_string(status) +
                  ": " + message.text);
}

AttnTensor viewOf(const DeviceTensor &tensor) {
  return {tensor.data, tensor.sizes.data(), tensor.strides.data(),
          int32_t(tensor.sizes.size()), tensor.dtype};
}

std::string listText(const std::vector<int64_t> &values) {
  std::string text;
  for (int64_t value : values)
    text += (text.empty() ? "" : ", ") + std::to_string(value);
  return "[" + text + "]";
}
} // namespace

void Session::open(const char *path, const char *name) {
  require("runtime", attnRuntimeCreate,
          static_cast<const AttnRuntimeOptions *>(nullptr), &runtime);
  require("open", attnDeviceOpen, runtime, "cuda", &device);
  std::printf("device: %s\n", attnDeviceDescription(device));
  require("load", attnArtifactLoadFolder, runtime, path, &artifact);
  require("entry", attnArtifactFindEntry,
          static_cast<const AttnArtifact *>(artifact), name, &entry);
  require("prepare", attnProgramPrepare, device,
          static_cast<const AttnArtifact *>(artifact), entry, &program);
  if (*attnProgramWarning(program))
    std::printf("warning: %s\n", attnProgramWarning(program));
  std::printf("program: %s\n", attnProgramDescription(program));
}

/// Dense, or spread: as [B, L, H, D] in memory, 8 unowned elements after every
/// row, and strides that must not matter on axes of one element. Returns the
/// elements from the first to beyond the last.
int64_t layOut(DeviceTensor &tensor, bool isSpread) {
  std::vector<size_t> innermostFirst;
  for (size_t axis = tensor.sizes.size(); axis-- > 0;)
    innermostFirst.push_back(axis);
  if (isSpread && innermostFirst.size() == 4)
    std::swap(innermostFirst[1], innermostFirst[2]);
  int64_t stride = 1;
  tensor.strides.resize(tensor.sizes.size());
  for (size_t axis : innermostFirst) {
    int64_t size = tensor.sizes[axis];
    tensor.strides[axis] = isSpread && size == 1 ? 12345 : stride;
    stride *= size ? size : 1;
    if (isSpread && axis == innermostFirst[0])
      stride += 8;
  }
  return stride;
}

/// Letters without a constant take the free ones in order.
DeviceTensor Session::makeTensor(const AttnTensorInfo &info,
                                 const std::vector<int64_t> &freeLetters) {
  DeviceTensor tensor{info.name, info.dtype, {}, {}, nullptr, 0};
  for (int axis = 0; axis < info.rank; ++axis) {
    int64_t size = info.sizes[axis];
    size_t free = 0;
    for (size_t i = 0; size < 0; ++i) {
      bool isFree = attnArtifactLetterConstant(artifact, entry, i) < 0;
      if (info.letters[axis] ==
          std::string(attnArtifactLetterName(artifact, entry, i)))
        size = freeLetters.at(free);
      free += isFree;
    }
    tensor.sizes.push_back(size);
  }
  tensor.bytes = size_t(layOut(tensor, isSpread) * kBytes[info.dtype]);
  for (int64_t size : tensor.sizes)
    tensor.bytes = size ? tensor.bytes : 0;
  require("allocate", attnDeviceAllocate,
          static_cast<const AttnDevice *>(device), tensor.bytes, &tensor.data);
  return tensor;
}

void Session::makeTensors(const std::vector<int64_t> &freeLetters) {
  AttnTensorInfo info{};
  info.structSize = sizeof info;
  for (size_t i = 0; i < attnArtifactArgumentCount(artifact, entry); ++i) {
    attnArtifactArgument(artifact, entry, i, &info, nullptr);
    arguments.push_back(makeTensor(info, freeLetters));
    DeviceTensor &made = arguments.back();
    std::vector<char> host(made.bytes);
    for (size_t e = 0; info.dtype == ATTN_F32 && e < made.bytes / 4; ++e) {
      float value = float(int(e * 7 % 23) - 11) / 8;
      std::memcpy(host.data() + 4 * e, &value, 4);
    }
    for (size_t e = 0; info.dtype == ATTN_BF16 && e < made.bytes / 2; ++e) {
      auto value = uint16_t(e);
      std::memcpy(host.data() + 2 * e, &value, 2);
    }
    require("upload", attnDeviceUpload, static_cast<const AttnDevice *>(device),
            made.data, static_cast<const void *>(host.data()), made.bytes);
  }
  for (size_t i = 0; i < attnArtifactResultCount(artifact, entry); ++i) {
    attnArtifactResult(artifact, entry, i, &info, nullptr);
    results.push_back(makeTensor(info, freeLetters));
  }
  for (const DeviceTensor &tensor : arguments)
    argumentViews.push_back(viewOf(tensor));
  for (const DeviceTensor &tensor : results)
    resultViews.push_back(viewOf(tensor));
}

Session::Session(const char *path, const char *name,
                 std::vector<int64_t> freeLetters, bool isSpread)
    : Session(isSpread) { // which is whole: the destructor runs if this throws
  open(path, name);
  makeTensors(freeLetters);
  letters.resize(attnArtifactLetterCount(artifact, entry));
  require("letters", attnArtifactBindLetters,
          static_cast<const AttnArtifact *>(artifact), entry,
          static_cast<const AttnTensor *>(argumentViews.data()),
          argumentViews.size(), letters.data());
  require("workspace", attnProgramWorkspaceBytes,
          static_cast<const AttnProgram *>(program),
          static_cast<const int64_t *>(letters.data()), &workspaceBytes);
  require("allocate", attnDeviceAllocate,
          static_cast<const AttnDevice *>(device), workspaceBytes, &workspace);
  resetResults(0);
}

Session::~Session() {
  for (auto *tensors : {&arguments, &results})
    for (DeviceTensor &tensor : *tensors)
      attnDeviceFree(device, tensor.data);
  attnDeviceFree(device, workspace);
  attnArtifactDestroy(artifact);
  attnDeviceDestroy(device);
  attnRuntimeDestroy(runtime);
  attnProgramDestroy(program);
}

AttnLaunch Session::launch(void *stream) const {
  AttnLaunch launch =
      attn::makeLaunch(argumentViews, resultViews, workspace, workspaceBytes);
  launch.stream = stream;
  return launch;
}

void Session::run(void *stream) {
  AttnLaunch call = launch(stream);
  require("launch", attnProgramLaunch,
          static_cast<const AttnProgram *>(program),
          static_cast<const AttnLaunch *>(&call));
}

void Session::synchronize(void *stream) {
  require("synchronize", attnDeviceSynchronize,
          static_cast<const AttnDevice *>(device), stream);
}

std::vector<char> Session::download(size_t result) const {
  std::vector<char> host(results[result].bytes);
  require("download", attnDeviceDownload,
          static_cast<const AttnDevice *>(device),
          static_cast<void *>(host.data()),
          static_cast<const void *>(results[result].data), host.size());
  return host;
}

void Session::resetResults(char byte) {
  for (const DeviceTensor &tensor : results) {
    std::vector<char> host(tensor.bytes, byte);
    require("upload", attnDeviceUpload, static_cast<const AttnDevice *>(device),
            tensor.data, static_cast<const void *>(host.data()), host.size());
  }
}

void Session::describe(void *stream) const {
  std::printf("call: {\"stream\": %llu, \"workspace\": %llu, "
              "\"workspace_bytes\": %zu, \"tensors\": {",
              (unsigned long long)stream, (unsigned long long)workspace,
              workspaceBytes);
  const char *comma = "";
  for (const auto *tensors : {&arguments, &results})
    for (const DeviceTensor &tensor : *tensors) {
      std::printf("%s\"%s\": {\"address\": %llu, \"sizes\": %s, \"strides\": "
                  "%s}",
                  comma, tensor.name.c_str(), (unsigned long long)tensor.data,
                  listText(tensor.sizes).c_str(),
                  listText(tensor.strides).c_str());
      comma = ", ";
    }
  std::printf("}}\n");
}

void *driverFunction(const char *name) {
  void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD);
  void *function = library ? dlsym(library, name) : nullptr;
  if (!function)
    throw Failure(std::string("no ") + name + " in the fake driver");
  return function;
}

} // namespace cudatest
