//===- MbarrierState.h - The 64 bits of an mbarrier -------------*- C++ -*-===//
//
// bits 0-19   arrivals expected in every phase
// bits 20-39  arrivals still to come in this phase
// bits 40-60  bytes still to come, plus 2^20
// bits 61-62  10 in an initialised barrier
// bit 63      parity of the current phase
//
// Source of the ranges: PTX ISA, "mbarrier object".
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_SIM_MBARRIERSTATE_H
#define ATTN_RUNTIME_LIB_SIM_MBARRIERSTATE_H

#include <cstdint>

namespace attn::runtime::sim {

struct MbarrierState {
  static constexpr uint32_t kMostArrivals = (1 << 20) - 1;
  static constexpr int64_t kMostBytes = (1 << 20) - 1;

  explicit MbarrierState(uint64_t bits) : bits(bits) {}

  static MbarrierState make(uint32_t expected, uint32_t pending, int64_t bytes,
                            uint32_t phase) {
    return MbarrierState(uint64_t(expected) | uint64_t(pending) << 20 |
                         uint64_t(bytes + (1 << 20)) << 40 | uint64_t(1) << 61 |
                         uint64_t(phase) << 63);
  }

  uint32_t expected() const { return uint32_t(bits & 0xfffff); }
  uint32_t pending() const { return uint32_t(bits >> 20 & 0xfffff); }
  int32_t bytes() const { return int32_t(bits >> 40 & 0x1fffff) - (1 << 20); }
  uint32_t phase() const { return uint32_t(bits >> 63); }
  bool isInitialised() const { return (bits >> 61 & 3) == 1; }

  uint64_t bits;
};

} // namespace attn::runtime::sim

#endif // ATTN_RUNTIME_LIB_SIM_MBARRIERSTATE_H
