//===- SwitchTime.cpp - What a switch of fibers costs ---------------------===//
//
// Prints the CPU time of a switch between fibers that take turns, each on its
// own stack, in nanoseconds: the best of some runs, for a warp and for a CTA.
//
//===----------------------------------------------------------------------===//

#include "Sim/Fiber.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <vector>

using namespace attn::runtime::sim;

namespace {
constexpr size_t kSwitches = 1 << 20;
constexpr int kRuns = 20;

struct Ring {
  Fiber worker;
  std::vector<Fiber> fibers;
  size_t rounds;
};

struct Turn {
  Ring *ring;
  size_t index;
};

void takeTurns(void *argument) {
  Turn &turn = *static_cast<Turn *>(argument);
  std::vector<Fiber> &fibers = turn.ring->fibers;
  Fiber &me = fibers[turn.index];
  Fiber &next = fibers[(turn.index + 1) % fibers.size()];
  for (size_t i = 0; i < turn.ring->rounds; ++i)
    switchTo(me, next);
  switchTo(me, turn.ring->worker, /*last=*/true);
}

double nanosecondsPerSwitch(StackPool &stacks, size_t fibers) {
  Ring ring{{}, std::vector<Fiber>(fibers), kSwitches / fibers};
  std::vector<Turn> turns(fibers);
  for (size_t i = 0; i < fibers; ++i) {
    turns[i] = {&ring, i};
    start(ring.fibers[i], stacks.bottom(i), &takeTurns, &turns[i]);
  }
  std::clock_t before = std::clock();
  switchTo(ring.worker, ring.fibers[0]);
  double seconds = double(std::clock() - before) / CLOCKS_PER_SEC;
  return seconds * 1e9 / double(fibers * ring.rounds);
}
} // namespace

int main() {
  for (size_t fibers : {size_t(32), size_t(384)}) {
    StackPool stacks;
    stacks.reserve(fibers);
    double best = nanosecondsPerSwitch(stacks, fibers);
    for (int i = 1; i < kRuns; ++i)
      best = std::min(best, nanosecondsPerSwitch(stacks, fibers));
    std::printf("%.1f ns per switch among %zu fibers\n", best, fibers);
  }
}
