//===- BytesTest.cpp - Damaged files, thousands of them -------------------===//
//
// bytes-test npy|manifest|image [--from=N] [--count=N] [ARTIFACT...]
//
// Whatever the bytes are, a reader takes the file or says which file is wrong
// and why; it does not crash and does not hang.
//
//===----------------------------------------------------------------------===//

#include "Bytes.h"

#include "Mutant.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/time.h>
#include <unistd.h>

namespace {

constexpr int kMostSeconds = 20; ///< CPU time of one file; most take a ms.

unsigned long long currentSeed = 0;
const char *currentFormat = "";

/// Says which file it was; a crash keeps its signal.
void onEnd(int signal) {
  char text[128];
  int length = std::snprintf(
      text, sizeof text, "bytes-test: error: %s %llu: %s\n", currentFormat,
      currentSeed, signal == SIGPROF ? "hangs" : "crashes");
  if (write(STDERR_FILENO, text, size_t(length)) < 0 || signal == SIGPROF)
    _exit(1);
  std::signal(signal, SIG_DFL);
  raise(signal);
}

void setDeadline(int seconds) {
  itimerval timer{};
  timer.it_value.tv_sec = seconds;
  setitimer(ITIMER_PROF, &timer, nullptr);
}

struct Command {
  std::string format;
  unsigned long long from = 1, count = 1000;
  std::vector<std::string> artifacts;
};

Command parse(int argc, char **argv) {
  Command command;
  for (int i = 1; i < argc; ++i) {
    if (std::strncmp(argv[i], "--from=", 7) == 0)
      command.from = std::strtoull(argv[i] + 7, nullptr, 10);
    else if (std::strncmp(argv[i], "--count=", 8) == 0)
      command.count = std::strtoull(argv[i] + 8, nullptr, 10);
    else if (command.format.empty())
      command.format = argv[i];
    else
      command.artifacts.push_back(argv[i]);
  }
  return command;
}

int run(const Command &command, bytes::Format &format) {
  unsigned long long accepted = 0, missed = 0;
  for (unsigned long long n = 0; n < command.count; ++n) {
    currentSeed = command.from + n;
    std::string mutant =
        attn::fuzz::Mutant(currentSeed, format.corpus()).text();
    setDeadline(kMostSeconds);
    try {
      accepted +=
          format.accepts(mutant, size_t(currentSeed % format.corpus().size()));
    } catch (const std::exception &miss) {
      std::printf("MISS %s %llu: %s\n", currentFormat, currentSeed,
                  miss.what());
      ++missed;
    }
    setDeadline(0);
  }
  std::printf("%s: %llu files, %llu taken, %llu refused, %llu missed\n",
              currentFormat, command.count, accepted,
              command.count - accepted - missed, missed);
  return missed != 0;
}

} // namespace

int main(int argc, char **argv) {
  Command command = parse(argc, argv);
  currentFormat = command.format.c_str();
  std::signal(SIGPROF, onEnd);
#if !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer)
  for (int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL})
    std::signal(signal, onEnd);
#endif
  try {
    std::unique_ptr<bytes::Format> format;
    if (command.format == "npy")
      format = bytes::makeNpy();
    else if (command.format == "manifest")
      format = bytes::makeManifest(command.artifacts);
    else if (command.format == "image")
      format = bytes::makeImage(command.artifacts);
    if (format)
      return run(command, *format);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "bytes-test: error: %s\n", error.what());
    return 1;
  }
  std::fprintf(stderr, "usage: bytes-test npy|manifest|image [--from=N] "
                       "[--count=N] [ARTIFACT...]\n");
  return 2;
}
