//===- Residents.h - CTAs that a worker runs at the same time ---*- C++ -*-===//
//
// In strict mode the seed lets some pairs of CTAs of a launch run interleaved,
// as on a GPU, where many CTAs run at a time, on one multiprocessor or several.
// They share global memory and nothing else: the pool of registers that
// setmaxnreg moves is that of a CTA.
//
// Source: PTX ISA, setmaxnreg ("a pool of available registers is maintained
// per-CTA").
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_SIM_RESIDENTS_H
#define ATTN_RUNTIME_LIB_SIM_RESIDENTS_H

#include "Schedule.h"

namespace attn::runtime::sim {

class Cta;

/// What one or two CTAs that run at a time have in common.
struct Residents {
  /// \param second null: `first` is alone.
  void begin(Cta &first, Cta *second, uint64_t seed);
  Cta *otherThan(const Cta &cta) const { return ctas[ctas[0] == &cta]; }
  /// Whether the other CTA goes on now. \param givesWay the one that runs has
  /// nothing to do but look again.
  bool changes(bool givesWay);

  Cta *ctas[2] = {};
  Fiber worker;              ///< Who runs them all.
  Thread *current = nullptr; ///< Whose stack this is.
  uint64_t idleYields = 0;   ///< Since anything happened.

private:
  Random random;
  uint64_t turn = 0; ///< Switches of a turn, on average; 0: until it must wait.
  uint64_t left = 0; ///< Of the current one.
};

/// Runs CTAs that have begun to their end. Returns the one that failed, or
/// null.
Cta *runToEnd(Cta &first, Cta *second, uint64_t seed);

} // namespace attn::runtime::sim

#endif // ATTN_RUNTIME_LIB_SIM_RESIDENTS_H
