//===- BlockCounts.cpp - How often a warp enters a block ------------------===//

#include "BlockCounts.h"

#include "attn/dialect/Nvvm/Nvvm.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;

namespace attn::sim {
namespace {

bool isExp2(Operation *op) {
  if (auto call = dyn_cast<LLVM::CallIntrinsicOp>(op))
    return call.getIntrin().starts_with("llvm.nvvm.ex2.");
  return isa<nvvm::Ex2Op, LLVM::Exp2Op>(op);
}

bool isSpecial(Operation *op) {
  if (auto call = dyn_cast<LLVM::CallIntrinsicOp>(op))
    return isa<FloatType>(call.getResult(0).getType());
  return isa<NVVM::RcpApproxFtzF32Op, LLVM::SqrtOp, LLVM::FDivOp>(op);
}

bool isConversion(Operation *op) {
  return isa<LLVM::FPTruncOp, LLVM::FPExtOp, LLVM::SIToFPOp, LLVM::UIToFPOp,
             LLVM::FPToSIOp, LLVM::FPToUIOp, NVVM::ConvertF32x2ToBF16x2Op,
             NVVM::ConvertF32x2ToF16x2Op>(op);
}

/// No instruction: names for what is in registers.
bool isFree(Operation *op) {
  return isa<LLVM::ConstantOp, LLVM::UndefOp, LLVM::PoisonOp, LLVM::ZeroOp,
             LLVM::InsertValueOp, LLVM::ExtractValueOp, LLVM::InsertElementOp,
             LLVM::ExtractElementOp, LLVM::BitcastOp, LLVM::AddrSpaceCastOp,
             LLVM::PtrToIntOp, LLVM::IntToPtrOp, LLVM::AddressOfOp,
             nvvm::AnchorOp, nvvm::PinOp, nvvm::TallyOp>(op);
}

bool isMatrix(Operation *op) {
  return isa<NVVM::WgmmaMmaAsyncOp, NVVM::WgmmaFenceAlignedOp,
             NVVM::WgmmaGroupSyncAlignedOp, NVVM::WgmmaWaitGroupSyncOp,
             nvvm::WgmmaRaOp, nvvm::WgmmaFenceOp, nvvm::WgmmaWaitOp>(op);
}

bool isCopy(Operation *op) {
  return isa<NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp,
             NVVM::CpAsyncBulkTensorSharedCTAToGlobalOp,
             NVVM::CpAsyncBulkGlobalToSharedClusterOp,
             NVVM::CpAsyncBulkSharedCTAToGlobalOp,
             NVVM::CpAsyncBulkCommitGroupOp, NVVM::CpAsyncBulkWaitGroupOp>(op);
}

bool isBarrier(Operation *op) {
  StringRef name = op->getName().getStringRef();
  return name.starts_with("nvvm.mbarrier.") ||
         name.starts_with("nvvm.barrier") || name.starts_with("nvvm.fence.");
}

/// The class of an op, or ATTN_SIM_CLASSES for none.
AttnSimClass getClass(Operation *op) {
  if (isFree(op))
    return ATTN_SIM_CLASSES;
  if (isExp2(op))
    return ATTN_SIM_CLASS_EXP2;
  if (isSpecial(op))
    return ATTN_SIM_CLASS_SPECIAL;
  if (isConversion(op))
    return ATTN_SIM_CLASS_CONVERT;
  if (isMatrix(op))
    return ATTN_SIM_CLASS_MATRIX;
  if (isCopy(op))
    return ATTN_SIM_CLASS_COPY;
  if (isBarrier(op))
    return ATTN_SIM_CLASS_BARRIER;
  if (isa<NVVM::ShflOp, NVVM::VoteSyncOp, NVVM::ElectSyncOp, NVVM::SyncWarpOp>(
          op))
    return ATTN_SIM_CLASS_WARP;
  if (isa<LLVM::LoadOp, LLVM::StoreOp, LLVM::AtomicRMWOp,
          LLVM::AtomicCmpXchgOp>(op))
    return ATTN_SIM_CLASS_MEMORY;
  if (op->hasTrait<OpTrait::IsTerminator>() || isa<LLVM::CallOp>(op))
    return ATTN_SIM_CLASS_CONTROL;
  if (!isa<LLVM::LLVMDialect>(op->getDialect()) || op->getNumResults() != 1)
    return ATTN_SIM_CLASS_OTHER;
  Type type = op->getOperand(op->getNumOperands() - 1).getType();
  return isa<FloatType>(getElementTypeOrSelf(type)) ? ATTN_SIM_CLASS_FLOAT
                                                    : ATTN_SIM_CLASS_INTEGER;
}

} // namespace

void BlockCounts::addBlocks(LLVM::LLVMFuncOp function) {
  taken.clear();
  for (Block &block : function.getBody()) {
    taken.push_back({&block, int32_t(rows.size())});
    Row row = {};
    for (Operation &op : block)
      if (AttnSimClass found = getClass(&op); found != ATTN_SIM_CLASSES)
        ++row[found];
    rows.push_back(row);
  }
}

void BlockCounts::emitCounters(HostCalls &host) {
  for (auto [block, number] : taken) {
    host.builder.setInsertionPointToStart(block);
    host.countBlock(block->getParentOp()->getLoc(), number);
  }
  taken.clear();
}

std::vector<int32_t> BlockCounts::getTable() const {
  std::vector<int32_t> table;
  for (const Row &row : rows)
    table.insert(table.end(), row.begin(), row.end());
  return table;
}

} // namespace attn::sim
