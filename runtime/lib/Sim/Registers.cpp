//===- Registers.cpp - setmaxnreg and the pool of a CTA -------------------===//
//
// A CTA gets registers for all its threads when it is launched. Warps give some
// back and take more; who takes waits until there are enough. Counts are per
// thread, the pool is in those of a warp.
//
// Source: PTX ISA, setmaxnreg.
//
//===----------------------------------------------------------------------===//

#include "Cta.h"

namespace attn::runtime::sim {

void Cta::setRegisters(int32_t site, uint32_t wanted, bool increase) {
  if (!launch->strict || !launch->info->launchRegisters)
    return;
  if (wanted < 24 || wanted > 256 || wanted % 8)
    fail(site, "expected a multiple of 8 from 24 to 256 registers but found %u",
         wanted);
  uint32_t warp = running->warp;
  meetLanes(site, ~0u);
  // The first lane that goes on does it for its warp.
  if (increase ? wanted < registers[warp] : wanted > registers[warp])
    fail(site, "%s to %u registers per thread, but the warp has %u",
         increase ? "an increase" : "a decrease", wanted, registers[warp]);
  if (registers[warp] > wanted) {
    registerPool += registers[warp] - wanted;
    registers[warp] = wanted;
    wake(registerWaits);
  }
  while (registers[warp] < wanted && registerPool < wanted - registers[warp])
    suspend(registerWaits, {WaitKind::kRegisters, site, warp, wanted});
  if (registers[warp] < wanted) {
    registerPool -= wanted - registers[warp];
    registers[warp] = wanted;
  }
}

} // namespace attn::runtime::sim
