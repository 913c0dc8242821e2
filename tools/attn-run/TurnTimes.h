//===- TurnTimes.h - What the turns of CPU kernels take ---------*- C++ -*-===//

#ifndef ATTN_TOOLS_ATTNRUN_TURNTIMES_H
#define ATTN_TOOLS_ATTNRUN_TURNTIMES_H

#include <cstdint>
#include <string>
#include <vector>

namespace attn::run {

/// For --verbose.
class TurnTimes {
public:
  /// An AttnTurnReport; `self` is the TurnTimes.
  static void receive(void *self, const char *kernel, const char *turn,
                      int64_t tasks, double milliseconds);

  void clear() { turns.clear(); }
  /// Prints a line per turn, in the order in which they ran first.
  void print();

private:
  struct Turn {
    std::string kernel, name;
    int64_t tasks;
    std::vector<double> milliseconds;
  };
  std::vector<Turn> turns;
};

/// Sorts `numbers`, at least one.
double takeMedian(std::vector<double> &numbers);

} // namespace attn::run

#endif // ATTN_TOOLS_ATTNRUN_TURNTIMES_H
