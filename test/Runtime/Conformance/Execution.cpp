//===- Execution.cpp - How a device runs ----------------------------------===//
//
// Threads, floating point modes, allocation, lifetimes, images.
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <sys/stat.h>
#include <thread>
#include <xmmintrin.h>

using namespace conformance;

CONFORMANCE_TEST(results_do_not_depend_on_the_thread_count, kEveryDevice) {
  std::vector<float> first;
  for (int64_t threads : {1, 2, 3, 7}) {
    AttnRuntimeOptions options = withThreads(threads);
    Session session(fixture, "main", &options);
    EXPECT(attnDeviceThreads(session.device) == threads);
    Problem problem(2, 67, 51);
    run(problem, session);
    if (first.empty())
      first = problem.results();
    EXPECT(problem.results() == first);
  }
}

// On device sim the seed chooses the order of CTAs and threads; elsewhere it
// is ignored.
CONFORMANCE_TEST(results_do_not_depend_on_the_schedule, kEveryDevice) {
  std::vector<float> first;
  for (int64_t threads : {1, 3}) {
    AttnRuntimeOptions options = withThreads(threads);
    Session session(fixture, "main", &options);
    for (uint64_t seed : {0, 0, 1, 2, 3, 4, 5, 6, 7, 8, -1}) {
      Problem problem(2, 267, 151);
      AttnLaunch &launch = problem.prepare(session);
      launch.scheduleSeed = seed;
      session.launch(launch).require();
      if (first.empty())
        first = problem.results();
      EXPECT(problem.results() == first);
      problem.check();
    }
  }
}

namespace {
/// An embedder's pool: three threads of its own.
struct Pool {
  std::atomic<int64_t> calls{0};
  std::atomic<bool> ordered{true};

  static void parallelFor(void *self, int64_t n, AttnTask task, void *context) {
    Pool &pool = *static_cast<Pool *>(self);
    ++pool.calls;
    std::atomic<int64_t> next{0};
    std::vector<std::thread> threads;
    for (int64_t worker = 0; worker < 3; ++worker)
      threads.emplace_back([&, worker] {
        for (int64_t i; (i = next++) < n;)
          task(context, i, worker);
      });
    for (std::thread &thread : threads)
      thread.join();
  }

  static void inlineFor(void *self, int64_t n, AttnTask task, void *context) {
    for (int64_t i = 0; i < n; ++i)
      task(context, i, 0);
  }
};
} // namespace

CONFORMANCE_TEST(uses_the_threads_of_the_embedder, kCpuOnly) {
  Session plain(fixture);
  Problem wanted(2, 40, 30), problem(2, 40, 30);
  run(wanted, plain);
  Pool pool;
  AttnRuntimeOptions options = withThreads(3);
  options.parallelFor = &Pool::parallelFor;
  options.pool = &pool;
  Session session(fixture, "main", &options);
  run(problem, session);
  EXPECT(problem.results() == wanted.results());
  EXPECT(pool.calls == 2); // one loop per kernel
  EXPECT(std::strstr(attnProgramDescription(session.program), "embedder"));

  options.threads = 0;
  AttnRuntime *runtime = nullptr;
  call(attnRuntimeCreate, static_cast<const AttnRuntimeOptions *>(&options),
       &runtime)
      .expect(ATTN_INVALID_ARGUMENT, "threads");
}

