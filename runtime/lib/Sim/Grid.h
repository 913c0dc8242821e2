//===- Grid.h - All CTAs of a launch ----------------------------*- C++ -*-===//

#ifndef ATTN_RUNTIME_LIB_SIM_GRID_H
#define ATTN_RUNTIME_LIB_SIM_GRID_H

#include "Cta.h"
#include "State.h"

namespace attn::runtime::sim {

/// Ctas between launches: their stacks and windows are worth keeping. One pool
/// serves any number of launches at a time.
class CtaPool {
public:
  std::unique_ptr<Cta> take();
  void give(std::unique_ptr<Cta> cta);

private:
  std::mutex mutex;
  std::vector<std::unique_ptr<Cta>> idle;
};

/// Checks a launch against the limits of the target: threads, shared memory,
/// grid. \param name for messages.
AttnStatus checkLimits(const KernelLaunch &launch, AttnMessage *message);

/// Runs every CTA of `launch` once, in an order that its seed decides, on the
/// threads of `runtime`. Stops at the first that fails.
AttnStatus runGrid(const RuntimeState &runtime, CtaPool &pool,
                   const KernelLaunch &launch, AttnMessage *message);

} // namespace attn::runtime::sim

#endif // ATTN_RUNTIME_LIB_SIM_GRID_H
