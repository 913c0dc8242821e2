//===- Process.cpp - Runs a program and reads what it says ----------------===//

#include "Process.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

extern char **environ;

namespace attn {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr size_t kMostOutput = 1 << 20; // Bytes; ptxas -v says some KiB.

std::string describeErrno(int code) {
  return std::string(std::strerror(code)) + " (" + std::to_string(code) + ")";
}

/// What posix_spawn is told: nothing on stdin, one pipe for both outputs, a
/// process group and signals of its own.
struct SpawnSettings {
  explicit SpawnSettings(int writeEnd) {
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, writeEnd, 1);
    posix_spawn_file_actions_adddup2(&files, writeEnd, 2);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setpgroup(&attributes, 0);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP |
                                              POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
};

/// Reads until the program closes its outputs. Returns why it must be killed,
/// or "".
std::string readOutput(int readEnd, Clock::time_point deadline,
                       const std::string &late, std::string &output) {
  while (output.size() <= kMostOutput) {
    auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    pollfd wait = {readEnd, POLLIN, 0};
    int ready =
        poll(&wait, 1, static_cast<int>(std::max<int64_t>(left.count(), 0)));
    if (ready == 0)
      return late;
    char buffer[4096];
    ssize_t size = ready < 0 ? -1 : read(readEnd, buffer, sizeof(buffer));
    if (size < 0 && errno == EINTR)
      continue;
    if (size < 0)
      return "can not be read: " + describeErrno(errno);
    if (size == 0)
      return "";
    output.append(buffer, size);
  }
  return "writes more than 1 MiB";
}

/// Waits for the end of a program that has closed its outputs.
std::string waitForEnd(pid_t process, Clock::time_point deadline,
                       const std::string &late) {
  auto pause = std::chrono::microseconds(50);
  while (true) {
    int status = 0;
    pid_t ended = waitpid(process, &status, WNOHANG);
    if (ended < 0 && errno == ECHILD)
      return "has no exit code, because the host ignores SIGCHLD";
    if (ended == process && WIFSIGNALED(status))
      return "was ended by signal " + std::to_string(WTERMSIG(status)) + " (" +
             strsignal(WTERMSIG(status)) + ")";
    if (ended == process)
      return WEXITSTATUS(status) == 0
                 ? ""
                 : "exited with code " + std::to_string(WEXITSTATUS(status));
    if (Clock::now() > deadline)
      return late;
    std::this_thread::sleep_for(pause);
    pause = std::min(2 * pause, std::chrono::microseconds(10000));
  }
}

std::string describe(milliseconds limit) {
  return "did not end within " + std::to_string(limit.count() / 1000) + " s";
}

} // namespace

ProcessResult runProcess(const std::vector<std::string> &arguments,
                         milliseconds limit) {
  ProcessResult result;
  int pipe[2];
  if (pipe2(pipe, O_CLOEXEC) != 0) {
    result.failure = "can not be started: " + describeErrno(errno);
    return result;
  }
  std::vector<char *> words;
  for (const std::string &argument : arguments)
    words.push_back(const_cast<char *>(argument.c_str()));
  words.push_back(nullptr);
  pid_t process = 0;
  int error;
  {
    SpawnSettings settings(pipe[1]);
    error = posix_spawn(&process, words[0], &settings.files,
                        &settings.attributes, words.data(), environ);
  }
  close(pipe[1]);
  if (error == 0) {
    Clock::time_point deadline = Clock::now() + limit;
    std::string late = describe(limit);
    result.failure = readOutput(pipe[0], deadline, late, result.output);
    bool mustEnd = !result.failure.empty();
    if (!mustEnd) {
      result.failure = waitForEnd(process, deadline, late);
      mustEnd = result.failure == late;
    }
    if (mustEnd) {
      kill(-process, SIGKILL);
      waitpid(process, nullptr, 0);
    }
  } else {
    result.failure = "can not be started: " + describeErrno(error);
  }
  close(pipe[0]);
  return result;
}

} // namespace attn
