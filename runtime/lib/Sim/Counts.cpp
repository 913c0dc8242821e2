//===- Counts.cpp - What the warps of a launch did ------------------------===//

#include "Counts.h"
#include "Box.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace attn::runtime::sim {
namespace {
constexpr int64_t kMmaRows = 64, kMmaK = 16;
constexpr uint32_t kWarpThreads = 32, kWarpgroupThreads = 128;
constexpr uint32_t kWindowBytes = 1 << 18; ///< See SimAbi.h.
constexpr uint32_t kWidest = 16;           ///< Bytes of one access of a lane.

constexpr const char *kClassNames[ATTN_SIM_CLASSES] = {
    "integer", "float",   "convert", "exp2",   "special", "memory",
    "warp",    "barrier", "copy",    "matrix", "control", "other"};
} // namespace

void Counts::add(const Counts &other) {
  for (int i = 0; i < ATTN_SIM_CLASSES; ++i)
    classes[i] += other.classes[i];
  tmaLoadBytes += other.tmaLoadBytes;
  tmaStoreBytes += other.tmaStoreBytes;
  globalLoadBytes += other.globalLoadBytes;
  globalStoreBytes += other.globalStoreBytes;
  sharedLoadBytes += other.sharedLoadBytes;
  sharedStoreBytes += other.sharedStoreBytes;
  barrierWaits += other.barrierWaits;
  banks.accesses += other.banks.accesses;
  banks.conflicts += other.banks.conflicts;
  products += other.products;
  multiplyAdds += other.multiplyAdds;
  startedElements += other.startedElements;
  for (const auto &[name, n] : other.tallies)
    tallies[name] += n;
}

//===----------------------------------------------------------------------===//
// A launch
//===----------------------------------------------------------------------===//

void LaunchCounts::begin(const AttnSimKernelInfo &info, uint32_t threads) {
  auto add = [&](const char *name, uint32_t first, uint32_t count) {
    uint32_t end = std::min((first + count) * kWarpThreads, threads);
    roles.push_back({name, first, count, end - first * kWarpThreads, {}});
  };
  for (uint32_t i = 0; i < info.roleCount; ++i) {
    const uint32_t *role = info.roles + 3 * i;
    add(info.text + role[0], role[1], role[2]);
  }
  if (!info.roleCount)
    add("all", 0, (threads + kWarpThreads - 1) / kWarpThreads);
}

void LaunchCounts::add(const std::vector<Counts> &warps) {
  std::lock_guard<std::mutex> lock(mutex);
  uint64_t mine = 0;
  for (RoleCounts &role : roles)
    for (uint32_t i = 0; i < role.warps; ++i) {
      const Counts &warp = warps[role.firstWarp + i];
      role.counts.add(warp);
      mine += warp.multiplyAdds;
    }
  ++ctas;
  work += mine;
  leastWork = std::min(leastWork, mine);
  mostWork = std::max(mostWork, mine);
}

namespace {
nlohmann::ordered_json describe(const RoleCounts &role) {
  const Counts &c = role.counts;
  nlohmann::ordered_json ops;
  for (int i = 0; i < ATTN_SIM_CLASSES; ++i)
    ops[kClassNames[i]] = c.classes[i];
  nlohmann::ordered_json out = {
      {"role", role.name},
      {"first_warp", role.firstWarp},
      {"warps", role.warps},
      {"ops", ops},
      {"wgmma", c.products / kWarpgroupThreads},
      {"multiply_adds", c.multiplyAdds / kWarpgroupThreads},
      {"score_elements", c.startedElements / kWarpgroupThreads},
      {"tma_load_bytes", c.tmaLoadBytes},
      {"tma_store_bytes", c.tmaStoreBytes},
      {"global_load_bytes", c.globalLoadBytes},
      {"global_store_bytes", c.globalStoreBytes},
      {"shared_load_bytes", c.sharedLoadBytes},
      {"shared_store_bytes", c.sharedStoreBytes},
      {"barrier_waits", c.barrierWaits},
      {"shared_accesses", c.banks.accesses},
      {"bank_conflicts", c.banks.conflicts}};
  if (c.startedElements)
    out["exp2_per_score_element"] = double(c.classes[ATTN_SIM_CLASS_EXP2]) *
                                    kWarpgroupThreads /
                                    double(c.startedElements);
  // All threads of a role say the same.
  for (const auto &[name, n] : c.tallies)
    out["tallies"][name] = n / role.threads;
  return out;
}
} // namespace

