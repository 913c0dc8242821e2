//===- Cta.h - One simulated thread block -----------------------*- C++ -*-===//
//
// Runs the threads of one CTA as fibers on the calling OS thread: a set of
// threads that can run, of which the seed picks the next, and wait lists at
// everything a thread can wait for. When nobody can run and somebody waits,
// that is a deadlock and is reported with who waits for what.
//
// A Cta is the AttnSimHost that its kernel sees. It is made once per worker
// and used for many CTAs, one after the other. Its units are files of their
// own: Warp, NamedBarrier, Mbarrier, Copies, Wgmma.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_SIM_CTA_H
#define ATTN_RUNTIME_LIB_SIM_CTA_H

#include "Events.h"
#include "Fiber.h"
#include "SharedWindow.h"
#include "Wgmma.h"

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
  bool strict = false;         ///< `kernel` is the strict code of its image.
  CtaEvents *events = nullptr; ///< Strict: told what happens; may be null.
};

/// Lanes of a warp that meet at one op.
struct Meeting {
  uint32_t mask = 0;
  uint32_t arrived = 0;
  int32_t site = 0;
  WaitList waiting;
};

struct NamedBarrier {
  uint32_t expected = 0; ///< 0: nobody has come yet.
  uint32_t arrived = 0;
  int32_t site = 0;
  WaitList waiting;
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

  /// Runs CTA `index` of the launch. Returns whether it came to its end; if
  /// not, `error` holds why.
  bool run(const KernelLaunch &launch, const uint32_t index[3]);

  char error[1536];

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
  void loadTensor(int32_t site, char *destination, const AttnSimTensorMap *map,
                  uint64_t *barrier, int32_t rank, const int32_t *coordinates);
  void storeTensor(int32_t site, const AttnSimTensorMap *map,
                   const char *source, int32_t rank,
                   const int32_t *coordinates);
  void loadBulk(int32_t site, char *destination, const char *source,
                uint64_t *barrier, uint32_t bytes);
  void storeBulk(int32_t site, char *destination, const char *source,
                 uint32_t bytes);
  void multiply(int32_t n, float *accumulator, const AttnSimProduct *products,
                int32_t length);
  void fenceMemory(int32_t site, int32_t kind);
  void commitGroup(int32_t site, int32_t group);
  void waitGroup(int32_t site, int32_t group, uint32_t pending);

  /// Ends the CTA with an error at `site`, of the running thread.
  [[noreturn]] __attribute__((format(printf, 3, 4))) void
  fail(int32_t site, const char *format, ...);

private:
  static void runThread(void *self);
  void begin(const KernelLaunch &launch, const uint32_t index[3]);
  void end();
  void checkLeftovers();
  void checkStacks();

  Thread *pickNext();
  /// Suspends the running thread until it is taken from `list`.
  void suspend(WaitList &list, const Wait &wait);
  void yield(int32_t site);
  void wake(WaitList &list);
  void openBarrier(uint32_t id, const WaitList &waiting, bool withLast);
  [[noreturn]] void leave();
  [[noreturn]] void reportDeadlock();
  int describeWait(const Thread &thread, char *text, size_t bytes) const;

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
  AsyncCopy startCopy(int32_t site, uint32_t offset, uint32_t bytes,
                      const uint64_t *mbarrier);
  void tell(void (CtaEvents::*event)(const AsyncCopy &), const AsyncCopy &copy);
  uint64_t &mbarrierAt(int32_t site, uint64_t *barrier);
  void finishPhase(uint64_t &state, uint32_t offset);
  template <typename Visit>
  void forEachChunk(int32_t site, uint64_t descriptor, bool isMnMajor,
                    int32_t rows, Visit visit);
  void tellProduct(const AttnSimProduct &product, uint32_t warpgroup,
                   int32_t n);
  void gatherOperand(int32_t site, uint64_t descriptor, bool isMnMajor,
                     int32_t rows, char *chunks);
  const float *decodeB(const AttnSimProduct &product, int32_t n);
  void compareProducts(const Warpgroup &group, const AttnSimProduct *products);
  void computeProduct(const Warpgroup &group, int32_t index);

  uint64_t random();
  uint32_t numberOf(const Thread &thread) const {
    return uint32_t(&thread - threads.data());
  }

  const KernelLaunch *launch = nullptr;
  StackPool stacks;
  SharedWindow window;
  uint32_t sharedBytes = 0; ///< Of this launch, static and dynamic.
  Fiber worker;
  std::vector<Thread> threads;
  size_t count = 0; ///< Threads of this launch.
  size_t live = 0;
  CtaEvents *events = nullptr; ///< Null if nobody listens.
  Thread *running = nullptr;
  std::vector<Thread *> ready;
  uint64_t randomState = 0;
  uint64_t idleYields = 0;
  bool failed = false;
  uint64_t copies = 0; ///< Started in this CTA.

  std::vector<Meeting> meetings; ///< 32 per warp.
  NamedBarrier barriers[kNamedBarriers];
  std::vector<WaitList> mbarrierWaits; ///< Per 8 bytes of shared memory.
  std::vector<Warpgroup> warpgroups;
  std::unique_ptr<WgmmaUnit> unit;
};

} // namespace attn::runtime::sim

#endif // ATTN_RUNTIME_LIB_SIM_CTA_H
