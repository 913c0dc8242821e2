//===- FloatModesTest.cpp - Launches and the modes of their threads -------===//
//
// float-modes-test DEVICE ARTIFACT [--modes-only] [LETTER=N]
//
// Kernels round to nearest and, on cpu, treat denormals as zero whatever the
// threads had set, give the same bits for that, and every thread has its modes
// and flags back after every task and after a launch that is refused. Threads
// are the caller's, those of oneTBB, or of a pool that has other modes. For
// denormals the program has arguments q, k, v of f32 or bf16, results o and
// lse.
//
//===----------------------------------------------------------------------===//

#include "../Launches/LaunchedProgram.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <thread>
#include <xmmintrin.h>

using namespace launches;

namespace {

constexpr unsigned kUsual = 0x1f80;

/// MXCSR: exceptions masked 0x1f80, rounding 0x6000, flush to zero 0x8000,
/// denormals are zero 0x40, flags 0x3f.
struct Mode {
  const char *name;
  unsigned word;
};
constexpr Mode kModes[] = {{"nearest", kUsual},
                           {"down", 0x3f80},
                           {"up", 0x5f80},
                           {"toward zero", 0x7f80},
                           {"flush to zero", 0x9f80},
                           {"denormals are zero", 0x1fc0},
                           {"up, all flags, flushing", 0xdfff},
                           {"down, traps for invalid, overflow, x/0", 0x3900}};

/// Threads with a mode of their own; task i is of thread i mod their number.
struct Pool {
  int64_t threads = 1;
  unsigned mode = kUsual;
  std::atomic<long> changed{0}, idle{0};

  static void parallelFor(void *self, int64_t n, AttnTask task, void *context) {
    Pool &pool = *static_cast<Pool *>(self);
    std::vector<std::thread> team;
    for (int64_t w = 0; w < pool.threads; ++w)
      team.emplace_back([&pool, n, task, context, w] {
        _mm_setcsr(pool.mode);
        for (int64_t i = w; i < n; i += pool.threads) {
          task(context, i, w);
          pool.changed += _mm_getcsr() != pool.mode;
        }
        pool.idle += w >= n;
      });
    for (std::thread &thread : team)
      thread.join();
  }

  /// On the caller's thread alone.
  static void inlineFor(void *, int64_t n, AttnTask task, void *context) {
    for (int64_t i = 0; i < n; ++i)
      task(context, i, 0);
  }
};

/// One way to run tasks.
struct Threads {
  std::string name;
  AttnRuntimeOptions options{};
  std::unique_ptr<Pool> pool;
};

std::vector<Threads> getThreads() {
  std::vector<Threads> all;
  auto add = [&](std::string name, int64_t count, AttnParallelFor loop) {
    Threads threads{std::move(name), {}, std::make_unique<Pool>()};
    threads.pool->threads = count;
    threads.options.structSize = sizeof threads.options;
    threads.options.threads = count;
    threads.options.parallelFor = loop;
    threads.options.pool = loop ? threads.pool.get() : nullptr;
    all.push_back(std::move(threads));
  };
  int64_t most = std::max<int64_t>(std::thread::hardware_concurrency(), 3);
  add("the caller's thread", 1, &Pool::inlineFor);
  for (int64_t count : {int64_t(1), int64_t(2), most})
    add("oneTBB, " + std::to_string(count) + " threads", count, nullptr);
  add("a pool of 3 threads", 3, &Pool::parallelFor);
  return all;
}

struct Command {
  std::string device, artifact;
  Letters letters;
  bool modesOnly = false;
};

class Session {
public:
  Session(const Threads &threads, const Command &command) {
    require(attnRuntimeCreate, &threads.options, &runtime);
    program =
        std::make_unique<Program>(runtime, command.device, command.artifact);
  }
  ~Session() {
    program.reset();
    attnRuntimeDestroy(runtime);
  }

