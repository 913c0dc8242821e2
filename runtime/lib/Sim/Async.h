//===- Async.h - What happens beside the threads ----------------*- C++ -*-===//
//
// In strict mode copies and products are steps that happen some time after
// their issue: at once, a little later, or as late as anything waits for them.
// The seed draws when, so their order is any; a thread that waits for one makes
// it happen. Without strict mode everything happens at its issue.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_SIM_ASYNC_H
#define ATTN_RUNTIME_LIB_SIM_ASYNC_H

#include "Events.h"
#include "Schedule.h"

#include <vector>

namespace attn::runtime::sim {

/// A step to come.
struct AsyncStep {
  enum Kind {
    kLoad,      ///< The bytes of copy `index` come, then its mbarrier.
    kReadStore, ///< Store `index` reads its source.
    kStore,     ///< ... and writes its destination.
    kProducts   ///< Warpgroup `index` goes on with what it multiplies.
  };
  Kind kind;
  uint32_t index;
  uint64_t due; ///< In picks of the scheduler.
};

/// Steps to come and when.
class AsyncSteps {
public:
  void begin(Random &random);

  void add(AsyncStep::Kind kind, uint32_t index, Random &random);
  /// Whether a step is due; counts a pick of the scheduler.
  bool isDue() { return ++picks >= nextDue; }
  bool isEmpty() const { return steps.empty(); }
  /// Takes the step that is due first, or, with `any`, one at random.
  AsyncStep take(bool any, Random &random);
  /// Drops the step of this kind and index, which has happened otherwise.
  void drop(AsyncStep::Kind kind, uint32_t index);

private:
  AsyncStep takeAt(size_t place);
  void findNext();

  enum Latency { kMixed, kShort, kLong };
  static constexpr uint64_t kNever = ~uint64_t(0);

  std::vector<AsyncStep> steps;
  Latency latency = kMixed;
  uint64_t picks = 0, nextDue = kNever;
};

/// A copy in flight. Stores have two steps.
struct CopyInFlight {
  enum State { kIssued, kRead, kDone };
  AsyncCopy copy;
  State state = kIssued;
  uint32_t group = 0;       ///< Stores: of its thread, from 0.
  std::vector<char> staged; ///< Stores: what was read.
};

/// What a thread knows of its own asynchronous operations.
struct ThreadAsync {
  static constexpr uint32_t kMostGroups = 16;

  uint32_t chains = 0;        ///< Of products, issued.
  uint32_t covered = 0;       ///< Of those, by a wait.
  uint32_t coveredBefore = 0; ///< The last wait.
  /// Chains up to the end of each group that no wait has covered.
  uint32_t groupEnds[kMostGroups];
  uint32_t groups = 0;
  bool isFenced = false; ///< wgmma.fence came since registers were touched.
  int32_t waitSite = -1; ///< Of the last wait for products.
  uint32_t waitPending = 0;
  uint32_t storeGroups = 0; ///< Committed.
  uint32_t storesRead = 0;  ///< Groups whose sources a wait covered.
  /// By named barrier: how often it had opened when the thread came last, and
  /// once more.
  uint32_t cameTo[16] = {};
};

} // namespace attn::runtime::sim

#endif // ATTN_RUNTIME_LIB_SIM_ASYNC_H