CONFORMANCE_TEST(many_threads_launch_at_once, kEveryDevice) {
  Session session(fixture);
  Problem wanted(2, 33, 21);
  run(wanted, session);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&] {
      for (int repeat = 0; repeat < 20; ++repeat) {
        Problem problem(2, 33, 21);
        Outcome outcome = session.launch(problem.prepare(session));
        wrong +=
            outcome.status != ATTN_OK || problem.results() != wanted.results();
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT(wrong == 0);
}

CONFORMANCE_TEST(handles_can_be_destroyed_in_any_order, kEveryDevice) {
  Session session(fixture);
  Problem problem(1, 4, 4);
  problem.prepare(session);
  attnRuntimeDestroy(session.runtime);
  attnArtifactDestroy(session.artifact);
  attnDeviceDestroy(session.device);
  session.runtime = nullptr;
  session.artifact = nullptr;
  session.device = nullptr;
  session.launch(problem.launch).require();
  problem.check();
}

namespace {
/// Results of entry `probe`.
struct Probe {
  explicit Probe(int64_t n) : x(size_t(n)), size(n) {
    for (auto *result : {&mode, &worker, &number})
      result->assign(size_t(n), -1);
  }

  void run(const AttnProgram *program) {
    AttnTensor argument{x.data(), &size, nullptr, 1, ATTN_F32};
    AttnTensor results[3];
    std::vector<int32_t> *data[] = {&mode, &worker, &number};
    for (int i = 0; i < 3; ++i)
      results[i] = {data[i]->data(), &size, nullptr, 1, ATTN_I32};
    AttnLaunch launch{sizeof(AttnLaunch),
                      sizeof(AttnTensor),
                      &argument,
                      1,
                      results,
                      3,
                      nullptr,
                      0,
                      nullptr,
                      0};
    call(attnProgramLaunch, program, static_cast<const AttnLaunch *>(&launch))
        .require();
  }

  std::vector<float> x;
  std::vector<int32_t> mode, worker, number;
  int64_t size;
};
} // namespace

// Flush-to-zero (0x8000) and denormals-are-zero (0x40) are on in every task,
// rounding is to nearest, and the caller's modes and flags come back.
CONFORMANCE_TEST(tasks_flush_denormals_and_callers_do_not, kCpuOnly) {
  AttnRuntimeOptions inlineOptions = withThreads(1),
                     poolOptions = withThreads(3);
  Pool pool;
  inlineOptions.parallelFor = &Pool::inlineFor;
  poolOptions.parallelFor = &Pool::parallelFor;
  poolOptions.pool = &pool;
  AttnRuntimeOptions ours = withThreads(2);
  for (const AttnRuntimeOptions *options :
       {&inlineOptions, &poolOptions, &ours}) {
    Session session(fixture, "probe", options);
    Probe probe(500);
    // Tasks wait until two of them run, where that can happen.
    probe.x[0] =
        options->threads > 1 && std::thread::hardware_concurrency() > 1;
    unsigned before = _mm_getcsr();
    _mm_setcsr(0x5f80); // round up, no flags, no flushing
    probe.run(session.program);
    unsigned after = _mm_getcsr();
    _mm_setcsr(before);
    EXPECT(after == 0x5f80);
    for (int32_t mode : probe.mode)
      EXPECT((mode & 0xffc0) == 0x9fc0);
    for (int32_t worker : probe.worker) // -2: two tasks had one worker
      EXPECT(worker >= 0 && worker < options->threads);
  }
}

CONFORMANCE_TEST(loads_from_memory_as_from_a_folder, kEveryDevice) {
  Session folder(fixture);
  Problem wanted(2, 10, 11), problem(2, 10, 11);
  run(wanted, folder);
  const char *image = fixture.device == "cuda"  ? "sm_90a.cubin"
                      : fixture.device == "sim" ? "sim.so"
                                                : "cpu.so";
  std::string names[] = {"manifest.json", image, "input.mlirbc"}, bytes[3];
  AttnFile files[3];
  for (int i = 0; i < 3; ++i) {
    bytes[i] = readFile(fixture.artifact + "/" + names[i]);
    files[i] = {names[i].c_str(), bytes[i].data(), bytes[i].size()};
  }
  AttnArtifact *artifact = nullptr;
  call(attnArtifactLoadMemory, folder.runtime,
       static_cast<const AttnFile *>(files), size_t(3), &artifact)
      .require();
  bytes[1].assign(bytes[1].size(), 0); // they were copied
  attnProgramDestroy(folder.program);
  folder.program = nullptr;
  call(attnProgramPrepare, folder.device,
       static_cast<const AttnArtifact *>(artifact), folder.entry,
       &folder.program)
      .require();
  attnArtifactDestroy(artifact);
  run(problem, folder);
  EXPECT(problem.results() == wanted.results());
}

CONFORMANCE_TEST(two_images_with_the_same_symbols_live_together, kCpuOnly) {
  Fixture other = fixture;
  other.artifact = fixture.other;
  Session one(fixture, "probe"), two(other, "probe");
  Probe first(10), second(10);
  first.run(one.program);
  second.run(two.program);
  EXPECT(first.number == std::vector<int32_t>(10, 1));
  EXPECT(second.number == std::vector<int32_t>(10, 2));
}

namespace {
void copyArtifact(const std::string &from, const std::string &to) {
  mkdir(to.c_str(), 0777);
  for (const char *name : {"manifest.json", "cpu.so", "input.mlirbc"}) {
    std::string path = to + "/" + name, bytes = readFile(from + "/" + name);
    std::remove(path.c_str());
    std::ofstream(path, std::ios::binary) << bytes;
  }
}
} // namespace

// A folder that is compiled again while its old code is still loaded.
CONFORMANCE_TEST(a_rewritten_folder_gives_the_code_in_it, kCpuOnly) {
  Fixture moving = fixture;
  moving.artifact = fixture.scratch + "/moving.attn";
  copyArtifact(fixture.artifact, moving.artifact);
  Session before(moving, "probe");
  copyArtifact(fixture.other, moving.artifact);
  Session after(moving, "probe");
  Probe first(10), second(10);
  first.run(before.program);
  second.run(after.program);
  EXPECT(first.number == std::vector<int32_t>(10, 1));
  EXPECT(second.number == std::vector<int32_t>(10, 2));
}

namespace {
Outcome prepareFolder(const Fixture &fixture, const std::string &folder) {
  AttnRuntime *runtime = nullptr;
  AttnArtifact *artifact = nullptr;
  AttnDevice *device = nullptr;
  AttnProgram *program = nullptr;
  call(attnRuntimeCreate, static_cast<const AttnRuntimeOptions *>(nullptr),
       &runtime)
      .require();
  Outcome outcome =
      call(attnArtifactLoadFolder, runtime, folder.c_str(), &artifact);
  if (!outcome.status) {
    call(attnDeviceOpen, runtime, fixture.device.c_str(), &device).require();
    outcome =
        call(attnProgramPrepare, device,
             static_cast<const AttnArtifact *>(artifact), size_t(0), &program);
  }
  attnProgramDestroy(program);
  attnDeviceDestroy(device);
  attnArtifactDestroy(artifact);
  attnRuntimeDestroy(runtime);
  return outcome;
}

void replaceFile(const std::string &path, const std::string &bytes) {
  std::remove(path.c_str());
  std::ofstream(path, std::ios::binary) << bytes;
}
} // namespace

CONFORMANCE_TEST(refuses_damaged_artifacts, kCpuOnly) {
  std::string folder = fixture.scratch + "/damaged.attn";
  copyArtifact(fixture.artifact, folder);
  std::string image = readFile(folder + "/cpu.so");
  std::string manifest = readFile(folder + "/manifest.json");
  std::string flipped = image;
  flipped[flipped.size() / 2] ^= 1;
  replaceFile(folder + "/cpu.so", flipped);
  prepareFolder(fixture, folder)
      .expect(ATTN_INVALID_ARTIFACT, "cpu.so: its SHA-256 is");
  std::remove((folder + "/cpu.so").c_str());
  prepareFolder(fixture, folder).expect(ATTN_INVALID_ARTIFACT, "cannot open");
  replaceFile(folder + "/cpu.so", image);
  prepareFolder(fixture, folder).require();

  std::string renamed = manifest;
  for (size_t at; (at = renamed.find("\"attend\"")) != std::string::npos;)
    renamed.replace(at, 8, "\"absent\"");
  replaceFile(folder + "/manifest.json", renamed);
  prepareFolder(fixture, folder)
      .expect(ATTN_INVALID_ARTIFACT, "expected the symbol 'absent_v");
  replaceFile(folder + "/manifest.json", manifest.substr(0, 500));
  prepareFolder(fixture, folder)
      .expect(ATTN_INVALID_ARTIFACT, "manifest is not valid JSON");
  replaceFile(folder + "/manifest.json",
              std::string(manifest).replace(manifest.find("\"major\": 1"), 10,
                                            "\"major\": 7"));
  prepareFolder(fixture, folder)
      .expect(ATTN_UNSUPPORTED_VERSION,
              "expected manifest version 1.x at '/version' but found 7.");
  prepareFolder(fixture, folder + ".absent")
      .expect(ATTN_INVALID_ARTIFACT, "cannot open");
}

// Undoes what a test does to ATTN_CPU.
struct ForcedVariant {
  explicit ForcedVariant(const char *value) { setenv("ATTN_CPU", value, 1); }
  ~ForcedVariant() { unsetenv("ATTN_CPU"); }
};

CONFORMANCE_TEST(attn_cpu_forces_a_variant, kCpuOnly) {
  {
    ForcedVariant forced("v3");
    Session session(fixture);
    EXPECT(std::strstr(attnProgramDescription(session.program),
                       "variant v3: forced by ATTN_CPU=v3"));
    Problem problem(1, 5, 5);
    run(problem, session);
    problem.check();
  }
  {
    ForcedVariant forced("v5");
    prepareFolder(fixture, fixture.artifact)
        .expect(ATTN_DEVICE_UNAVAILABLE,
                "expected one of v3, v4, v4bf16, amx but found 'v5'");
  }
  // Refused for one of two reasons: the machine or the artifact lacks it.
  ForcedVariant forced("amx");
  Outcome outcome = prepareFolder(fixture, fixture.artifact);
  EXPECT(outcome.status == ATTN_DEVICE_UNAVAILABLE);
  EXPECT(std::strstr(outcome.message.text, "this machine lacks ") ||
         std::strstr(outcome.message.text, "no variant 'amx', only v3, v4"));
}

CONFORMANCE_TEST(absent_devices_and_entries_are_named, kEveryDevice) {
  Session session(fixture);
  AttnDevice *device = nullptr;
  call(attnDeviceOpen, session.runtime, "tpu", &device)
      .expect(ATTN_DEVICE_UNAVAILABLE, "device 'tpu' is not available: looked");
  size_t entry = 0;
  call(attnArtifactFindEntry,
       static_cast<const AttnArtifact *>(session.artifact), "nope", &entry)
      .expect(ATTN_NOT_FOUND, "has no entry 'nope'; its entries are: main, ");
}
