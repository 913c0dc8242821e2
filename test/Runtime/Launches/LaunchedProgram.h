//===- LaunchedProgram.h - A program to launch, with all it needs -*- C++
//-*-==//
//
// Through the C API: handles of one entry, inputs that are drawn, results and
// workspace of a thread.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TEST_RUNTIME_LAUNCHES_LAUNCHEDPROGRAM_H
#define ATTN_TEST_RUNTIME_LAUNCHES_LAUNCHEDPROGRAM_H

#include "attn-c/AttnRuntime.h"

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace launches {

using Letters = std::map<std::string, int64_t>;

/// Calls a function of the C API whose last argument is a message; throws the
/// message of a failure.
template <typename Function, typename... Args>
void require(Function function, Args... args) {
  AttnMessage message{sizeof message, {0}};
  if (function(args..., &message) != ATTN_OK)
    throw std::runtime_error(message.text);
}

/// Handles of the first entry, opened in order and closed in the other.
class Program {
public:
  Program(AttnRuntime *runtime, const std::string &device,
          const std::string &artifact);
  ~Program();
  Program(const Program &) = delete;

  AttnArtifact *artifact = nullptr;
  AttnDevice *device = nullptr;
  AttnProgram *program = nullptr;
};

struct Buffer {
  AttnTensorInfo info{};
  std::vector<int64_t> sizes;
  std::vector<char> bytes;
  AttnTensor view();
};

/// Sizes, inputs and workspace that all launches share or copy. A letter that
/// is not given is 1.
class Problem {
public:
  Problem(const Program &program, const Letters &given);

  /// The input of that name; throws if there is none.
  Buffer &input(const std::string &name);

  std::vector<Buffer> inputs, results;
  size_t workspaceBytes = 0;
};

/// What one thread writes to.
class Worker {
public:
  explicit Worker(Problem &problem);

  /// Throws if the launch fails.
  void launch(const Program &program);

  /// Launches without results, which has to be refused.
  AttnStatus launchBadly(const Program &program);

  bool equals(const Worker &other) const;

  std::vector<Buffer> results;

private:
  AttnLaunch makeLaunch();

  std::vector<char> workspace;
  std::vector<AttnTensor> arguments, outputs;
};

} // namespace launches

#endif // ATTN_TEST_RUNTIME_LAUNCHES_LAUNCHEDPROGRAM_H
