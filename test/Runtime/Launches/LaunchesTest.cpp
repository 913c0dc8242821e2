//===- LaunchesTest.cpp - Many threads, many launches ---------------------===//
//
// launches-test DEVICE ARTIFACT one|many [--threads=N] [--launches=N]
// [LETTER=N]
//
// `one`: all threads launch one program. `many`: each loads and prepares its
// own, and again every hundred launches. Every launch must give the bits of the
// first. Memory in use and open files are counted when a tenth of the launches
// is done and at the end: launches leave nothing behind.
//
//===----------------------------------------------------------------------===//

#include "attn-c/AttnRuntime.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <malloc.h>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr int kReloadEvery = 100;
/// What the C library, oneTBB and the dynamic linker keep for themselves may
/// vary a little; a byte lost per launch is more in a full run.
constexpr long kMostKeptBytes = 128 << 10;

template <typename Function, typename... Args>
void require(Function function, Args... args) {
  AttnMessage message{sizeof message, {0}};
  if (function(args..., &message) != ATTN_OK)
    throw std::runtime_error(message.text);
}

struct Command {
  std::string device, artifact, mode;
  int threads = 64;
  long launches = 10000;
  std::map<std::string, int64_t> letters;
};

/// Handles of one entry, opened in order and closed in the other.
class Program {
public:
  Program(AttnRuntime *runtime, const Command &command) {
    require(attnArtifactLoadFolder, runtime, command.artifact.c_str(),
            &artifact);
    require(attnDeviceOpen, runtime, command.device.c_str(), &device);
    require(attnProgramPrepare, device, (const AttnArtifact *)artifact,
            size_t(0), &program);
  }
  ~Program() {
    attnProgramDestroy(program);
    attnDeviceDestroy(device);
    attnArtifactDestroy(artifact);
  }
  Program(const Program &) = delete;

  AttnArtifact *artifact = nullptr;
  AttnDevice *device = nullptr;
  AttnProgram *program = nullptr;
};

int64_t bytesOf(AttnDtype dtype) {
  switch (dtype) {
  case ATTN_F16:
  case ATTN_BF16:
    return 2;
  case ATTN_F64:
  case ATTN_I64:
    return 8;
  case ATTN_I8:
  case ATTN_BOOL:
    return 1;
  default:
    return 4;
  }
}

struct Buffer {
  AttnTensorInfo info{};
  std::vector<int64_t> sizes;
  std::vector<char> bytes;
  AttnTensor view() {
    return {bytes.data(), sizes.data(), nullptr, int32_t(sizes.size()),
            info.dtype};
  }
};

/// Numbers of moderate size in every float type; indices are 0.
void fill(Buffer &buffer, uint32_t seed) {
  for (size_t n = 0; n + 1 < buffer.bytes.size(); n += 2) {
    seed = seed * 1664525 + 1013904223;
    uint16_t half = uint16_t(0x3e00 | (seed >> 16 & 0x81ff));
    bool isFloat = buffer.info.dtype <= ATTN_F64;
    if (isFloat)
      std::memcpy(&buffer.bytes[n], &half, 2);
  }
}

/// Sizes, inputs and workspace that all launches share or copy.
class Problem {
public:
  Problem(const Program &program, const Command &command) {
    const AttnArtifact *artifact = program.artifact;
    std::vector<int64_t> letters;
    for (size_t n = 0; n < attnArtifactLetterCount(artifact, 0); ++n) {
      int64_t constant = attnArtifactLetterConstant(artifact, 0, n);
      auto given = command.letters.find(attnArtifactLetterName(artifact, 0, n));
      letters.push_back(constant >= 0                    ? constant
                        : given == command.letters.end() ? 1
                                                         : given->second);
    }
    describe(artifact, letters, /*isResult=*/false, inputs);
    describe(artifact, letters, /*isResult=*/true, results);
    for (size_t n = 0; n < inputs.size(); ++n)
      fill(inputs[n], uint32_t(n + 1));
    require(attnProgramWorkspaceBytes, (const AttnProgram *)program.program,
            (const int64_t *)letters.data(), &workspaceBytes);
  }

  std::vector<Buffer> inputs, results;
  size_t workspaceBytes = 0;

private:
  static void describe(const AttnArtifact *artifact,
                       const std::vector<int64_t> &letters, bool isResult,
                       std::vector<Buffer> &buffers) {
    size_t count = isResult ? attnArtifactResultCount(artifact, 0)
                            : attnArtifactArgumentCount(artifact, 0);
    for (size_t n = 0; n < count; ++n) {
      Buffer buffer;
      buffer.info.structSize = sizeof buffer.info;
      require(isResult ? attnArtifactResult : attnArtifactArgument, artifact,
              size_t(0), n, &buffer.info);
      int64_t bytes = bytesOf(buffer.info.dtype);
      for (int axis = 0; axis < buffer.info.rank; ++axis) {
        int64_t size = buffer.info.sizes[axis];
        for (size_t l = 0; size < 0 && l < letters.size(); ++l)
          if (std::strcmp(attnArtifactLetterName(artifact, 0, l),
                          buffer.info.letters[axis]) == 0)
            size = letters[l];
        buffer.sizes.push_back(size);
        bytes *= size;
      }
      buffer.bytes.assign(size_t(bytes), 0);
      buffers.push_back(std::move(buffer));
    }
  }
};

