//===- EventsTest.cpp - What a strict CTA tells ---------------------------===//

#include "Harness.h"

#include <algorithm>
#include <cstring>

using namespace simtest;
using namespace attn::runtime::sim;

namespace {
/// Writes down all that it is told.
struct Log : CtaEvents {
  std::vector<std::string> lines;

  void add(const char *what, std::initializer_list<long long> numbers) {
    std::string line = what;
    for (long long number : numbers)
      line += " " + std::to_string(number);
    lines.push_back(line);
  }

  void ctaBegins(uint32_t threads, uint32_t bytes) override {
    add("begin", {threads, bytes});
  }
  void threadEnds(uint32_t thread) override { add("end", {thread}); }
  void ctaEnds() override { add("over", {}); }
  void warpMeets(int32_t site, uint32_t warp, uint32_t mask) override {
    add("warp", {site, warp, mask});
  }
  void barrierArrives(int32_t site, uint32_t thread, uint32_t id) override {
    add("arrive", {site, thread, id});
  }
  void barrierPasses(uint32_t thread, uint32_t id) override {
    add("pass", {thread, id});
  }
  void barrierOpens(uint32_t id) override { add("open", {id}); }
  void mbarrierInits(int32_t site, uint32_t thread, uint32_t at) override {
    add("init", {site, thread, at});
  }
  void mbarrierArrives(int32_t site, uint32_t thread, uint32_t at) override {
    add("marrive", {site, thread, at});
  }
  void mbarrierCompletes(uint32_t at) override { add("complete", {at}); }
  void mbarrierPasses(int32_t site, uint32_t thread, uint32_t at) override {
    add("mpass", {site, thread, at});
  }
  void fences(int32_t site, uint32_t thread, int32_t kind) override {
    add("fence", {site, thread, kind});
  }
  void copyIssues(const AsyncCopy &c) override {
    add("issue", {(long long)c.number, c.site, c.thread, c.shared, c.bytes,
                  c.toShared, c.mbarrier});
  }
  void copyLands(const AsyncCopy &c) override {
    add("land", {(long long)c.number});
  }
  void groupCommits(int32_t site, uint32_t thread, int32_t group) override {
    add("commit", {site, thread, group});
  }
  void groupPasses(int32_t site, uint32_t thread, int32_t group,
                   uint32_t pending) override {
    add("gpass", {site, thread, group, pending});
  }
};

/// One thread of all that one thread can do.
void soloKernel(void *const *args, AttnSimHost *host) {
  char *data = dataOf<char *>(args);
  auto *mbarrier = reinterpret_cast<uint64_t *>(host->shared + 8);
  host->warpBarrier(host, 0, 1);
  host->mbarrierInit(host, 1, mbarrier, 1);
  host->fence(host, 2, ATTN_SIM_FENCE_MBARRIER_INIT);
  host->mbarrierArrive(host, 3, mbarrier, 1, 32);
  host->bulkLoad(host, 4, host->shared + 128, data, mbarrier, 32);
  host->mbarrierWait(host, 5, mbarrier, 0, 0);
  host->bulkStore(host, 6, data + 32, host->shared + 128, 32);
  host->commitGroup(host, 7, ATTN_SIM_GROUP_BULK);
  host->waitGroup(host, 0, ATTN_SIM_GROUP_BULK, 0);
}

void testSolo() {
  alignas(16) char bytes[64] = "0123456789abcdef0123456789ABCDEF";
  char *data = bytes;
  Log log;
  Shape shape;
  shape.threads = 1;
  shape.sharedBytes = 1024;
  shape.strict = true;
  shape.events = &log;
  CHECK(run(&soloKernel, &data, shape).empty());
  CHECK(std::memcmp(bytes, bytes + 32, 32) == 0);
  // A store reads its source at any time up to the wait.
  auto land = std::find(log.lines.begin(), log.lines.end(), "land 1");
  CHECK(land > std::find(log.lines.begin(), log.lines.end(),
                         "issue 1 6 0 128 32 0 0"));
  CHECK(land < std::find(log.lines.begin(), log.lines.end(), "gpass 0 0 1 0"));
  log.lines.erase(land);
  CHECK((log.lines == std::vector<std::string>{
                          "begin 1 1024", "warp 0 0 1", "init 1 0 8",
                          "fence 2 0 0", "marrive 3 0 8",
                          "issue 0 4 0 128 32 1 8", "land 0", "complete 8",
                          "mpass 5 0 8", "issue 1 6 0 128 32 0 0",
                          "commit 7 0 1", "gpass 0 0 1 0", "end 0", "over"}));
}

/// Warp 0 arrives at barrier 3, warp 1 waits there.
void halfKernel(void *const *, AttnSimHost *host) {
  if (host->thread->warp == 0)
    host->barrierArrive(host, 1, 3, 64);
  else
    host->barrier(host, 2, 3, 64);
}

void testHalf() {
  for (uint64_t seed = 0; seed < 5; ++seed) {
    Log log;
    Shape shape;
    shape.threads = 64;
    shape.seed = seed;
    shape.strict = true;
    shape.events = &log;
    int none = 0;
    CHECK(run(&halfKernel, &none, shape).empty());
    size_t arrived = 0, passed = 0, opened = 0;
    for (const std::string &line : log.lines) {
      if (line.rfind("arrive ", 0) == 0) {
        CHECK(!opened);
        ++arrived;
      } else if (line.rfind("pass ", 0) == 0) {
        CHECK(arrived == 64 && std::stoi(line.substr(5)) >= 32);
        ++passed;
      } else if (line == "open 3")
        ++opened;
    }
    CHECK(arrived == 64 && passed == 32 && opened == 1);
  }
}

/// A barrier that is left half full.
void leftoverKernel(void *const *, AttnSimHost *host) {
  host->barrierArrive(host, 1, 5, 64);
}

void testLeftover() {
  Shape shape;
  int none = 0;
  CHECK(run(&leftoverKernel, &none, shape).empty());
  shape.strict = true;
  CHECK(holds(run(&leftoverKernel, &none, shape),
              "test.op1: the CTA ends with 32 of 64 threads at barrier 5"));
}

/// 32 threads come to a barrier for 64, once or twice before the others do.
/// When it has opened they may come again.
void turnKernel(void *const *args, AttnSimHost *host) {
  bool twice = dataOf<bool>(args), first = host->thread->warp == 0;
  for (int turn = 0; turn < 3; ++turn) {
    if (first && twice)
      host->barrierArrive(host, 0, 5, 64);
    if (first)
      host->barrierArrive(host, 1, 5, 64);
    else
      host->barrier(host, 2, 5, 64);
    host->barrier(host, 3, 6, 64);
  }
}

void testTwice() {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Shape shape;
    shape.threads = 64;
    shape.seed = seed;
    shape.strict = true;
    bool once = false, twice = true;
    CHECK(run(&turnKernel, &once, shape).empty());
    CHECK(holds(run(&turnKernel, &twice, shape),
                "test.op1: comes to barrier 5 again before it opens: "));
  }
}

