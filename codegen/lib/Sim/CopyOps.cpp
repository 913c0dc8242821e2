//===- CopyOps.cpp - TMA and bulk copies ----------------------------------===//

#include "OpTable.h"

#include "attn/dialect/Nvvm/Nvvm.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;

namespace attn::sim {
namespace {
using Results = OpTable::Results;

/// A bit per axis that the attribute lists.
int64_t getAxes(Operation *op, StringRef attribute) {
  int64_t bits = 0;
  if (auto axes = op->getAttrOfType<DenseI32ArrayAttr>(attribute))
    for (int32_t axis : axes.asArrayRef())
      bits |= int64_t(1) << axis;
  return bits;
}

/// The axes on which the box may reach beyond the tensor, and begin there.
int64_t getMayLeave(Operation *op) {
  return getAxes(op, nvvm::kMayLeaveAttr) | getAxes(op, nvvm::kMayBeginAttr)
                                                << ATTN_SIM_MAY_BEGIN;
}

/// rank, the axes that may be left, then five coordinates.
void appendCoordinates(Operation *op, OperandRange coordinates,
                       SmallVectorImpl<Value> &arguments, HostCalls &host) {
  Location loc = op->getLoc();
  arguments.push_back(host.constant(loc, int64_t(coordinates.size())));
  arguments.push_back(host.constant(loc, getMayLeave(op)));
  for (unsigned i = 0; i < 5; ++i)
    arguments.push_back(i < coordinates.size() ? coordinates[i]
                                               : host.constant(loc, 0));
}

FailureOr<Results> loadTensor(NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp op,
                              HostCalls &host) {
  if (op.getMode() != NVVM::TMALoadMode::TILE || op.getMulticastMask() ||
      op.getGroup())
    return op.emitError("device sim knows tensor loads in mode tile without "
                        "multicast and CTA group only");
  SmallVector<Value> arguments = {host.generic(op.getDstMem()),
                                  host.generic(op.getTmaDescriptor()),
                                  host.generic(op.getMbar())};
  appendCoordinates(op, op.getCoordinates(), arguments, host);
  host.call(op, ATTN_SIM_FIELD(tensorLoad), {}, arguments);
  return Results{};
}

FailureOr<Results> storeTensor(NVVM::CpAsyncBulkTensorSharedCTAToGlobalOp op,
                               HostCalls &host) {
  if (op.getMode() != NVVM::TMAStoreMode::TILE)
    return op.emitError("device sim knows tensor stores in mode tile only");
  SmallVector<Value> arguments = {host.generic(op.getTmaDescriptor()),
                                  host.generic(op.getSrcMem())};
  appendCoordinates(op, op.getCoordinates(), arguments, host);
  host.call(op, ATTN_SIM_FIELD(tensorStore), {}, arguments);
  return Results{};
}

FailureOr<Results> loadBulk(NVVM::CpAsyncBulkGlobalToSharedClusterOp op,
                            HostCalls &host) {
  if (op.getMulticastMask())
    return op.emitError("device sim knows bulk copies without multicast only");
  host.call(op, ATTN_SIM_FIELD(bulkLoad), {},
            {host.generic(op.getDstMem()), host.generic(op.getSrcMem()),
             host.generic(op.getMbar()), op.getSize()});
  return Results{};
}

FailureOr<Results> storeBulk(NVVM::CpAsyncBulkSharedCTAToGlobalOp op,
                             HostCalls &host) {
  if (op.getByteMask())
    return op.emitError("device sim knows bulk copies without byte mask only");
  host.call(op, ATTN_SIM_FIELD(bulkStore), {},
            {host.generic(op.getDstMem()), host.generic(op.getSrcMem()),
             op.getSize()});
  return Results{};
}

void commit(NVVM::CpAsyncBulkCommitGroupOp op, HostCalls &host) {
  host.call(op, ATTN_SIM_FIELD(commitGroup), {},
            host.constant(op.getLoc(), ATTN_SIM_GROUP_BULK));
}

void wait(NVVM::CpAsyncBulkWaitGroupOp op, HostCalls &host) {
  Location loc = op.getLoc();
  bool readOnly = op.getRead().value_or(false);
  host.call(op, ATTN_SIM_FIELD(waitGroup), {},
            {host.constant(loc, readOnly ? ATTN_SIM_GROUP_BULK_READ
                                         : ATTN_SIM_GROUP_BULK),
             host.constant(loc, op.getGroup())});
}
} // namespace

void addCopyRows(OpTable &table) {
  table.add<NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp>(&loadTensor);
  table.add<NVVM::CpAsyncBulkTensorSharedCTAToGlobalOp>(&storeTensor);
  table.add<NVVM::CpAsyncBulkGlobalToSharedClusterOp>(&loadBulk);
  table.add<NVVM::CpAsyncBulkSharedCTAToGlobalOp>(&storeBulk);
  table.add<NVVM::CpAsyncBulkCommitGroupOp>(&commit);
  table.add<NVVM::CpAsyncBulkWaitGroupOp>(&wait);
  table.addNothing<NVVM::PrefetchOp>();
}

} // namespace attn::sim
