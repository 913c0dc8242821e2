//===- Clocks.h - What is ordered before what -------------------*- C++ -*-===//
//
// Vector clocks. An agent is whoever reads and writes memory of a CTA in an
// order of its own: a thread, the tensor core on behalf of a warpgroup, the
// copies that complete an mbarrier, the bulk stores of a thread. It numbers
// what it does; a clock holds, for every agent, up to which number its work
// happened before.
//
// Clocks do not change once made. Threads that have waited for the same things
// share one, so that a wait of 128 threads costs little more than that of one;
// only the number of a thread itself is kept beside it.
//
// Sources: Mattern 1989, "Virtual Time and Global States of Distributed
// Systems"; Flanagan and Freund 2009, "FastTrack" (epochs in place of clocks).
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_SIM_CLOCKS_H
#define ATTN_RUNTIME_LIB_SIM_CLOCKS_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace attn::runtime::sim {

using Agent = uint16_t;
constexpr Agent kNobody = 0xffff;

/// Per agent; what lies behind the end is 0.
struct Clock {
  std::vector<uint32_t> seen;
  /// Up to here a fence has made what the agent wrote visible to the
  /// asynchronous proxy; never above `seen`.
  std::vector<uint32_t> fenced;
};
using ClockRef = std::shared_ptr<const Clock>;

/// What somebody knows: a clock, and the numbers of itself.
struct Viewer {
  const Clock *known = nullptr;
  Agent self = kNobody;
  uint32_t own = 0, ownFenced = 0;

  uint32_t seen(Agent agent) const {
    return agent == self ? own : at(known->seen, agent);
  }
  uint32_t fenced(Agent agent) const {
    return agent == self ? ownFenced : at(known->fenced, agent);
  }

private:
  static uint32_t at(const std::vector<uint32_t> &numbers, Agent agent) {
    return agent < numbers.size() ? numbers[agent] : 0;
  }
};

/// A thread as an agent.
struct Actor {
  ClockRef known;
  uint32_t own = 1; ///< Of what it does now.
  uint32_t ownFenced = 0;

  Viewer view(Agent self) const { return {known.get(), self, own, ownFenced}; }
};

/// What has been released to a barrier since it was made.
class Gathering {
public:
  Gathering() { clear(); }

  void clear();
  /// The thread releases what it has done and seen; what it does afterwards
  /// has the next number.
  void release(Actor &actor, Agent self);
  /// Adds what somebody knew.
  void add(const ClockRef &known);
  void raise(Agent agent, uint32_t number);
  ClockRef snapshot() const { return std::make_shared<Clock>(clock); }

private:
  Clock clock;
  ClockRef last; ///< The clock that was added last.
};

/// Makes clocks, and remembers those it has made.
class ClockFactory {
public:
  ClockFactory() { clear(); }

  void clear();
  const ClockRef &empty() const { return nothing; }
  /// What is known to `a` or to `b`.
  ClockRef join(const ClockRef &a, const ClockRef &b);
  /// All that `a` has seen is visible to the asynchronous proxy.
  ClockRef fence(const ClockRef &a);
  /// `a`, and `agent` up to `number`.
  ClockRef raise(const ClockRef &a, Agent agent, uint32_t number);
  /// What all of `count` threads from number `first` on know; valid until the
  /// next call. Threads that know the same share a clock afterwards.
  Viewer meet(std::vector<Actor> &threads, size_t first, size_t count);

private:
  struct Made {
    ClockRef a, b; ///< Kept, so that nothing else gets their addresses.
    uint64_t key = 0;
    ClockRef result;
  };
  Made &find(const ClockRef &a, const ClockRef &b, uint64_t key);

  static constexpr size_t kRemembered = 256;
  ClockRef nothing;
  std::vector<Made> made;
  Clock met;
};

} // namespace attn::runtime::sim

#endif // ATTN_RUNTIME_LIB_SIM_CLOCKS_H
