//===- SpecialRegisters.cpp - Who am I ------------------------------------===//

#include "OpTable.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;

namespace attn::sim {
namespace {
template <typename OpT, size_t kOffset>
Value readThread(OpT op, HostCalls &host) {
  return host.readThread(op.getLoc(), kOffset);
}

template <typename OpT, size_t kOffset>
Value readHost(OpT op, HostCalls &host) {
  return host.readHost(op.getLoc(), kOffset);
}

Value warpSize(NVVM::WarpSizeOp op, HostCalls &host) {
  return host.constant(op.getLoc(), 32);
}

template <typename X, typename Y, typename Z, size_t kOffset>
void addHostRows(OpTable &table) {
  table.add<X>(&readHost<X, kOffset>);
  table.add<Y>(&readHost<Y, kOffset + 4>);
  table.add<Z>(&readHost<Z, kOffset + 8>);
}
} // namespace

void addRegisterRows(OpTable &table) {
  using namespace NVVM;
  constexpr size_t kTid = offsetof(AttnSimThread, tid);
  table.add<ThreadIdXOp>(&readThread<ThreadIdXOp, kTid>);
  table.add<ThreadIdYOp>(&readThread<ThreadIdYOp, kTid + 4>);
  table.add<ThreadIdZOp>(&readThread<ThreadIdZOp, kTid + 8>);
  table.add<LaneIdOp>(&readThread<LaneIdOp, offsetof(AttnSimThread, lane)>);
  table.add<WarpIdOp>(&readThread<WarpIdOp, offsetof(AttnSimThread, warp)>);
  table.add<WarpSizeOp>(&warpSize);
  addHostRows<BlockIdXOp, BlockIdYOp, BlockIdZOp, ATTN_SIM_FIELD(ctaid)>(table);
  addHostRows<BlockDimXOp, BlockDimYOp, BlockDimZOp, ATTN_SIM_FIELD(ntid)>(
      table);
  addHostRows<GridDimXOp, GridDimYOp, GridDimZOp, ATTN_SIM_FIELD(nctaid)>(
      table);
}

} // namespace attn::sim