std::string LaunchCounts::toJson() const {
  std::lock_guard<std::mutex> lock(mutex);
  nlohmann::ordered_json out;
  out["ctas"] = ctas;
  out["roles"] = nlohmann::ordered_json::array();
  for (const RoleCounts &role : roles)
    out["roles"].push_back(describe(role));
  uint64_t n = std::max<uint64_t>(ctas, 1);
  out["multiply_adds_per_cta"] = {
      {"least", ctas ? leastWork / kWarpgroupThreads : 0},
      {"mean", double(work) / double(kWarpgroupThreads) / double(n)},
      {"most", mostWork / kWarpgroupThreads}};
  return out.dump();
}

//===----------------------------------------------------------------------===//
// A CTA
//===----------------------------------------------------------------------===//

void CtaCounts::begin(const AttnSimKernelInfo &kernel, const AttnSimHost &host,
                      uint32_t threads) {
  info = &kernel;
  shared = host.shared;
  blockCount = kernel.blockCount;
  size_t count = (threads + kWarpThreads - 1) / kWarpThreads;
  blocks.assign(count * blockCount, 0);
  warps.assign(count, Counts());
  banks.resize(count);
  for (size_t i = 0; i < count; ++i) {
    uint32_t lanes =
        std::min<uint32_t>(threads - uint32_t(i) * kWarpThreads, kWarpThreads);
    banks[i].begin(lanes == kWarpThreads ? ~0u : (1u << lanes) - 1);
  }
}

void CtaCounts::end(LaunchCounts &launch) {
  for (size_t i = 0; i < warps.size(); ++i) {
    const uint64_t *executions = blocksOf(uint32_t(i));
    const uint32_t *row = info->blocks;
    for (uint32_t block = 0; block < blockCount; ++block)
      for (uint64_t &count : warps[i].classes)
        count += executions[block] * *row++;
    warps[i].banks = banks[i].end();
  }
  launch.add(warps);
}

void CtaCounts::copy(const AttnSimThread &thread, const AttnSimTensorMap &map,
                     bool isLoad) {
  uint64_t bytes = map.elementBytes;
  for (int axis = 0; axis < map.rank; ++axis)
    bytes *= countSteps(map, axis);
  copy(thread, bytes, isLoad);
}

void CtaCounts::copy(const AttnSimThread &thread, uint64_t bytes, bool isLoad) {
  Counts &mine = warps[thread.warp];
  (isLoad ? mine.tmaLoadBytes : mine.tmaStoreBytes) += bytes;
}

void CtaCounts::access(const AttnSimThread &thread, int32_t site,
                       const char *address, uint32_t bytes, int32_t kind) {
  Counts &mine = warps[thread.warp];
  uint64_t offset = uint64_t(address - shared);
  bool isShared = offset < kWindowBytes, isLoad = kind == ATTN_SIM_ACCESS_READ;
  uint64_t &sum = isShared
                      ? isLoad ? mine.sharedLoadBytes : mine.sharedStoreBytes
                  : isLoad ? mine.globalLoadBytes
                           : mine.globalStoreBytes;
  sum += bytes;
  if (!isShared)
    return;
  for (uint32_t at = 0; at < bytes; at += kWidest)
    banks[thread.warp].access(site, thread.lane, uint32_t(offset) + at,
                              std::min(bytes - at, kWidest));
}

void CtaCounts::multiply(const AttnSimThread &thread, int32_t n,
                         const AttnSimProduct *products, int32_t count) {
  Counts &mine = warps[thread.warp];
  mine.products += uint64_t(count);
  mine.multiplyAdds +=
      uint64_t(kMmaRows * kMmaK) * uint64_t(n) * uint64_t(count);
  for (int32_t i = 0; i < count; ++i)
    if (products[i].format & ATTN_SIM_WGMMA_CLEAR)
      mine.startedElements += uint64_t(kMmaRows) * uint64_t(n);
}

void CtaCounts::tally(const AttnSimThread &thread, int32_t name, uint32_t n) {
  warps[thread.warp].tallies[info->text + name] += n;
}

} // namespace attn::runtime::sim
