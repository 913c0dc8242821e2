//===- ForwardKernel.cpp - A planned kernel as a function -----------------===//

#include "Kernels.h"
#include "Rings.h"
#include "RoleEmitter.h"
#include "TileOrder.h"

#include "attn/passes/Target.h"

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;

namespace {

/// Register budgets move between warpgroups; the launch gives each the same.
void emitBudget(KernelBuilder &kb, sched::RoleOp role, int64_t threads) {
  int64_t atLaunch =
      getLaunchRegisters(getTarget(kb.b.getContext(), "sm_90a"), threads);
  int64_t registers = role.getRegisters();
  auto action = registers < atLaunch ? NVVM::SetMaxRegisterAction::decrease
                                     : NVVM::SetMaxRegisterAction::increase;
  NVVM::SetMaxRegisterOp::create(kb.b, kb.loc, registers, action);
}

void emitRole(Cta &cta, sched::RoleOp role, Block *exit) {
  KernelBuilder &kb = cta.kb;
  emitBudget(kb, role, cta.op.getThreads());
  Value elected;
  if (role.getElected()) {
    Value isFirst = kb.eq(cta.warp, kb.c32(4 * role.getFirst()));
    Block *body = kb.block();
    kb.condBr(isFirst, body, {}, exit, {});
    kb.enter(body);
    elected = NVVM::ElectSyncOp::create(kb.b, kb.loc, kb.i1(), Value());
  }
  RoleEmitter(cta, role, elected).emit();
  kb.br(exit);
}

/// Barriers, and the block behind all roles. Lengths are on the device, the
/// grid is for the longest: CTAs without rows go there at once, all threads.
Block *emitStart(Cta &cta) {
  KernelBuilder &kb = cta.kb;
  Block *exit = kb.block();
  if (!cta.op.isPersistent()) {
    cta.locate(TileOrder(cta).getOwn());
    if (cta.mayBeEmpty()) {
      Block *body = kb.block();
      kb.condBr(kb.slt(cta.firstQuery, cta.queriesEnd), body, {}, exit, {});
      kb.enter(body);
    }
  }
  emitBarrierInit(cta);
  return exit;
}

} // namespace

NvvmKernel attn::nvptx::emitForwardKernel(sched::ForwardOp op,
                                          KernelBuilder &kb,
                                          KernelArguments &args) {
  Cta cta(kb, args, op);
  Block *exit = emitStart(cta);
  SmallVector<sched::RoleOp> roles(op.getPlan().getOps<sched::RoleOp>());
  for (sched::RoleOp role : ArrayRef(roles).drop_back()) {
    Block *others = kb.block();
    Block *body = kb.block();
    Value isMine =
        kb.slt(cta.warpgroup, kb.c32(role.getFirst() + role.getCount()));
    kb.condBr(isMine, body, {}, others, {});
    kb.enter(body);
    emitRole(cta, role, exit);
    kb.enter(others);
  }
  emitRole(cta, roles.back(), exit);
  kb.enter(exit);
  LLVM::ReturnOp::create(kb.b, kb.loc, ValueRange());

  NvvmKernel kernel;
  kernel.grid = TileOrder(cta).getGrid();
  kernel.block = {static_cast<int64_t>(op.getThreads()), 1, 1};
  kernel.sharedBytes = op.getShared();
  return kernel;
}
