//===- ResidentTest.cpp - CTAs of a launch beside each other --------------===//
//
// Pairs of CTAs that run interleaved, what they must not share, and races of
// CTAs in global memory.
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

#include <algorithm>
#include <atomic>
#include <cstring>

using namespace simtest;
using namespace attn::runtime::sim;

namespace {
constexpr int kSeeds = 40;

/// These kernels store in shared memory without telling.
CtaEvents ignored;

Shape pairShape(uint64_t seed, uint32_t ctas = 2) {
  Shape shape;
  shape.threads = 64;
  shape.ctas = ctas;
  shape.events = &ignored;
  shape.seed = seed;
  shape.strict = true;
  return shape;
}

/*--- Beside each other ------------------------------------------------------*/

/// How far two CTAs get while both are there, and what each sees of its own.
struct Steps {
  static constexpr int kSteps = 50;
  std::atomic<int> done[2] = {};
  std::atomic<int> turns{0};
  std::atomic<bool> isOwn{true};
};

void stepsKernel(void *const *args, AttnSimHost *host) {
  Steps &s = dataOf<Steps>(args);
  uint32_t me = host->ctaid[0], thread = host->thread->tid[0];
  auto *own = reinterpret_cast<uint32_t *>(host->shared);
  if (thread == 0)
    *own = me;
  for (int i = 0; i < Steps::kSteps; ++i) {
    int before = s.done[1 - me];
    host->barrier(host, 1, 3, 0);
    if (host->ctaid[0] != me || host->thread->tid[0] != thread || *own != me)
      s.isOwn = false;
    if (thread == 0) {
      int after = s.done[1 - me];
      s.turns += before > 0 && after > before && after < Steps::kSteps;
      ++s.done[me];
    }
  }
}

/// Some seeds interleave the two finely, in some they follow one another; each
/// has its own shared memory and barriers. With one worker.
void testInterleaving() {
  int fine = 0, apart = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    Steps s;
    Shape shape = pairShape(seed);
    shape.workers = 1;
    CHECK(run(&stepsKernel, &s, shape).empty());
    CHECK(s.isOwn && s.done[0] == Steps::kSteps && s.done[1] == Steps::kSteps);
    fine += s.turns > 20;
    apart += s.turns == 0;
  }
  CHECK(fine > 2 && apart > 10);
}

/// CTA 0 publishes an address in its shared memory, CTA 1 reads there.
struct Published {
  std::atomic<const char *> address{nullptr};
};

void publishKernel(void *const *args, AttnSimHost *host) {
  Published &p = dataOf<Published>(args);
  if (host->ctaid[0] == 0)
    p.address = host->shared;
  for (int i = 0; i < 20; ++i)
    host->barrier(host, 1, 0, 0);
  if (const char *address = p.address; address && host->ctaid[0] == 1)
    host->access(host, 2, address, 4, ATTN_SIM_ACCESS_READ, 4, -1);
  for (int i = 0; i < 20; ++i)
    host->barrier(host, 1, 0, 0);
}

void testForeignAddress() {
  int found = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    Published p;
    std::string error = run(&publishKernel, &p, pairShape(seed));
    found += error.find("test.op2: 4 bytes at") != std::string::npos &&
             error.find("are in the shared memory of CTA (0, 0, 0)") !=
                 std::string::npos;
  }
  CHECK(found > 5);
}

/*--- Waiting for each other -------------------------------------------------*/

struct Flags {
  std::atomic<int> flags[2] = {};
  bool isMutual = false;
};

/// CTA 1 polls what CTA 0 sets; with `isMutual` each waits for the other first.
void spinKernel(void *const *args, AttnSimHost *host) {
  Flags &f = dataOf<Flags>(args);
  uint32_t me = host->ctaid[0];
  auto tell = [&](uint32_t i, AttnSimAccess kind) {
    host->access(host, 2, reinterpret_cast<char *>(&f.flags[i]), 4, kind, 4,
                 -1);
  };
  bool waits = me == 1 || f.isMutual;
  while (waits && !f.flags[1 - me])
    tell(1 - me, ATTN_SIM_ACCESS_ATOMIC);
  host->barrier(host, 1, 0, 0);
  tell(me, ATTN_SIM_ACCESS_ATOMIC);
  f.flags[me] = 1;
}

/// Who polls another CTA ends, where that one is there, or is reported; nothing
/// hangs.
void testSpinning() {
  int ended = 0, stuck = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    Flags f;
    Shape shape = pairShape(seed);
    shape.workers = 1;
    std::string error = run(&spinKernel, &f, shape);
    ended += error.empty();
    if (!error.empty()) {
      ++stuck;
      CHECK(holds(error, "CTA (1, 0, 0): 64 of 64 threads wait and none can "
                         "run; threads 0-63 (test.op2 at test.mlir:2:1) poll "
                         "without an end"));
    }
  }
  CHECK(ended > 10 && stuck > 2);
  bool both = false;
  for (uint64_t seed = 0; seed < 8; ++seed) {
    Flags f;
    f.isMutual = true;
    std::string error = run(&spinKernel, &f, pairShape(seed));
    CHECK(holds(error, "poll without an end"));
    both |= error.find("; beside it CTA (") != std::string::npos;
  }
  CHECK(both);
}

