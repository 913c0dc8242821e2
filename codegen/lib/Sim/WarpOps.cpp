//===- WarpOps.cpp - shfl, vote, elect, bar.warp --------------------------===//

#include "OpTable.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;

namespace attn::sim {
namespace {
int32_t numberOf(NVVM::ShflKind kind) {
  switch (kind) {
  case NVVM::ShflKind::bfly:
    return ATTN_SIM_SHUFFLE_BFLY;
  case NVVM::ShflKind::up:
    return ATTN_SIM_SHUFFLE_UP;
  case NVVM::ShflKind::down:
    return ATTN_SIM_SHUFFLE_DOWN;
  case NVVM::ShflKind::idx:
    return ATTN_SIM_SHUFFLE_INDEX;
  }
  return ATTN_SIM_SHUFFLE_INDEX;
}

Value shuffle(NVVM::ShflOp op, HostCalls &host) {
  OpBuilder &b = host.builder;
  Location loc = op.getLoc();
  Type i32 = b.getI32Type(), type = op.getVal().getType();
  Value value = op.getVal();
  if (type != i32)
    value = LLVM::BitcastOp::create(b, loc, i32, value);
  Value both =
      host.call(op, ATTN_SIM_FIELD(shuffle), b.getI64Type(),
                {host.constant(loc, numberOf(op.getKind())), op.getThreadMask(),
                 value, op.getOffset(), op.getMaskAndClamp()});
  Value result = LLVM::TruncOp::create(b, loc, i32, both);
  if (type != i32)
    result = LLVM::BitcastOp::create(b, loc, type, result);
  if (!op.getReturnValueAndIsValid().value_or(false))
    return result;
  Value high = LLVM::LShrOp::create(b, loc, both, host.constant(loc, 32, 64));
  Value valid = LLVM::TruncOp::create(b, loc, b.getI1Type(), high);
  Value pair = LLVM::PoisonOp::create(b, loc, op.getRes().getType());
  pair =
      LLVM::InsertValueOp::create(b, loc, pair, result, ArrayRef<int64_t>{0});
  return LLVM::InsertValueOp::create(b, loc, pair, valid, ArrayRef<int64_t>{1});
}

int32_t numberOf(NVVM::VoteSyncKind kind) {
  switch (kind) {
  case NVVM::VoteSyncKind::all:
    return ATTN_SIM_VOTE_ALL;
  case NVVM::VoteSyncKind::any:
    return ATTN_SIM_VOTE_ANY;
  case NVVM::VoteSyncKind::uni:
    return ATTN_SIM_VOTE_UNIFORM;
  case NVVM::VoteSyncKind::ballot:
    return ATTN_SIM_VOTE_BALLOT;
  }
  return ATTN_SIM_VOTE_BALLOT;
}

Value vote(NVVM::VoteSyncOp op, HostCalls &host) {
  OpBuilder &b = host.builder;
  Location loc = op.getLoc();
  Value predicate = LLVM::ZExtOp::create(b, loc, b.getI32Type(), op.getPred());
  Value result = host.call(
      op, ATTN_SIM_FIELD(vote), b.getI32Type(),
      {host.constant(loc, numberOf(op.getKind())), op.getMask(), predicate});
  if (op.getRes().getType() == b.getI32Type())
    return result;
  return LLVM::TruncOp::create(b, loc, op.getRes().getType(), result);
}

Value elect(NVVM::ElectSyncOp op, HostCalls &host) {
  OpBuilder &b = host.builder;
  Value leads = host.call(op, ATTN_SIM_FIELD(elect), b.getI32Type(),
                          host.orConstant(op.getLoc(), op.getMembermask(), -1));
  return LLVM::TruncOp::create(b, op.getLoc(), b.getI1Type(), leads);
}

void syncWarp(NVVM::SyncWarpOp op, HostCalls &host) {
  host.call(op, ATTN_SIM_FIELD(warpBarrier), {}, op.getMask());
}
} // namespace

void addWarpRows(OpTable &table) {
  table.add<NVVM::ShflOp>(&shuffle);
  table.add<NVVM::VoteSyncOp>(&vote);
  table.add<NVVM::ElectSyncOp>(&elect);
  table.add<NVVM::SyncWarpOp>(&syncWarp);
}

} // namespace attn::sim
