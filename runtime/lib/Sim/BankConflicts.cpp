//===- BankConflicts.cpp - Shared memory accesses of a warp ---------------===//

#include "BankConflicts.h"

#include <algorithm>

namespace attn::runtime::sim {
namespace {
constexpr uint32_t kBanks = 32, kWordBytes = 4, kLanes = 32;
/// Accesses of an op that wait for more lanes.
constexpr size_t kMostOpen = 64;

/// Turns of the lanes that go at once: the most words of one bank.
uint64_t countTurns(const uint32_t *offsets, uint32_t lanes, uint32_t bytes) {
  uint32_t words[kBanks][kLanes * 4], counts[kBanks] = {};
  uint64_t turns = 0;
  for (uint32_t lane = 0; lane < kLanes; ++lane) {
    if (!(lanes >> lane & 1))
      continue;
    uint32_t first = offsets[lane] / kWordBytes;
    uint32_t last = (offsets[lane] + bytes - 1) / kWordBytes;
    for (uint32_t word = first; word <= last; ++word) {
      uint32_t *known = words[word % kBanks], &count = counts[word % kBanks];
      if (std::find(known, known + count, word) != known + count)
        continue;
      known[count++] = word;
      turns = std::max<uint64_t>(turns, count);
    }
  }
  return turns;
}
} // namespace

uint64_t countConflicts(const uint32_t *offsets, uint32_t lanes,
                        uint32_t bytes) {
  // As many lanes go at once as move 128 bytes.
  uint32_t atOnce = bytes > 8 ? 8 : bytes > 4 ? 16 : 32;
  uint64_t conflicts = 0;
  for (uint32_t lane = 0; lane < kLanes; lane += atOnce) {
    uint32_t mask = atOnce == 32 ? ~0u : ((1u << atOnce) - 1) << lane;
    uint64_t turns = countTurns(offsets, lanes & mask, bytes);
    conflicts += turns ? turns - 1 : 0;
  }
  return conflicts;
}

void WarpBanks::begin(uint32_t lanes) {
  active = lanes;
  ops.clear();
  counts = {};
}

void WarpBanks::access(int32_t site, uint32_t lane, uint32_t offset,
                       uint32_t bytes) {
  Op &op = ops[site];
  uint64_t time = std::max(op.times[lane], op.first);
  op.times[lane] = time + 1;
  while (op.first + op.accesses.size() <= time)
    op.accesses.emplace_back();
  Access &access = op.accesses[size_t(time - op.first)];
  access.lanes |= 1u << lane;
  access.bytes = bytes;
  access.offsets[lane] = offset;
  while (!op.accesses.empty() && (op.accesses.front().lanes == active ||
                                  op.accesses.size() > kMostOpen))
    finish(op);
}

/// Counts the first access of `op`.
void WarpBanks::finish(Op &op) {
  const Access &access = op.accesses.front();
  ++counts.accesses;
  counts.conflicts +=
      countConflicts(access.offsets, access.lanes, access.bytes);
  op.accesses.pop_front();
  ++op.first;
}

BankCounts WarpBanks::end() {
  for (auto &[site, op] : ops)
    while (!op.accesses.empty())
      finish(op);
  ops.clear();
  return counts;
}

} // namespace attn::runtime::sim
