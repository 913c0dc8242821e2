//===- Counts.h - What the warps of a launch did ----------------*- C++ -*-===//
//
// Counted by wrappers around the function table of a Cta and by the code of
// strict mode itself, which counts how often a warp enters each block. A launch
// that is not counted runs with the table as it is.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_SIM_COUNTS_H
#define ATTN_RUNTIME_LIB_SIM_COUNTS_H

#include "BankConflicts.h"

#include "attn/manifest/SimAbi.h"

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace attn::runtime::sim {

/// What threads did, added up. Bytes and operations count every thread.
struct Counts {
  uint64_t classes[ATTN_SIM_CLASSES] = {}; ///< Ops by AttnSimClass.
  uint64_t tmaLoadBytes = 0, tmaStoreBytes = 0;
  uint64_t globalLoadBytes = 0, globalStoreBytes = 0;
  uint64_t sharedLoadBytes = 0, sharedStoreBytes = 0;
  uint64_t barrierWaits = 0;
  BankCounts banks;
  // Products, each counted by the 128 threads of its warpgroup.
  uint64_t products = 0;
  uint64_t multiplyAdds = 0;    ///< Of whole products.
  uint64_t startedElements = 0; ///< Of accumulators that start from 0.
  std::map<std::string, uint64_t> tallies; ///< By name, of attn_nvvm.tally.

  void add(const Counts &other);
};

/// Warps that run the same part of a kernel.
struct RoleCounts {
  std::string name;
  uint32_t firstWarp = 0, warps = 0;
  uint32_t threads = 0;
  Counts counts;
};

/// One kernel, over all its CTAs and launches. Threads may add at a time.
class LaunchCounts {
public:
  /// \param threads of a CTA.
  void begin(const AttnSimKernelInfo &info, uint32_t threads);
  /// \param warps of one CTA, in order.
  void add(const std::vector<Counts> &warps);
  /// An object of JSON without its braces.
  std::string toJson() const;

private:
  mutable std::mutex mutex;
  std::vector<RoleCounts> roles;
  uint64_t ctas = 0;
  uint64_t leastWork = ~uint64_t(0), mostWork = 0, work = 0;
};

/// One CTA at a time.
class CtaCounts {
public:
  /// Wraps the functions of `host`; `plain` keeps them.
  void install(AttnSimHost &host);
  void begin(const AttnSimKernelInfo &info, const AttnSimHost &host,
             uint32_t threads);
  /// Adds what was counted to `launch`.
  void end(LaunchCounts &launch);
  uint64_t *blocksOf(uint32_t warp) {
    return blocks.data() + size_t(warp) * blockCount;
  }

  // What the wrappers tell, of the thread at hand.
  void copy(const AttnSimThread &thread, const AttnSimTensorMap &map,
            bool isLoad);
  void copy(const AttnSimThread &thread, uint64_t bytes, bool isLoad);
  void access(const AttnSimThread &thread, int32_t site, const char *address,
              uint32_t bytes, int32_t kind);
  void wait(const AttnSimThread &thread) { ++warps[thread.warp].barrierWaits; }
  void multiply(const AttnSimThread &thread, int32_t n,
                const AttnSimProduct *products, int32_t count);
  void tally(const AttnSimThread &thread, int32_t name, uint32_t n);

  AttnSimHost plain;
  bool isInstalled = false;

private:
  const AttnSimKernelInfo *info = nullptr;
  const char *shared = nullptr;
  uint32_t blockCount = 0;
  std::vector<uint64_t> blocks; ///< Executions, per warp and block.
  std::vector<Counts> warps;
  std::vector<WarpBanks> banks; ///< Per warp.
};

} // namespace attn::runtime::sim

#endif // ATTN_RUNTIME_LIB_SIM_COUNTS_H