/// An mbarrier for two arrivals that gets `arrivals`, and may be given up.
struct HalfPhase {
  uint32_t arrivals, bytes;
  bool isGivenUp;
};

void halfPhaseKernel(void *const *args, AttnSimHost *host) {
  const HalfPhase &half = dataOf<HalfPhase>(args);
  if (host->thread->tid[0] != 5)
    return;
  auto *mbarrier = reinterpret_cast<uint64_t *>(host->shared + 8);
  host->mbarrierInit(host, 0, mbarrier, 2);
  for (uint32_t i = 0; i < half.arrivals; ++i)
    host->mbarrierArrive(host, 1, mbarrier, 1, half.bytes);
  if (half.isGivenUp)
    host->mbarrierInvalidate(host, 2, mbarrier);
}

void testHalfPhase() {
  Shape shape;
  HalfPhase odd = {3, 0, false}, even = {4, 0, false}, bytes = {2, 8, false},
            givenUp = {3, 0, true};
  CHECK(run(&halfPhaseKernel, &odd, shape).empty());
  shape.strict = true;
  std::string error = run(&halfPhaseKernel, &odd, shape);
  CHECK(holds(error, "thread 5: test.op1: the CTA ends within phase 1 of the "
                     "mbarrier at shared offset 8, with 1 of 2 arrivals"));
  CHECK(holds(run(&halfPhaseKernel, &bytes, shape),
              "with 0 of 2 arrivals and 16 bytes to come"));
  CHECK(run(&halfPhaseKernel, &even, shape).empty());
  CHECK(run(&halfPhaseKernel, &givenUp, shape).empty());
}
} // namespace

void testEvents() {
  testHalfPhase();
  testSolo();
  testHalf();
  testLeftover();
  testTwice();
}
