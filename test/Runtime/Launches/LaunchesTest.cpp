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

#include "LaunchedProgram.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <malloc.h>
#include <memory>
#include <thread>

using namespace launches;

namespace {

constexpr int kReloadEvery = 100;
/// What the C library, oneTBB and the dynamic linker keep for themselves may
/// vary a little; a byte lost per launch is more in a full run.
constexpr long kMostKeptBytes = 128 << 10;

struct Command {
  std::string device, artifact, mode;
  int threads = 64;
  long launches = 10000;
  Letters letters;
};

struct Count {
  std::atomic<long> launched{0}, wrong{0};
};

class Test {
public:
  Test(const Command &command, Count &count) : command(command), count(count) {
    require(attnRuntimeCreate, (const AttnRuntimeOptions *)nullptr, &runtime);
    shared =
        std::make_unique<Program>(runtime, command.device, command.artifact);
    problem = std::make_unique<Problem>(*shared, command.letters);
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
          own = std::make_unique<Program>(runtime, command.device,
                                          command.artifact);
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