/// A CTA that waits for ever is reported when the one beside it has ended.
void testDeadlockBeside() {
  auto body = [](AttnSimHost *host) {
    if (host->ctaid[0] == 1 && host->thread->tid[0] == 0)
      host->barrier(host, 1, 5, 64);
    for (int i = 0; i < 3; ++i)
      host->warpBarrier(host, 2, ~0u);
  };
  CHECK(
      finds("CTA (1, 0, 0): 32 of 64 threads wait and none can run; threads "
            "0-0 (test.op1 at test.mlir:1:1) wait at barrier 5, where 1 of 64",
            body, pairShape(0)));
}

/*--- Races in global memory -------------------------------------------------*/

/// 64 words that kernels may write, zero before if `holdsValues`.
struct Words {
  explicit Words(bool holdsValues) { tensor.setWritable(holdsValues); }

  static constexpr int64_t kSizes[1] = {64}, kStrides[1] = {1};
  alignas(64) char bytes[256] = {};
  GlobalTensor tensor{"w", bytes, 4, 1, kSizes, kStrides};
  StepMemory step{{&tensor}};
};

/// What a CTA does: `kind` of `count` words from `word` on.
struct Touch {
  uint32_t cta;
  AttnSimAccess kind;
  int64_t word;
  uint32_t count = 1;
};

/// Whether `touches`, each by its CTA, are found, or, with an empty `finding`,
/// are fine, for every seed.
bool races(const std::string &finding, std::vector<Touch> touches,
           uint32_t ctas = 2) {
  bool good = true;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Words words(/*holdsValues=*/true);
    Body body = [&](AttnSimHost *host) {
      if (host->thread->tid[0])
        return;
      for (const Touch &t : touches)
        if (t.cta == host->ctaid[0])
          host->access(host, 3, words.bytes + 4 * t.word, 4 * t.count, t.kind,
                       4, 0);
    };
    Shape shape = pairShape(seed, ctas);
    shape.memory = &words.step;
    std::string text =
        run([](void *const *args,
               AttnSimHost *host) { dataOf<const Body>(args)(host); },
            &body, shape);
    if (finding.empty() && !text.empty())
      std::printf("expected no finding but got '%s'\n", text.c_str());
    good &= finding.empty() ? text.empty() : holds(text, finding);
  }
  return good;
}

void testRacesOfCtas() {
  auto read = ATTN_SIM_ACCESS_READ, write = ATTN_SIM_ACCESS_WRITE,
       atomic = ATTN_SIM_ACCESS_ATOMIC;
  CHECK(races("", {{0, write, 0, 4}, {1, write, 4, 4}, {1, read, 4, 2}}));
  CHECK(races("", {{0, read, 0, 4}, {1, read, 0, 4}, {0, read, 3}}));
  CHECK(races("", {{0, read, 8}, {0, write, 8}, {0, write, 8}}));
  CHECK(races("", {{0, atomic, 8}, {1, atomic, 8}, {1, read, 8}}));
  CHECK(races("test.op3: race in global memory: writes 16 bytes at byte ",
              {{0, write, 0, 4}, {1, write, 3, 4}}));
  CHECK(races("of 'w', which CTA (", {{0, write, 0, 4}, {1, write, 3, 4}}));
  CHECK(races("race in global memory: ", {{0, write, 9}, {1, read, 8, 4}}));
  CHECK(races("race in global memory: ",
              {{0, read, 9}, {1, read, 9}, {2, write, 9}}, 3));
  CHECK(races("race in global memory: ", {{0, atomic, 9}, {1, read, 9}}));
  CHECK(races("race in global memory: ", {{0, atomic, 9}, {1, write, 9}}));
  // It writes, then tells by an atomic; who has done one may read.
  CHECK(races("", {{0, atomic, 8},
                   {0, write, 0, 4},
                   {0, atomic, 8},
                   {1, atomic, 8},
                   {1, read, 0, 4}}));
}

/// What one launch writes the next may read; and a message with both names.
void testLaunches() {
  Words words(/*holdsValues=*/false);
  uint32_t launch = 0;
  Body body = [&](AttnSimHost *host) {
    if (host->thread->tid[0])
      return;
    uint32_t at = (host->ctaid[0] + launch) % 2;
    if (launch)
      host->access(host, 4, words.bytes + 4 * at, 4, ATTN_SIM_ACCESS_READ, 4,
                   -1);
    host->access(host, 5, words.bytes + 4 * at, 4, ATTN_SIM_ACCESS_WRITE, 4, 0);
  };
  auto kernel = [](void *const *args, AttnSimHost *host) {
    dataOf<const Body>(args)(host);
  };
  Shape shape = pairShape(0);
  shape.memory = &words.step;
  for (launch = 0; launch < 3; ++launch) {
    CHECK(run(kernel, &body, shape).empty());
    words.step.firstCta += 3;
  }
  words.step.firstCta -= 3;
  CHECK(holds(run(kernel, &body, shape), "race in global memory: reads 4 bytes "
                                         "at byte "));
}
} // namespace

void testResidents() {
  testInterleaving();
  testForeignAddress();
  testSpinning();
  testDeadlockBeside();
  testRacesOfCtas();
  testLaunches();
}
