//===- FakeDriver.h - A CUDA driver without a GPU ---------------*- C++ -*-===//
//
// libcuda.so.1 for tests. It keeps the rules a real driver has (initialise
// first, a current context, what a captured stream forbids, what a tensor map
// may hold), runs kernels that are host code, and writes every call as one line
// of JSON. Memory of the "device" cannot be touched by the host.
//
// Environment, read when the library is loaded:
//   FAKE_CUDA_LOG      file that gets the calls
//   FAKE_CUDA_FAIL     "cuMemAlloc_v2=2,cuLaunchKernel@3=719": a call, or its
//                      n-th, fails with a code
//   FAKE_CUDA_VERSION  12040             FAKE_CUDA_DEVICES  1
//   FAKE_CUDA_CC       90                FAKE_CUDA_SM       132
//   FAKE_CUDA_SHARED   232448            FAKE_CUDA_MEMORY   bytes, 1 GiB
//   FAKE_CUDA_PTX      the shared object that "compiling" any PTX gives
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TEST_RUNTIME_CUDA_FAKE_FAKEDRIVER_H
#define ATTN_TEST_RUNTIME_CUDA_FAKE_FAKEDRIVER_H

#include "FakeKernel.h"

#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#define FAKE_API extern "C" __attribute__((visibility("default"))) int

namespace fake {
using json = nlohmann::ordered_json;

enum Code {
  kSuccess = 0,
  kInvalidValue = 1,
  kOutOfMemory = 2,
  kNotInitialized = 3,
  kNoDevice = 100,
  kInvalidDevice = 101,
  kInvalidImage = 200,
  kInvalidContext = 201,
  kInvalidPtx = 218,
  kInvalidHandle = 400,
  kNotFound = 500,
  kCaptureUnsupported = 900,
  kCaptureImplicit = 906,
};

/// One launch, kept while a graph is captured.
struct Launch {
  FakeKernel kernel;
  std::vector<std::vector<char>> parameters;
  unsigned grid[3], block[3], sharedBytes;
};

struct State {
  std::mutex mutex;
  bool initialised = false;
  void *capturing = nullptr; ///< The stream, or null.
  std::vector<Launch> captured;
  std::map<uint64_t, size_t> memory; ///< Address to bytes, whole pages.
  size_t used = 0, running = 0;
  long contextReferences = 0;
  std::map<std::string_view, long> counts; ///< Calls by name.
};

State &state();

/// The number in an environment variable.
long setting(const char *name, long otherwise);

/// One call of the driver API: checks the rules, logs on destruction.
class Call {
public:
  enum Rule { kAnytime = 0, kInitialised = 1, kContext = 3, kNotCaptured = 4 };

  Call(const char *name, int rules);
  ~Call();

  /// Whether a rule or FAKE_CUDA_FAIL ends the call now.
  bool refused() const { return code != kSuccess; }
  int result(int with) { return code = with; }
  int refusal() const { return code; }

  /// Adds to the line of the log, if there is one.
  template <typename T>
  Call &with(const char *key, const T &value) {
    if (logging())
      line[key] = value;
    return *this;
  }
  static bool logging();

private:
  json line;
  int code = kSuccess;
};

/// Makes the memory of the device visible while the driver works on it.
class MemoryAccess {
public:
  MemoryAccess();
  ~MemoryAccess();
};

std::string hex(const void *bytes, size_t count);
std::string address(const void *pointer);

} // namespace fake

#endif // ATTN_TEST_RUNTIME_CUDA_FAKE_FAKEDRIVER_H
