//===- Cta.h - One simulated thread block -----------------------*- C++ -*-===//
//
// Runs the threads of one CTA as fibers on the calling OS thread: a set of
// threads that can run, of which the seed picks the next, and wait lists at
// everything a thread can wait for. When nobody can run and somebody waits,
// that is a deadlock and is reported with who waits for what.
//
// A Cta is the AttnSimHost that its kernel sees. A worker has one or two and
// uses them for many CTAs. Its units are files of their own: Residents, Warp,
// NamedBarrier, Mbarrier, Copies, Wgmma.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_SIM_CTA_H
#define ATTN_RUNTIME_LIB_SIM_CTA_H

#include "Async.h"
#include "Counts.h"
#include "Fiber.h"
#include "GlobalMemory.h"
#include "MemoryCheck.h"
#include "Residents.h"
#include "Schedule.h"
#include "SharedWindow.h"
#include "WgmmaAsync.h"

#include "attn/manifest/SimAbi.h"

#include <memory>
#include <vector>

namespace attn::runtime::sim {

constexpr uint32_t kWarpThreads = 32;
constexpr uint32_t kNamedBarriers = 16;
/// Source: CUDA programming guide, compute capability 9.0.
constexpr uint32_t kMostThreads = 1024;
constexpr uint32_t kMostSharedBytes = 232448;

/// One kernel launch, as all its CTAs see it.
struct KernelLaunch {
  const char *name = "";
  AttnSimKernel kernel = nullptr;
  const AttnSimKernelInfo *info = nullptr;
  void *const *arguments = nullptr;
  uint32_t grid[3] = {1, 1, 1};
  uint32_t block[3] = {1, 1, 1};
  uint32_t dynamicSharedBytes = 0;
  uint64_t seed = 0;
  bool strict = false; ///< `kernel` is the strict code of its image.
  /// Strict: told what happens; null: the checks of shared memory.
  CtaEvents *events = nullptr;
  /// Strict: what the kernel may access; null: anything.
  const StepMemory *memory = nullptr;
  /// Strict: gets what the warps did; null: nothing is counted.
  LaunchCounts *counts = nullptr;
};

/// Lanes of a warp that meet at one op.
struct Meeting {
  uint32_t mask = 0;
  uint32_t arrived = 0;
  int32_t site = 0;
  WaitList waiting;
};

struct NamedBarrier {
  uint32_t opened = 0;   ///< How often.
  uint32_t expected = 0; ///< 0: nobody has come yet.
  uint32_t arrived = 0;
  int32_t site = 0;
  WaitList waiting;
};

/// What is known of an mbarrier beside its state, for messages.
struct MbarrierWatch {
  uint32_t phases = 0; ///< That are over.
  // The last wait there:
  uint32_t thread = ~0u; ///< ~0: none.
  uint32_t phase = 0, parity = 0;
  int32_t site = 0;
  // The last arrival:
  uint32_t arrivalThread = 0;
  int32_t arrivalSite = 0;
};

/// An op of a kernel, for messages.
struct Site {
  Site(const AttnSimKernelInfo &info, int32_t site) {
    if (site >= 0 && uint32_t(site) < info.siteCount) {
      op = info.text + info.sites[2 * site];
      location = info.text + info.sites[2 * site + 1];
    }
  }
  const char *op = "an op";
  const char *location = "an unknown place";
};

class Cta : public AttnSimHost {
public:
  Cta();
  Cta(const Cta &) = delete;

  /// Makes it CTA `index` of the launch, ready for runToEnd.
  void begin(const KernelLaunch &launch, const uint32_t index[3]);
  /// Afterwards: whether it came to no good end; `error` holds why.
  bool hasFailed();

  char error[1536];
  CtaCounts counts; ///< Of a launch that is counted.

  /*--- What kernels call; see SimAbi.h --------------------------------------*/

