//===- CountsTest.cpp - What is counted of warps --------------------------===//

#include "Harness.h"

#include "Sim/BankConflicts.h"

#include <functional>

using namespace simtest;
using namespace attn::runtime::sim;

namespace {
/// Conflicts of a warp whose lane l is at byte offset(l).
uint64_t conflictsOf(uint32_t bytes,
                     const std::function<uint32_t(uint32_t)> &offset,
                     uint32_t lanes = ~0u) {
  uint32_t offsets[32];
  for (uint32_t lane = 0; lane < 32; ++lane)
    offsets[lane] = offset(lane);
  return countConflicts(offsets, lanes, bytes);
}

void testBanks() {
  CHECK(conflictsOf(4, [](uint32_t l) { return 4 * l; }) == 0);
  CHECK(conflictsOf(4, [](uint32_t) { return 64u; }) == 0); // One word for all.
  CHECK(conflictsOf(4, [](uint32_t l) { return 8 * l; }) == 1);
  CHECK(conflictsOf(4, [](uint32_t l) { return 128 * l; }) == 31);
  CHECK(conflictsOf(4, [](uint32_t l) { return 132 * l; }) == 0);
  CHECK(conflictsOf(2, [](uint32_t l) { return 2 * l; }) == 0);
  CHECK(conflictsOf(8, [](uint32_t l) { return 8 * l; }) == 0);
  CHECK(conflictsOf(16, [](uint32_t l) { return 16 * l; }) == 0);
  // Rows of 128 bytes, 16 at a time: 8 lanes of one bank in each quarter.
  CHECK(conflictsOf(16, [](uint32_t l) { return 128 * l; }) == 4 * 7);
  // The same with the chunks of a row permuted: none.
  auto swizzle = [](uint32_t l) { return swizzled(128 * l, 128); };
  CHECK(conflictsOf(16, swizzle) == 0);
  CHECK(conflictsOf(4, [](uint32_t l) { return 128 * l; }, 1) == 0);
  CHECK(conflictsOf(4, [](uint32_t l) { return 128 * l; }, 0x10001) == 1);
}

/// Lanes come one after the other, some more often.
void testMeetings() {
  WarpBanks warp;
  warp.begin(~0u);
  for (uint32_t lane = 0; lane < 32; ++lane)
    for (uint32_t time = 0; time < (lane == 7 ? 100u : 3u); ++time)
      warp.access(5, lane, time < 3 ? 128 * lane : 0, 4);
  warp.access(6, 0, 0, 4); // Another op.
  BankCounts counts = warp.end();
  CHECK(counts.accesses == 101);
  // Lanes 0 to 7 meet three times, the others with what lane 7 does later.
  CHECK(counts.conflicts == 3 * 7 + 3 * 24);
}

/// A kernel by hand does what strict code does.
void testLaunch() {
  Shape shape;
  shape.threads = 48;
  shape.ctas = 3;
  shape.strict = true;
  LaunchCounts counts;
  shape.counts = &counts;
  auto kernel = [](void *const *, AttnSimHost *host) {
    uint32_t thread = host->thread->tid[0];
    char *word = host->shared + 8 * thread;
    host->access(host, 0, word, 4, ATTN_SIM_ACCESS_WRITE, 4, -1);
    host->thread->blocks[0] += 1;
    if (host->thread->warp == 1)
      host->thread->blocks[1] += 1;
    host->tally(host, 0, 2);
    host->barrier(host, 1, 0, 0);
  };
  int nothing = 0;
  CHECK(run(kernel, &nothing, shape) == "");
  std::string text = counts.toJson();
  // Blocks of the table of the harness: one integer op; two of floats.
  for (const char *part :
       {"\"ctas\":3", "\"role\":\"all\"", "\"warps\":2", "\"integer\":144",
        "\"float\":96", "\"exp2\":0", "\"shared_store_bytes\":576",
        "\"barrier_waits\":144", "\"shared_accesses\":6",
        "\"bank_conflicts\":3", "\"test.op0\":6"})
    CHECK(holds(text, part));
}

} // namespace

void testCounts() {
  testBanks();
  testMeetings();
  testLaunch();
}
