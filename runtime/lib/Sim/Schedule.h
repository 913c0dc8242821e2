//===- Schedule.h - Which thread runs next ----------------------*- C++ -*-===//
//
// The threads of a CTA that can run. Without strict mode the next one is drawn
// uniformly. In strict mode the seed draws a policy per CTA: many bugs need a
// warp, or all producers or consumers, to be far ahead of the rest, which a
// uniform draw makes next to impossible.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_SIM_SCHEDULE_H
#define ATTN_RUNTIME_LIB_SIM_SCHEDULE_H

#include "WaitList.h"

#include <vector>

namespace attn::runtime::sim {

/// Bits that look random for every different input (splitmix64).
inline uint64_t scramble(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

/// Random numbers of a CTA (xorshift64).
struct Random {
  uint64_t state = 1;

  uint64_t next() {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
  }
  /// 0 to `bound` - 1.
  uint64_t below(uint64_t bound) { return (next() >> 32) * bound >> 32; }
};

class Schedule {
public:
  /// Nobody can run; `random` draws a policy if `strict`, for `warps` warps.
  void begin(Random &random, bool strict, uint32_t warps);

  void push(Thread &thread) { ready[isFavoured(thread)].push_back(&thread); }
  /// For a thread that only looks again: those with something to do go first.
  void pushBehind(Thread &thread) { ready[0].push_back(&thread); }
  bool isEmpty() const { return ready[0].empty() && ready[1].empty(); }
  /// Takes a thread; there must be one.
  Thread &take(Random &random);

private:
  bool isFavoured(const Thread &thread) const {
    return (thread.warp / unitWarps == favourite) == isAhead;
  }
  void moveOn(Random &random);

  /// Those behind and those ahead, who run while there is one.
  std::vector<Thread *> ready[2];
  uint32_t unitWarps = 1; ///< Warps that are ahead or behind together.
  uint32_t units = 1;
  uint32_t favourite = ~0u; ///< Which unit; ~0: none.
  bool isAhead = true;
  bool changes = false; ///< The favourite does, now and then.
};

} // namespace attn::runtime::sim

#endif // ATTN_RUNTIME_LIB_SIM_SCHEDULE_H
