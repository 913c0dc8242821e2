//===- CudaTest.cpp - Device cuda on the fake driver ----------------------===//
//
// cuda-test [--spread] ACTION ARTIFACT ENTRY [SIZE...]: the sizes of the
// letters that are free, in order. Tensors are dense, or spread out in memory.
// Prints what happened; a test reads that, and the log of the fake driver.
//
//===----------------------------------------------------------------------===//

#include "Calls.h"

#include "../Allocations.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace cudatest;

namespace {
/// Its context is current in between only.
class Stream {
public:
  Stream() {
    driver("cuDevicePrimaryCtxRetain", &context, 0);
    driver("cuCtxPushCurrent_v2", context);
    driver("cuStreamCreate", &handle, 0u);
    driver("cuCtxPopCurrent_v2", &context);
  }
  Stream(const Stream &) = delete;
  ~Stream() {
    driver("cuCtxPushCurrent_v2", context);
    driver("cuStreamDestroy_v2", handle);
    driver("cuCtxPopCurrent_v2", &context);
  }
  operator void *() const { return handle; }

private:
  void *context = nullptr, *handle = nullptr;
};

void printResults(const Session &session) {
  for (size_t i = 0; i < session.results.size(); ++i) {
    std::vector<char> bytes = session.download(i);
    std::printf("%s:", session.results[i].name.c_str());
    for (size_t at = 0; at + 4 <= bytes.size() && at < 64; at += 4) {
      int32_t number;
      float value;
      std::memcpy(&number, &bytes[at], 4);
      std::memcpy(&value, &bytes[at], 4);
      if (session.results[i].dtype == ATTN_F32)
        std::printf(" %.4f", value);
      else
        std::printf(" %d", number);
    }
    std::printf("\n");
  }
}

/// Launches on a stream of its own.
void run(Session &session) {
  Stream stream;
  session.describe(stream);
  session.run(stream);
  session.synchronize(stream);
  printResults(session);
}

/// A launch while a stream captures must give the same as a plain one.
void capture(Session &session) {
  Stream stream;
  void *context = nullptr, *graph = nullptr, *executable = nullptr;
  session.run(stream);
  std::vector<char> wanted = session.download(0);
  session.resetResults(0);
  driver("cuDevicePrimaryCtxRetain", &context, 0);
  driver("cuCtxPushCurrent_v2", context);
  driver("cuStreamBeginCapture_v2", static_cast<void *>(stream), 0);
  session.run(stream);
  driver("cuStreamEndCapture", static_cast<void *>(stream), &graph);
  driver("cuGraphInstantiateWithFlags", &executable, graph, 0ull);
  std::printf("captured, results %s\n", session.download(0) == wanted
                                            ? "written too early"
                                            : "untouched");
  driver("cuGraphLaunch", executable, static_cast<void *>(stream));
  std::printf("replayed, results %s\n",
              session.download(0) == wanted ? "equal" : "different");
  driver("cuGraphDestroy", graph);
}

void countAllocations(Session &session) {
  Stream stream;
  AttnLaunch launch = session.launch(stream);
  AttnMessage message{sizeof(AttnMessage), {0}};
  session.run(stream); // the fake driver allocates once
  long before = allocationCount();
  AttnStatus good = attnProgramLaunch(session.program, &launch, &message);
  launch.workspaceBytes = 0;
  AttnStatus bad = attnProgramLaunch(session.program, &launch, &message);
  long after = allocationCount();
  std::printf("status %d and %d: %s\nallocations: %ld\n", good, bad,
              message.text, before > 0 ? after - before : -1);
}

void time(Session &session) {
  double milliseconds[5];
  AttnLaunch launch = session.launch(nullptr);
  AttnMessage message{sizeof(AttnMessage), {0}};
  if (attnProgramTime(session.program, &launch, 5, milliseconds, &message))
    throw Failure(std::string("time: ") + message.text);
  for (double one : milliseconds)
    if (!(one >= 0 && one < 1000))
      throw Failure("time: " + std::to_string(one));
  std::printf("timed 5 runs\n");
}

int runAction(const std::string &action, Session &session) {
  if (action == "run")
    run(session);
  else if (action == "capture")
    capture(session);
  else if (action == "allocations")
    countAllocations(session);
  else if (action == "time")
    time(session);
  else
    return 2;
  return 0;
}
} // namespace

int main(int argc, char **argv) {
  bool isSpread = argc > 1 && std::strcmp(argv[1], "--spread") == 0;
  argc -= isSpread;
  argv += isSpread;
  if (argc < 4)
    return 2;
  std::vector<int64_t> sizes;
  for (int i = 4; i < argc; ++i)
    sizes.push_back(std::atoll(argv[i]));
  try {
    Session session(argv[2], argv[3], sizes, isSpread);
    return runAction(argv[1], session);
  } catch (const std::exception &problem) {
    std::printf("%s\n", problem.what());
    return 1;
  }
}
