//===- WgmmaAsync.h - Products in flight ------------------------*- C++ -*-===//
//
// In strict mode a chain of wgmma is issued, multiplied some time later, read
// from shared memory only then, and its accumulators are given to a thread when
// it waits. Until then the thread holds NaN whose payload is a token: it names
// the accumulators, so that more products can be added, and a use that comes
// too early is known for what it is.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_SIM_WGMMAASYNC_H
#define ATTN_RUNTIME_LIB_SIM_WGMMAASYNC_H

#include "Wgmma.h"

#include <array>
#include <memory>
#include <vector>

namespace attn::runtime::sim {

/// Registers of a warpgroup that products in flight write.
struct Accumulators {
  /// Makes room for m64nN.
  void reserve(int32_t columns);
  size_t stride() const { return ATTN_SIM_ACCUMULATOR_FLOATS(size_t(n)); }

  uint32_t token = 0; ///< 0: free.
  int32_t n = 0;
  uint32_t chain = 0; ///< Number of the last that writes them.
  uint32_t taken = 0; ///< Threads that have their part for good.
  float *of[kWarpgroupThreads];

private:
  struct alignas(64) Line {
    float values[16];
  };
  std::vector<Line> memory;
};

/// Products that were issued together.
struct Chain {
  int32_t count = 0;
  int32_t done = 0;
  size_t accumulators = 0; ///< Index.
  int32_t n = 0;
  std::vector<AttnSimProduct> products; ///< Of the first thread.
  /// [product][thread], of products with A in registers.
  std::vector<std::array<uint32_t[4], kWarpgroupThreads>> fragments;

  int32_t site() const { return products.front().site; }
};

/// The tensor core of one warpgroup. Chains are numbered from 0.
struct WarpgroupProducts {
  static constexpr uint32_t kMostChains = 64; ///< In flight.

  void begin();
  Chain &chain(uint32_t number) { return chains[number % kMostChains]; }
  /// The accumulators that `token` names; null if there are none any more.
  Accumulators *find(uint32_t token);
  /// Free accumulators with a token of their own.
  size_t allocate(int32_t n);
  uint32_t newToken();

  Chain chains[kMostChains];
  uint32_t issued = 0;
  uint32_t over = 0; ///< Chains before this one are.
  std::vector<Accumulators> accumulators;
  uint32_t tokens = 0;
};

} // namespace attn::runtime::sim

#endif // ATTN_RUNTIME_LIB_SIM_WGMMAASYNC_H