  uint64_t shuffleLanes(int32_t site, int32_t kind, uint32_t mask,
                        uint32_t value, uint32_t lane, uint32_t clamp);
  uint32_t voteLanes(int32_t site, int32_t kind, uint32_t mask,
                     uint32_t predicate);
  uint32_t electLane(int32_t site, uint32_t mask);
  void meetWarp(int32_t site, uint32_t mask);
  void meetBarrier(int32_t site, uint32_t id, uint32_t count, bool sleep);
  void initMbarrier(int32_t site, uint64_t *barrier, uint32_t count);
  void invalidateMbarrier(int32_t site, uint64_t *barrier);
  uint64_t arriveMbarrier(int32_t site, uint64_t *barrier, uint32_t count,
                          uint32_t bytes);
  void completeMbarrier(int32_t site, uint64_t *barrier, uint32_t bytes);
  bool waitMbarrier(int32_t site, uint64_t *barrier, uint32_t parity,
                    bool test);
  /// Loads have an mbarrier, stores have none.
  void copyTensor(int32_t site, const char *address,
                  const AttnSimTensorMap *map, uint64_t *mbarrier, int32_t rank,
                  const int32_t *coordinates);
  void copyBulk(int32_t site, const char *address, char *global,
                uint64_t *mbarrier, uint32_t bytes);
  void multiply(int32_t n, float *accumulator, const AttnSimProduct *products,
                int32_t length);
  void giveResult(int32_t site, uint32_t token, float *accumulator,
                  uint32_t last);
  void keepFragments(int32_t site, const uint32_t *registers, uint32_t kept);
  void setRegisters(int32_t site, uint32_t wanted, bool increase);
  void fenceMemory(int32_t site, int32_t kind);
  void commitGroup(int32_t site, int32_t group);
  void waitGroup(int32_t site, int32_t group, uint32_t pending);

  void accessMemory(int32_t site, const char *address, uint32_t bytes,
                    AccessKind kind, uint32_t alignment, int32_t argument);
  /// Strict mode: what a copy is about to do to global memory.
  void checkBox(int32_t site, const AttnSimTensorMap *map, int32_t rank,
                int32_t mayLeave, const int32_t *origin, AccessKind kind);
  void checkBulk(int32_t site, const char *address, uint32_t bytes,
                 AccessKind kind);

  Site siteOf(int32_t site) const { return Site(*launch->info, site); }
  /// Ends the CTA with an error at `site`, of the running thread.
  [[noreturn]] __attribute__((format(printf, 3, 4))) void
  fail(int32_t site, const char *format, ...);

private:
  friend Cta *runToEnd(Cta &first, Cta *second, uint64_t seed);
  static void runThread(void *self);
  void beginCounts();
  void beginStrict(size_t warps);
  void end();
  void endThread(Thread &thread);
  void checkLeftovers();
  void checkPhases();
  void checkStacks();

  Thread *pickOwn(bool wantsOne);
  Thread *pickNext(bool givesWay = false);
  void switchFrom(Thread &me, Thread &next, bool last = false);
  /// Suspends the running thread until it is taken from `list`.
  void suspend(WaitList &list, const Wait &wait);
  void yield(int32_t site);
  void look(int32_t site, const char *address, AccessKind kind);
  void wake(WaitList &list);
  void checkFirstTime(int32_t site, uint32_t id);
  void openBarrier(uint32_t id, const WaitList &waiting, bool withLast);
  [[noreturn]] void leave();
  [[noreturn]] void reportDeadlock();
  int describeWait(const Thread &thread, char *text, size_t bytes) const;
  size_t describeThreads(char *text, size_t bytes) const;

  void meetLanes(int32_t site, uint32_t mask);
  Meeting &meetingOf(size_t firstLane, uint32_t mask);
  /// Suspends the running thread until all lanes of `mask` have come with a
  /// `value`; the last one computes the values they leave with.
  template <typename Compute>
  uint64_t meet(int32_t site, uint32_t mask, uint64_t value, Compute compute);

  /// The offset of `bytes` at a shared address; an error where they are not in
  /// the memory of the CTA or not at a multiple of `alignment`.
  uint32_t sharedOffset(int32_t site, const void *address, uint64_t bytes,
                        uint32_t alignment);
  void checkTensorMap(int32_t site, const AttnSimTensorMap *map, int32_t rank);
  void accessBox(int32_t site, const AttnSimTensorMap &map, int32_t mayLeave,
                 const int32_t *origin, AccessKind kind);
  void accessRow(int32_t site, const AttnSimTensorMap &map,
                 const int32_t *origin, const int64_t *index, AccessKind kind,
                 int32_t argument, bool mayBeUnwritten);
  void accessGlobal(int32_t site, const char *address, uint64_t bytes,
                    AccessKind kind, int32_t argument,
                    bool mayBeUnwritten = false);
  [[noreturn]] void failGlobalRace(int32_t site, const GlobalTensor &tensor,
                                   long long at, uint64_t bytes,
                                   AccessKind kind, uint32_t other);
  void letHappen(bool wantsOne);
  void happen(const AsyncStep &step);

