//===- BankConflicts.h - Shared memory accesses of a warp -------*- C++ -*-===//
//
// Shared memory has 32 banks of 4 bytes; lanes that ask one bank for different
// words take turns. Lanes of device sim come one by one: the k-th time that a
// lane is at an op belongs with the k-th time of the others. Lanes that do not
// come often enough are left out after a while.
// Source: CUDA programming guide, compute capability 5.x, "Shared memory", and
// what holds since; wide accesses go in halves and quarters of a warp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_SIM_BANKCONFLICTS_H
#define ATTN_RUNTIME_LIB_SIM_BANKCONFLICTS_H

#include <cstdint>
#include <deque>
#include <unordered_map>

namespace attn::runtime::sim {

struct BankCounts {
  uint64_t accesses = 0;  ///< Of warps.
  uint64_t conflicts = 0; ///< Turns beyond the fewest possible.
};

/// Turns that an access takes beyond the fewest. \param offsets by lane, of
/// those in `lanes`; \param bytes 1 to 16 per lane.
uint64_t countConflicts(const uint32_t *offsets, uint32_t lanes,
                        uint32_t bytes);

/// The accesses of one warp.
class WarpBanks {
public:
  /// \param active lanes that the warp has.
  void begin(uint32_t active);
  void access(int32_t site, uint32_t lane, uint32_t offset, uint32_t bytes);
  /// Counts what is left; then the result.
  BankCounts end();

private:
  struct Access {
    uint32_t lanes = 0;
    uint32_t bytes = 0;
    uint32_t offsets[32];
  };
  struct Op {
    uint64_t first = 0; ///< Number of the first access that is kept.
    std::deque<Access> accesses;
    uint64_t times[32] = {}; ///< That each lane has come.
  };

  void finish(Op &op);

  uint32_t active = 0;
  std::unordered_map<int32_t, Op> ops; ///< By site.
  BankCounts counts;
};

} // namespace attn::runtime::sim

#endif // ATTN_RUNTIME_LIB_SIM_BANKCONFLICTS_H
