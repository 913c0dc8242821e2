//===- Harness.h - Registering and running device tests ---------*- C++ -*-===//
//
// One suite for every device. A test is a function of a Fixture, which names
// the device and the artifacts; it runs on all devices, or on cpu only where it
// looks at how the device works inside. Uses the C API and nothing else.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TEST_RUNTIME_CONFORMANCE_HARNESS_H
#define ATTN_TEST_RUNTIME_CONFORMANCE_HARNESS_H

#include "attn-c/AttnRuntime.h"

#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace conformance {

struct Fixture {
  std::string device;
  std::string artifact; ///< Folder with image 1.
  std::string other;    ///< Folder with image 2.
  std::string scratch;  ///< Folder for files that a test makes.
};

struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

enum class On { kEveryDevice, kCpuOnly };

struct Test {
  Test(const char *name, On on, void (*body)(const Fixture &));
  const char *name;
  On on;
  void (*body)(const Fixture &);
};

#define CONFORMANCE_TEST(name, on)                                             \
  static void name(const conformance::Fixture &fixture);                       \
  static conformance::Test name##Test(#name, conformance::On::on, name);       \
  static void name(const conformance::Fixture &fixture)

#define EXPECT(condition)                                                      \
  do {                                                                         \
    if (!(condition))                                                          \
      throw conformance::Failure(std::string(__FILE__ ":") +                   \
                                 std::to_string(__LINE__) +                    \
                                 ": expected " #condition);                    \
  } while (0)

/// A status with the text that came with it.
struct Outcome {
  AttnStatus status = ATTN_OK;
  AttnMessage message{sizeof(AttnMessage), {0}};

  void require() const {
    if (status != ATTN_OK)
      throw Failure(std::string("unexpected failure: ") + message.text);
  }
  /// Fails unless the call failed so and said so.
  void expect(AttnStatus wanted, const char *part) const {
    if (status != wanted || !std::strstr(message.text, part))
      throw Failure("expected status " + std::to_string(wanted) + " with '" +
                    part + "' but found " + std::to_string(status) + " with '" +
                    message.text + "'");
  }
};

/// Calls a function of the C API whose last argument is a message.
template <typename Function, typename... Args>
Outcome call(Function function, Args... args) {
  Outcome outcome;
  outcome.status = function(args..., &outcome.message);
  return outcome;
}

/// Runtime, artifact, device and program of one entry, destroyed in order.
struct Session {
  explicit Session(const Fixture &fixture, const char *entry = "main",
                   const AttnRuntimeOptions *options = nullptr);
  ~Session();
  Session(const Session &) = delete;

  Outcome launch(const AttnLaunch &launch) const {
    return call(attnProgramLaunch, static_cast<const AttnProgram *>(program),
                &launch);
  }

  AttnRuntime *runtime = nullptr;
  AttnArtifact *artifact = nullptr;
  AttnDevice *device = nullptr;
  AttnProgram *program = nullptr;
  size_t entry = 0;
};

/// Adds the compiler to a runtime, if the suite was built with it.
void addCompiler(AttnRuntime *runtime);

/// Options with everything but the threads at its default.
AttnRuntimeOptions withThreads(int64_t threads);

/// A strided tensor over memory of the test.
struct Tensor {
  AttnTensor view() const;
  float *data = nullptr;
  std::vector<int64_t> sizes, strides;
  AttnDtype dtype = ATTN_F32;
  bool dense = false; ///< Pass no strides.
};

/// Inputs, results and workspace of `main`: B, Lq and Lk vary.
struct Problem {
  Problem(int64_t b, int64_t lq, int64_t lk);

  /// Sizes the workspace and makes the launch; may be changed before use.
  AttnLaunch &prepare(const Session &session);
  /// Fails where a result is further than 1e-5 from a plain double evaluation.
  void check() const;
  /// The results as bits.
  std::vector<float> results() const;

  int64_t b, lq, lk;
  std::vector<float> qData, kData, vData, oData, lseData;
  Tensor q, k, v, o, lse;
  std::vector<char> workspace;
  AttnTensor arguments[3], outputs[2];
  AttnLaunch launch{};
};

/// Runs the problem on a session and fails if the launch does.
void run(Problem &problem, const Session &session);

/// Reads a file of an artifact.
std::string readFile(const std::string &path);

} // namespace conformance

#endif // ATTN_TEST_RUNTIME_CONFORMANCE_HARNESS_H