  std::unique_ptr<Program> program;

private:
  AttnRuntime *runtime = nullptr;
};

int failures = 0;

void expect(bool condition, const std::string &what) {
  failures += !condition;
  if (!condition)
    std::printf("FAIL %s\n", what.c_str());
}

/// Calls with a mode set; whether it is the same after that.
template <typename Function>
bool keepsMode(unsigned mode, Function call) {
  unsigned before = _mm_getcsr();
  _mm_setcsr(mode);
  call();
  unsigned after = _mm_getcsr();
  _mm_setcsr(before);
  return after == mode;
}

/// Modes of callers and of workers: the same bits, and they come back.
void checkModes(const Command &command) {
  std::unique_ptr<Worker> wanted;
  for (const Threads &threads : getThreads()) {
    Session session(threads, command);
    Problem problem(*session.program, command.letters);
    Worker worker(problem);
    for (const Mode &mode : kModes) {
      std::string where = threads.name + ", " + mode.name;
      threads.pool->mode = mode.word;
      AttnStatus bad = ATTN_OK;
      expect(keepsMode(mode.word, [&] { worker.launch(*session.program); }),
             where + ": MXCSR of the caller changed");
      expect(threads.pool->changed.exchange(0) == 0,
             where + ": MXCSR of a worker changed");
      if (!wanted)
        wanted = std::make_unique<Worker>(worker);
      expect(worker.equals(*wanted), where + ": other bits");
      expect(keepsMode(mode.word,
                       [&] { bad = worker.launchBadly(*session.program); }),
             where + ": MXCSR changed by a launch that is refused");
      expect(bad != ATTN_OK, where + ": a launch without results is good");
    }
  }
}

void set(Buffer &buffer, float even, float odd) {
  bool isNarrow = buffer.info.dtype == ATTN_BF16;
  size_t size = isNarrow ? 2 : 4;
  int64_t row = buffer.sizes.back();
  for (size_t n = 0; n < buffer.bytes.size() / size; ++n) {
    float value = int64_t(n) / row % 2 ? odd : even;
    uint32_t bits;
    std::memcpy(&bits, &value, 4);
    bits >>= isNarrow ? 16 : 0;
    std::memcpy(&buffer.bytes[n * size], &bits, size);
  }
}

/// Of two keys. k is denormal and q large: were it no zero, logits would differ
/// and lse not be ln 2. The mean of v is denormal, its sum not: flushed, it is
/// 0.
void checkDenormals(const Command &command) {
  Letters letters = command.letters;
  letters["Lk"] = 2;
  for (const Threads &threads : getThreads()) {
    Session session(threads, command);
    Problem problem(*session.program, letters);
    set(problem.input("q"), 1e38f, 1e38f);
    set(problem.input("k"), 1e-39f, -1e-39f);
    set(problem.input("v"), 1.5e-38f, 0);
    Worker worker(problem);
    worker.launch(*session.program);
    const std::vector<char> &out = worker.results[0].bytes;
    expect(std::all_of(out.begin(), out.end(), [](char c) { return c == 0; }),
           threads.name + ": denormal results are not flushed to zero");
    const std::vector<char> &lse = worker.results[1].bytes;
    for (size_t n = 0; n < lse.size(); n += 4) {
      float value;
      std::memcpy(&value, &lse[n], 4);
      if (std::fabs(value - std::log(2.0f)) < 1e-6f)
        continue;
      expect(false, threads.name + ": denormal inputs are not zero: lse " +
                        std::to_string(value));
      break;
    }
    expect(threads.pool->idle == 0, threads.name + ": a thread had no task");
  }
}

Command parse(int argc, char **argv) {
  Command command;
  for (int i = 1; i < argc; ++i) {
    std::string text = argv[i];
    size_t equals = text.find('=');
    if (text == "--modes-only")
      command.modesOnly = true;
    else if (equals != std::string::npos)
      command.letters[text.substr(0, equals)] =
          std::strtol(text.c_str() + equals + 1, nullptr, 10);
    else
      (command.device.empty() ? command.device : command.artifact) = text;
  }
  return command;
}

} // namespace

int main(int argc, char **argv) {
  Command command = parse(argc, argv);
  if (command.artifact.empty()) {
    std::fprintf(stderr, "usage: float-modes-test DEVICE ARTIFACT "
                         "[--modes-only] [LETTER=N]\n");
    return 2;
  }
  try {
    checkModes(command);
    if (!command.modesOnly)
      checkDenormals(command);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "float-modes-test: error: %s\n", error.what());
    return 1;
  }
  std::printf("%zu modes, %zu ways to run tasks, %d failures\n",
              std::size(kModes), getThreads().size(), failures);
  return failures != 0;
}
