//===- Calls.h - A program on device cuda, for tests ------------*- C++ -*-===//

#ifndef ATTN_TEST_RUNTIME_CUDA_CALLS_H
#define ATTN_TEST_RUNTIME_CUDA_CALLS_H

#include "attn-c/AttnRuntime.h"

#include <stdexcept>
#include <string>
#include <vector>

namespace cudatest {

/// A failed call: what was tried, its status and its text.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A tensor on the device, filled with small numbers or with 0xff.
struct DeviceTensor {
  std::string name;
  AttnDtype dtype;
  std::vector<int64_t> sizes, strides;
  void *data = nullptr;
  size_t bytes = 0;
};

/// Runtime, artifact, device, program, tensors and workspace of one entry. The
/// constructor goes through all steps and throws at the first that fails.
class Session {
public:
  Session(const char *artifact, const char *entry,
          std::vector<int64_t> freeLetters, bool isSpread);
  ~Session();
  Session(const Session &) = delete;

  AttnLaunch launch(void *stream) const;
  void run(void *stream);
  void synchronize(void *stream);
  std::vector<char> download(size_t result) const;
  /// Results to 0xff, or zero where the entry counts in them.
  void resetResults(char byte);
  /// Prints what a launch gets as one line of JSON.
  void describe(void *stream) const;

  AttnRuntime *runtime = nullptr;
  AttnDevice *device = nullptr;
  AttnArtifact *artifact = nullptr;
  AttnProgram *program = nullptr;
  std::vector<DeviceTensor> arguments, results;
  std::vector<int64_t> letters;
  void *workspace = nullptr;
  size_t workspaceBytes = 0;

private:
  explicit Session(bool isSpread) : isSpread(isSpread) {}
  void open(const char *path, const char *name);
  DeviceTensor makeTensor(const AttnTensorInfo &info,
                          const std::vector<int64_t> &freeLetters);
  void makeTensors(const std::vector<int64_t> &freeLetters);

  size_t entry = 0;
  bool isSpread = false; ///< See layOut in Calls.cpp.
  std::vector<AttnTensor> argumentViews, resultViews;
};

/// A function of the fake driver by name.
void *driverFunction(const char *name);

/// Calls it; throws for another result than success.
template <typename... Args>
void driver(const char *name, Args... args) {
  auto function = reinterpret_cast<int (*)(Args...)>(driverFunction(name));
  if (int code = function(args...))
    throw Failure(std::string(name) + " gave " + std::to_string(code));
}

} // namespace cudatest

#endif // ATTN_TEST_RUNTIME_CUDA_CALLS_H