  CopyInFlight &newCopy(int32_t site, const char *address, uint32_t bytes,
                        uint32_t alignment, uint64_t *mbarrier);
  void issue(CopyInFlight &flight);
  void finishLoad(uint32_t index);
  void readStore(uint32_t index);
  void finishStore(uint32_t index);
  void waitStores(uint32_t pending, bool readOnly);
  void checkStores(const Thread &thread);
  [[noreturn]] void failCopy(int32_t site, uint32_t offset,
                             const AsyncCopy &copy);
  void checkOperands(const AttnSimProduct &product, int32_t n);
  void checkReaders(const AsyncCopy &copy);
  uint64_t &mbarrierAt(int32_t site, uint64_t *barrier);
  void finishPhase(uint64_t &state, uint32_t offset);
  template <typename Visit>
  void forEachChunk(int32_t site, uint64_t descriptor, bool isMnMajor,
                    int32_t rows, Visit visit);
  void tellProduct(const AttnSimProduct &product, uint32_t warpgroup, int32_t n,
                   bool endsChain);
  void gatherOperand(int32_t site, uint64_t descriptor, bool isMnMajor,
                     int32_t rows, char *chunks);
  const float *decodeB(const AttnSimProduct &product, int32_t n);
  /// Whether a product reads a part of `bytes` at `shared`, and where.
  bool reads(const AttnSimProduct &product, int32_t n, uint32_t range,
             uint32_t bytes, uint32_t &offset);
  bool touches(int32_t site, uint64_t descriptor, bool isMnMajor, int32_t rows,
               uint32_t range, uint32_t bytes, uint32_t &offset);
  void compareProducts(const Warpgroup &group, const AttnSimProduct *products);
  /// Suspends the running thread until all of its warpgroup have come; the
  /// last one runs `last`.
  template <typename Last>
  void meetProducts(int32_t n, float *accumulator,
                    const AttnSimProduct *products, int32_t length, Last last);
  void computeProduct(const AttnSimProduct &product, int32_t n,
                      float *const *accumulators,
                      const uint32_t *const *fragments);

  void beginProducts(int32_t site);
  void startChain(uint32_t id, const Warpgroup &group);
  size_t chooseAccumulators(WarpgroupProducts &unit, const Warpgroup &group,
                            const AttnSimProduct &first);
  void keepOperands(Chain &chain, const Warpgroup &group);
  void multiplyNext(WarpgroupProducts &unit, Chain &chain);
  void continueProducts(uint32_t id);
  void finishProducts(uint32_t id, uint32_t end);
  void commitProducts(int32_t site);
  void waitProducts(int32_t site, uint32_t pending);
  [[noreturn]] void failInFlight(int32_t site, uint32_t number,
                                 const char *what);

  uint32_t numberOf(const Thread &thread) const {
    return uint32_t(&thread - threads.data());
  }

  const KernelLaunch *launch = nullptr;
  StackPool stacks;
  SharedWindow window;
  uint32_t sharedBytes = 0; ///< Of this launch, static and dynamic.
  Residents *residents = nullptr;
  std::vector<Thread> threads;
  size_t count = 0; ///< Threads of this launch.
  size_t live = 0;
  CtaEvents *events = nullptr; ///< Null if nobody listens.
  Thread *running = nullptr;
  const Thread *blamed = nullptr; ///< For whom an error is; null: who runs.
  Schedule ready;
  Random random;
  struct Look {
    const Thread *thread;
    const char *address;
  };
  static constexpr uint32_t kLooks = 64;
  Look lastLooks[kLooks] = {}; ///< The last read of memory at some ops.
  uint32_t looks = 0;          ///< Reads since a thread has polled.
  bool failed = false;

  std::vector<Meeting> meetings; ///< 32 per warp.
  NamedBarrier barriers[kNamedBarriers];
  std::vector<WaitList> mbarrierWaits; ///< Per 8 bytes of shared memory.
  std::vector<Warpgroup> warpgroups;
  MemoryCheck memoryCheck;
  std::unique_ptr<WgmmaUnit> unit;

  // Strict mode but for `copies`.
  AsyncSteps steps;
  std::vector<CopyInFlight> copies;
  uint64_t copyCount = 0;           ///< Started in this CTA.
  std::vector<ThreadAsync> asyncOf; ///< Per thread.
  std::vector<WarpgroupProducts> warpgroupProducts;
  std::vector<MbarrierWatch> mbarrierWatch; ///< Per 8 bytes.
  std::vector<uint32_t> mbarriers;          ///< Offsets of those in use.
  std::vector<uint32_t> registers;          ///< Per warp, of each thread.
  uint32_t registerPool = 0; ///< Free, in registers of each thread of a warp.
  WaitList registerWaits;
  uint32_t skew = 0;          ///< Where shared memory starts in the window.
  uint64_t linear = 0;        ///< Number of the CTA in its launch.
  bool hasDoneAtomic = false; ///< In global memory.
};

} // namespace attn::runtime::sim

#endif // ATTN_RUNTIME_LIB_SIM_CTA_H
