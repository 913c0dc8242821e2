//===- Children.cpp - Cases in processes of their own ---------------------===//

#include "Children.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace attn::pack {
namespace {
using Clock = std::chrono::steady_clock;

/// A forked process and the pipe it writes lines to.
class Child {
public:
  Child(size_t first, size_t count,
        const std::function<std::string(size_t)> &work) {
    int ends[2];
    if (pipe(ends) != 0)
      throw std::runtime_error(std::string("cannot make a pipe: ") +
                               std::strerror(errno));
    process = fork();
    if (process < 0)
      throw std::runtime_error(std::string("cannot fork: ") +
                               std::strerror(errno));
    if (process == 0) {
      close(ends[0]);
      runAll(ends[1], first, count, work);
    }
    close(ends[1]);
    descriptor = ends[0];
  }

  ~Child() {
    close(descriptor);
    if (process > 0) {
      kill(process, SIGKILL);
      waitpid(process, nullptr, 0);
    }
  }

  /// The next line, or nothing once the child is at its end or late.
  bool readLine(std::string &line, int seconds, std::string &reason) {
    Clock::time_point end = Clock::now() + std::chrono::seconds(seconds);
    for (;;) {
      size_t newline = pending.find('\n');
      if (newline != std::string::npos) {
        line = pending.substr(0, newline);
        pending.erase(0, newline + 1);
        return true;
      }
      auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          end - Clock::now());
      struct pollfd wait = {descriptor, POLLIN, 0};
      if (left.count() <= 0 || poll(&wait, 1, int(left.count())) == 0) {
        reason = "took more than " + std::to_string(seconds) + " seconds";
        return false;
      }
      char buffer[4096];
      ssize_t count = read(descriptor, buffer, sizeof buffer);
      if (count <= 0) {
        reason = howItEnded();
        return false;
      }
      pending.append(buffer, size_t(count));
    }
  }

private:
  [[noreturn]] static void
  runAll(int out, size_t first, size_t count,
         const std::function<std::string(size_t)> &work) {
    for (size_t i = first; i < count; ++i) {
      std::string line = work(i) + "\n";
      for (size_t done = 0; done < line.size();) {
        ssize_t written = write(out, line.data() + done, line.size() - done);
        if (written <= 0)
          _exit(1);
        done += size_t(written);
      }
    }
    _exit(0);
  }

  std::string howItEnded() {
    int status = 0;
    waitpid(process, &status, 0);
    process = -1;
    if (WIFSIGNALED(status))
      return std::string("the process died: ") + strsignal(WTERMSIG(status));
    return "the process ended with exit code " +
           std::to_string(WEXITSTATUS(status));
  }

  pid_t process = -1;
  int descriptor = -1;
  std::string pending;
};
} // namespace

void runInChildren(size_t count, int secondsPerCase,
                   const std::function<std::string(size_t)> &work,
                   const std::function<void(size_t, const std::string &,
                                            const std::string &)> &done) {
  for (size_t next = 0; next < count;) {
    Child child(next, count, work);
    for (; next < count; ++next) {
      std::string line, reason;
      bool isThere = child.readLine(line, secondsPerCase, reason);
      done(next, isThere ? line : "", reason);
      if (isThere)
        continue;
      ++next;
      break;
    }
  }
}

} // namespace attn::pack