/// What one thread writes to.
class Worker {
public:
  explicit Worker(Problem &problem)
      : results(problem.results),
        workspace(problem.workspaceBytes + 64, char(0xff)) {
    for (Buffer &input : problem.inputs)
      arguments.push_back(input.view());
    for (Buffer &result : results)
      outputs.push_back(result.view());
  }

  void launch(const Program &program) {
    for (Buffer &result : results)
      std::memset(result.bytes.data(), 0xff, result.bytes.size());
    AttnLaunch launch{};
    launch.structSize = sizeof launch;
    launch.tensorSize = sizeof(AttnTensor);
    launch.arguments = arguments.data();
    launch.argumentCount = arguments.size();
    launch.results = outputs.data();
    launch.resultCount = outputs.size();
    auto address = reinterpret_cast<uintptr_t>(workspace.data());
    launch.workspace = reinterpret_cast<void *>((address + 63) / 64 * 64);
    launch.workspaceBytes = workspace.size() - 64;
    require(attnProgramLaunch, (const AttnProgram *)program.program,
            (const AttnLaunch *)&launch);
  }

  bool equals(const Worker &other) const {
    for (size_t n = 0; n < results.size(); ++n)
      if (results[n].bytes != other.results[n].bytes)
        return false;
    return true;
  }

private:
  std::vector<Buffer> results;
  std::vector<char> workspace;
  std::vector<AttnTensor> arguments, outputs;
};

struct Count {
  std::atomic<long> launched{0}, wrong{0};
};

class Test {
public:
  Test(const Command &command, Count &count) : command(command), count(count) {
    require(attnRuntimeCreate, (const AttnRuntimeOptions *)nullptr, &runtime);
    shared = std::make_unique<Program>(runtime, command);
    problem = std::make_unique<Problem>(*shared, command);
    wanted = std::make_unique<Worker>(*problem);
    wanted->launch(*shared);
  }
  ~Test() {
    shared.reset();
    attnRuntimeDestroy(runtime);
  }

  /// All threads, so many launches each.
  void run(long launches) {
    std::vector<std::thread> threads;
    for (int t = 0; t < command.threads; ++t)
      threads.emplace_back([this, launches] { work(launches); });
    for (std::thread &thread : threads)
      thread.join();
  }

private:
  void work(long launches) {
    try {
      Worker worker(*problem);
      std::unique_ptr<Program> own;
      for (long n = 0; n < launches; ++n) {
        if (command.mode == "many" && n % kReloadEvery == 0)
          own = std::make_unique<Program>(runtime, command);
        worker.launch(own ? *own : *shared);
        count.wrong += !worker.equals(*wanted);
        ++count.launched;
      }
    } catch (const std::exception &error) {
      if (count.wrong++ == 0)
        std::fprintf(stderr, "launches-test: error: %s\n", error.what());
    }
  }

  const Command &command;
  Count &count;
  AttnRuntime *runtime = nullptr;
  std::unique_ptr<Program> shared;
  std::unique_ptr<Problem> problem;
  std::unique_ptr<Worker> wanted;
};

void launchAll(const Command &command, long launches, Count &count) {
  Test(command, count).run(launches);
}

long usedBytes() {
  struct mallinfo2 info = mallinfo2();
  return long(info.uordblks + info.hblkhd);
}

long openFiles() {
  std::filesystem::directory_iterator files("/proc/self/fd");
  return std::distance(begin(files), end(files));
}

long residentPages() {
  long size = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident;
}

int run(const Command &command) {
  // A program keeps what its launches may need again, so both parts end with
  // its end.
  Count count;
  launchAll(command, command.launches / 10, count);
  long bytes = usedBytes(), files = openFiles(), pages = residentPages();
  launchAll(command, command.launches - command.launches / 10, count);
  bytes = usedBytes() - bytes;
  files = openFiles() - files;
  pages = residentPages() - pages;
  std::printf("%s, %s: %d threads, %ld launches, %ld differ; kept %ld bytes, "
              "%ld files; resident memory grew by %ld KiB\n",
              command.device.c_str(), command.mode.c_str(), command.threads,
              count.launched.load(), count.wrong.load(), bytes, files,
              pages * 4);
  return count.wrong != 0 ||
         count.launched != command.threads * command.launches ||
         bytes > kMostKeptBytes || files > 0;
}

Command parse(int argc, char **argv) {
  Command command;
  for (int i = 1; i < argc; ++i) {
    std::string text = argv[i];
    size_t equals = text.find('=');
    long value = equals == std::string::npos
                     ? 0
                     : std::strtol(text.c_str() + equals + 1, nullptr, 10);
    if (text.rfind("--threads=", 0) == 0)
      command.threads = int(value);
    else if (text.rfind("--launches=", 0) == 0)
      command.launches = value;
    else if (equals != std::string::npos)
      command.letters[text.substr(0, equals)] = value;
    else
      (command.device.empty()     ? command.device
       : command.artifact.empty() ? command.artifact
                                  : command.mode) = text;
  }
  return command;
}

} // namespace

int main(int argc, char **argv) {
  Command command = parse(argc, argv);
  if (command.mode != "one" && command.mode != "many") {
    std::fprintf(stderr, "usage: launches-test DEVICE ARTIFACT one|many "
                         "[--threads=N] [--launches=N] [LETTER=N]\n");
    return 2;
  }
  try {
    return run(command);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "launches-test: error: %s\n", error.what());
    return 1;
  }
}
