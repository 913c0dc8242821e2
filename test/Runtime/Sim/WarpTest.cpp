//===- WarpTest.cpp - shfl, vote, elect; order and limits -----------------===//

#include "Harness.h"

#include <algorithm>

using namespace simtest;

namespace {
struct Shuffle {
  int32_t kind;
  uint32_t offset, width;
  uint64_t results[32];
};

/// CUDA's __shfl family of a width is PTX with these operands.
uint32_t clampOf(int32_t kind, uint32_t width) {
  uint32_t segment = (32 - width) << 8;
  return segment | (kind == ATTN_SIM_SHUFFLE_UP ? 0 : 31);
}

void shuffleKernel(void *const *args, AttnSimHost *host) {
  Shuffle &s = dataOf<Shuffle>(args);
  uint32_t lane = host->thread->lane;
  s.results[lane] = host->shuffle(host, 0, s.kind, ~0u, 1000 + lane, s.offset,
                                  clampOf(s.kind, s.width));
}

/// As the CUDA guide describes __shfl_*_sync.
uint32_t sourceOf(const Shuffle &s, uint32_t lane, bool &isValid) {
  uint32_t first = lane / s.width * s.width, within = lane % s.width;
  int64_t source = within;
  if (s.kind == ATTN_SIM_SHUFFLE_UP)
    source = int64_t(within) - s.offset;
  else if (s.kind == ATTN_SIM_SHUFFLE_DOWN)
    source = int64_t(within) + s.offset;
  else if (s.kind == ATTN_SIM_SHUFFLE_INDEX)
    source = s.offset % s.width;
  if (s.kind == ATTN_SIM_SHUFFLE_BFLY) {
    source = int64_t(lane ^ s.offset) - first;
    // A lane of an earlier segment may be read, one of a later may not.
    isValid = source < int64_t(s.width);
  } else {
    isValid = source >= 0 && source < int64_t(s.width);
  }
  return isValid ? uint32_t(first + source) : lane;
}

void testShuffles() {
  for (int32_t kind = 0; kind < 4; ++kind)
    for (uint32_t width : {32u, 16u, 8u, 4u})
      for (uint32_t offset = 0; offset < 32; ++offset) {
        Shuffle s{kind, offset, width, {}};
        CHECK(run(&shuffleKernel, &s).empty());
        bool same = true;
        for (uint32_t lane = 0; lane < 32; ++lane) {
          bool isValid;
          uint32_t value = 1000 + sourceOf(s, lane, isValid);
          same &= s.results[lane] == (value | uint64_t(isValid) << 32);
        }
        CHECK(same);
        if (!same)
          std::printf("  kind %d width %u offset %u\n", kind, width, offset);
      }
}

struct Votes {
  uint32_t results[5][32] = {};
};

void voteKernel(void *const *args, AttnSimHost *host) {
  Votes &v = dataOf<Votes>(args);
  uint32_t lane = host->thread->lane;
  // The halves of the warp meet apart, at the same time.
  uint32_t mask = lane < 16 ? 0xffff : 0xffff0000;
  uint32_t predicate = lane < 16 || lane % 3 == 0;
  for (int32_t kind = 0; kind < 4; ++kind)
    v.results[kind][lane] = host->vote(host, kind, kind, mask, predicate);
  v.results[4][lane] = host->elect(host, 4, ~0u);
}

void testVotes() {
  uint32_t leaders = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Votes v;
    Shape shape;
    shape.seed = seed;
    CHECK(run(&voteKernel, &v, shape).empty());
    uint32_t ballot = 0, leader = 0;
    for (uint32_t lane = 16; lane < 32; ++lane)
      ballot |= uint32_t(lane % 3 == 0) << lane;
    CHECK(v.results[ATTN_SIM_VOTE_ALL][3] == 1);
    CHECK(v.results[ATTN_SIM_VOTE_ALL][20] == 0);
    CHECK(v.results[ATTN_SIM_VOTE_ANY][20] == 1);
    CHECK(v.results[ATTN_SIM_VOTE_UNIFORM][3] == 1);
    CHECK(v.results[ATTN_SIM_VOTE_UNIFORM][20] == 0);
    CHECK(v.results[ATTN_SIM_VOTE_BALLOT][3] == 0xffff);
    CHECK(v.results[ATTN_SIM_VOTE_BALLOT][20] == ballot);
    for (uint32_t lane = 0; lane < 32; ++lane)
      leader |= v.results[4][lane] << lane;
    CHECK(__builtin_popcount(leader) == 1);
    leaders |= leader;
  }
  CHECK(leaders == ~0u); // Over 40 seeds every lane leads.
}

void wrongMaskKernel(void *const *args, AttnSimHost *host) {
  host->shuffle(host, 6, ATTN_SIM_SHUFFLE_INDEX, 0xff, 0, 0, 31);
}

void inactiveKernel(void *const *args, AttnSimHost *host) {
  if (host->thread->lane < 8)
    host->shuffle(host, 6, ATTN_SIM_SHUFFLE_INDEX, 0xff, 0, 9, 31);
}

struct Trace {
  std::vector<uint32_t> order;
};

void traceKernel(void *const *args, AttnSimHost *host) {
  dataOf<Trace>(args).order.push_back(host->thread->tid[0]);
}

std::vector<uint32_t> trace(uint64_t seed) {
  Trace t;
  Shape shape;
  shape.threads = 64;
  shape.seed = seed;
  CHECK(run(&traceKernel, &t, shape).empty());
  return t.order;
}

void testOrder() {
  CHECK(trace(1) == trace(1));
  CHECK(trace(1) != trace(2));
  std::vector<uint32_t> order = trace(3);
  std::sort(order.begin(), order.end());
  for (uint32_t i = 0; i < 64; ++i)
    CHECK(order[i] == i);
}

struct Seen {
  std::vector<uint32_t> counts = std::vector<uint32_t>(1009);
};

void ctaKernel(void *const *args, AttnSimHost *host) {
  if (host->thread->tid[0] == 0)
    ++dataOf<Seen>(args).counts[host->ctaid[0]];
}
} // namespace

void testWarp() {
  testShuffles();
  testVotes();
  testOrder();
  for (uint64_t seed : {0u, 1u, 2u, 1009u, 123456789u}) {
    Seen seen;
    Shape shape;
    shape.ctas = 1009;
    shape.seed = seed;
    CHECK(run(&ctaKernel, &seen, shape).empty());
    CHECK(std::count(seen.counts.begin(), seen.counts.end(), 1u) == 1009);
  }
  int nothing = 0;
  CHECK(holds(run(&wrongMaskKernel, &nothing),
              "is not in its own mask 0x000000ff"));
  CHECK(holds(run(&inactiveKernel, &nothing),
              "reads from lane 9, which is not in mask 0x000000ff"));
  Shape big;
  big.sharedBytes = 232449;
  CHECK(holds(run(&ctaKernel, &nothing, big),
              "needs 232449 bytes of shared memory per CTA, the target has "
              "232448"));
  big = {};
  big.threads = 1025;
  CHECK(holds(run(&ctaKernel, &nothing, big),
              "expected 1 to 1024 threads per CTA but found 1025"));
}
