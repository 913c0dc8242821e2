//===- MemoryCheck.h - Accesses that strict mode refuses --------*- C++ -*-===//
//
// Knows of every access to shared memory of a CTA what it is ordered after, by
// the rules of PTX and not by the order in which the simulator happens to run
// threads; so a stage that is released too early is found on every schedule.
// Found are races, generic writes that the asynchronous proxy reads or
// overwrites without a fence, reads of what nobody wrote, and mbarriers that
// are used before their initialisation is visible or touched by other ops.
//
// Agents: threads, the tensor core per warpgroup (a wgmma reads shared memory
// until a wait covers its group), per mbarrier the copies that complete it (a
// load writes until a wait for the mbarrier has seen it land), per thread its
// bulk stores (which read until a wait covers their group).
//
// Sources: PTX ISA, "Memory Consistency Model", "Async proxy", "Asynchronous
// operations", wgmma.wait_group, cp.async.bulk.wait_group.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_SIM_MEMORYCHECK_H
#define ATTN_RUNTIME_LIB_SIM_MEMORYCHECK_H

#include "Events.h"
#include "SharedShadow.h"

#include <deque>
#include <map>

namespace attn::runtime::sim {

class Cta;

class MemoryCheck : public CtaEvents {
public:
  explicit MemoryCheck(Cta &cta) : cta(cta) {}

  void ctaBegins(uint32_t threads, uint32_t sharedBytes) override;
  void ctaEnds() override;

  void warpMeets(int32_t site, uint32_t warp, uint32_t mask) override;
  void barrierArrives(int32_t site, uint32_t thread, uint32_t id) override;
  void barrierPasses(uint32_t thread, uint32_t id) override;
  void barrierOpens(uint32_t id) override;
  void mbarrierInits(int32_t site, uint32_t thread, uint32_t offset) override;
  void mbarrierInvalidates(int32_t site, uint32_t thread,
                           uint32_t offset) override;
  void mbarrierArrives(int32_t site, uint32_t thread, uint32_t offset) override;
  void mbarrierCompletes(uint32_t offset) override;
  void mbarrierPasses(int32_t site, uint32_t thread, uint32_t offset) override;
  void fences(int32_t site, uint32_t thread, int32_t kind) override;

  void copyIssues(const AsyncCopy &copy) override;
  void copyLands(const AsyncCopy &copy) override;
  void productIssues(const AsyncProduct &product) override;
  void groupCommits(int32_t site, uint32_t thread, int32_t group) override;
  void groupPasses(int32_t site, uint32_t thread, int32_t group,
                   uint32_t pending) override;
  void sharedAccess(int32_t site, uint32_t thread, uint32_t offset,
                    uint32_t bytes, AccessKind kind) override;

private:
  /// Chunks of 16 bytes that products of a chain read, by line: whole lines
  /// are one access.
  struct ChunkSet {
    void add(const uint32_t *chunks, uint32_t count, int32_t site);

    std::vector<uint32_t> lines; ///< Of which there are some.
    std::vector<uint8_t> chunks; ///< By line, a bit per chunk.
    std::vector<int32_t> sites;  ///< By line: the product that comes first.
  };

  struct ThreadState {
    uint32_t productGroups = 0; ///< Committed.
    uint32_t storeGroups = 0;
    Agent stores = kNobody; ///< Its bulk stores.
  };

  /// A load that has not landed.
  struct Flight {
    uint64_t copy;
    uint32_t number; ///< Of the mbarrier's copies, from 1.
    bool landed;
    ClockRef known; ///< By the thread that issued it.
    uint32_t own;   ///< The number of what that thread did.
    uint32_t thread;
  };

  struct Mbarrier {
    Agent copies = kNobody;
    uint32_t issued = 0, landed = 0; ///< All copies up to these numbers.
    std::deque<Flight> flights;
    Gathering arrived;
    ClockRef passed; ///< What a wait for the last phase learns.
    uint32_t initThread = 0, initNumber = 0;
    uint32_t fenceNumber = 0; ///< Of a fence.mbarrier.init of that thread.
    int32_t initSite = 0, issueSite = 0;
  };

  Viewer viewOf(uint32_t thread) const {
    return actors[thread].view(Agent(thread));
  }
  void learn(uint32_t thread, const ClockRef &known);
  /// \param format of its name, with the index.
  Agent newAgent(const char *format, uint32_t index);
  /// Ends the CTA if the thread may not have seen the initialisation.
  void checkInit(int32_t site, uint32_t thread, uint32_t offset);
  void checkInitFence(const AsyncCopy &copy);
  void issueLoad(const AsyncCopy &copy);
  void issueStore(const AsyncCopy &copy);
  void touchChunks(Accessor &accessor, ChunkSet &set);
  void touch(const Accessor &accessor, uint32_t offset, uint32_t bytes);
  [[noreturn]] void report(Finding finding, const Accessor &accessor);
  /// No std::string: the stack that holds it is left for good.
  struct Name {
    char text[64];
  };
  Name nameOf(Agent agent) const;

  Cta &cta;
  ClockFactory clocks;
  SharedShadow shadow;
  std::vector<Actor> actors; ///< Threads, the first agents.
  std::vector<ThreadState> states;
  struct AgentName {
    const char *format;
    uint32_t index;
  };
  std::vector<AgentName> otherAgents; ///< Behind the threads.
  Agent firstTensorCore = 0;
  ChunkSet chainReads[5]; ///< A of four warps, B.
  std::map<uint32_t, Mbarrier> mbarriers;
  Gathering atBarrier[16];
  ClockRef barrierPassed[16]; ///< Made when the first thread passes.
};

} // namespace attn::runtime::sim

#endif // ATTN_RUNTIME_LIB_SIM_MEMORYCHECK_H
