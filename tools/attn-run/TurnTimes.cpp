//===- TurnTimes.cpp - What the turns of CPU kernels take -----------------===//

#include "TurnTimes.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

namespace attn::run {

void TurnTimes::receive(void *self, const char *kernel, const char *turn,
                        int64_t tasks, double milliseconds) {
  std::vector<Turn> &turns = static_cast<TurnTimes *>(self)->turns;
  auto found = std::find_if(turns.begin(), turns.end(), [&](const Turn &each) {
    return each.kernel == kernel && each.name == turn;
  });
  if (found == turns.end())
    found = turns.insert(found, {kernel, turn, tasks, {}});
  found->milliseconds.push_back(milliseconds);
}

void TurnTimes::print() {
  for (Turn &turn : turns) {
    double median = takeMedian(turn.milliseconds);
    std::string name = turn.kernel + (turn.name.empty() ? "" : " " + turn.name);
    std::fprintf(stderr,
                 "turn %s: tasks=%" PRId64
                 " median_ms=%.4f min_ms=%.4f runs=%zu\n",
                 name.c_str(), turn.tasks, median, turn.milliseconds.front(),
                 turn.milliseconds.size());
  }
}

double takeMedian(std::vector<double> &numbers) {
  std::sort(numbers.begin(), numbers.end());
  size_t half = numbers.size() / 2;
  return numbers.size() % 2 ? numbers[half]
                            : (numbers[half - 1] + numbers[half]) / 2;
}

} // namespace attn::run
