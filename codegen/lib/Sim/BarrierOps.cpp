//===- BarrierOps.cpp - Barriers, mbarriers, fences -----------------------===//

#include "OpTable.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;

namespace attn::sim {
namespace {
using Results = OpTable::Results;

void barrier0(NVVM::Barrier0Op op, HostCalls &host) {
  Value zero = host.constant(op.getLoc(), 0);
  host.call(op, ATTN_SIM_FIELD(barrier), {}, {zero, zero});
}

FailureOr<Results> barrier(NVVM::BarrierOp op, HostCalls &host) {
  if (op.getReductionOp())
    return op.emitError("device sim does not know nvvm.barrier with a "
                        "reduction; expected one without");
  Location loc = op.getLoc();
  host.call(op, ATTN_SIM_FIELD(barrier), {},
            {host.orConstant(loc, op.getBarrierId(), 0),
             host.orConstant(loc, op.getNumberOfThreads(), 0)});
  return Results{};
}

void barrierArrive(NVVM::BarrierArriveOp op, HostCalls &host) {
  host.call(op, ATTN_SIM_FIELD(barrierArrive), {},
            {host.orConstant(op.getLoc(), op.getBarrierId(), 0),
             op.getNumberOfThreads()});
}

void init(NVVM::MBarrierInitOp op, HostCalls &host) {
  host.call(op, ATTN_SIM_FIELD(mbarrierInit), {},
            {host.generic(op.getAddr()), op.getCount()});
}

void invalidate(NVVM::MBarrierInvalOp op, HostCalls &host) {
  host.call(op, ATTN_SIM_FIELD(mbarrierInvalidate), {},
            host.generic(op.getAddr()));
}

Value arriveWith(Operation *op, Value barrier, Value count, Value bytes,
                 HostCalls &host) {
  return host.call(op, ATTN_SIM_FIELD(mbarrierArrive),
                   host.builder.getI64Type(),
                   {host.generic(barrier), count, bytes});
}

FailureOr<Results> arrive(NVVM::MBarrierArriveOp op, HostCalls &host) {
  Location loc = op.getLoc();
  Value state =
      arriveWith(op, op.getAddr(), host.orConstant(loc, op.getCount(), 1),
                 host.constant(loc, 0), host);
  return op.getRes() ? Results{state} : Results{};
}

FailureOr<Results> arriveExpect(NVVM::MBarrierArriveExpectTxOp op,
                                HostCalls &host) {
  Value state = arriveWith(op, op.getAddr(), host.constant(op.getLoc(), 1),
                           op.getTxcount(), host);
  return op.getRes() ? Results{state} : Results{};
}

void expect(NVVM::MBarrierExpectTxOp op, HostCalls &host) {
  arriveWith(op, op.getAddr(), host.constant(op.getLoc(), 0), op.getTxcount(),
             host);
}

void complete(NVVM::MBarrierCompleteTxOp op, HostCalls &host) {
  host.call(op, ATTN_SIM_FIELD(mbarrierComplete), {},
            {host.generic(op.getAddr()), op.getTxcount()});
}

/// A state, as arrive returns it, is the parity of its phase.
Value waitFor(Operation *op, Value barrier, Value stateOrPhase, bool test,
              HostCalls &host) {
  OpBuilder &b = host.builder;
  Location loc = op->getLoc();
  Value parity = stateOrPhase;
  if (parity.getType() != b.getI32Type())
    parity = LLVM::TruncOp::create(b, loc, b.getI32Type(), parity);
  Value done =
      host.call(op, ATTN_SIM_FIELD(mbarrierWait), b.getI32Type(),
                {host.generic(barrier), parity, host.constant(loc, test)});
  return LLVM::TruncOp::create(b, loc, b.getI1Type(), done);
}

Value tryWait(NVVM::MBarrierTryWaitOp op, HostCalls &host) {
  return waitFor(op, op.getAddr(), op.getStateOrPhase(), false, host);
}

Value testWait(NVVM::MBarrierTestWaitOp op, HostCalls &host) {
  return waitFor(op, op.getAddr(), op.getStateOrPhase(), true, host);
}

void tryWaitParity(NVVM::MBarrierTryWaitParityOp op, HostCalls &host) {
  waitFor(op, op.getAddr(), op.getPhase(), false, host);
}

void fence(Operation *op, AttnSimFence kind, HostCalls &host) {
  host.call(op, ATTN_SIM_FIELD(fence), {}, host.constant(op->getLoc(), kind));
}

void fenceInit(NVVM::FenceMbarrierInitOp op, HostCalls &host) {
  fence(op, ATTN_SIM_FENCE_MBARRIER_INIT, host);
}

/// Of shared memory only those of the asynchronous proxy say anything here.
void fenceProxy(NVVM::FenceProxyOp op, HostCalls &host) {
  bool async = op.getKind() == NVVM::ProxyKind::async ||
               op.getKind() == NVVM::ProxyKind::async_shared;
  fence(op, async ? ATTN_SIM_FENCE_PROXY_ASYNC : ATTN_SIM_FENCE_MEMORY, host);
}

void setMaxRegister(NVVM::SetMaxRegisterOp op, HostCalls &host) {
  Location loc = op.getLoc();
  bool increase = op.getAction() == NVVM::SetMaxRegisterAction::increase;
  host.call(
      op, ATTN_SIM_FIELD(setMaxRegisters), {},
      {host.constant(loc, op.getRegCount()), host.constant(loc, increase)});
}
} // namespace

void addBarrierRows(OpTable &table) {
  table.add<NVVM::Barrier0Op>(&barrier0);
  table.add<NVVM::BarrierOp>(&barrier);
  table.add<NVVM::BarrierArriveOp>(&barrierArrive);
  table.add<NVVM::MBarrierInitOp>(&init);
  table.add<NVVM::MBarrierInvalOp>(&invalidate);
  table.add<NVVM::MBarrierArriveOp>(&arrive);
  table.add<NVVM::MBarrierArriveExpectTxOp>(&arriveExpect);
  table.add<NVVM::MBarrierExpectTxOp>(&expect);
  table.add<NVVM::MBarrierCompleteTxOp>(&complete);
  table.add<NVVM::MBarrierTryWaitOp>(&tryWait);
  table.add<NVVM::MBarrierTestWaitOp>(&testWait);
  table.add<NVVM::MBarrierTryWaitParityOp>(&tryWaitParity);
  table.add<NVVM::FenceMbarrierInitOp>(&fenceInit);
  table.add<NVVM::FenceProxyOp>(&fenceProxy);
  table.add<NVVM::SetMaxRegisterOp>(&setMaxRegister);
}

} // namespace attn::sim
