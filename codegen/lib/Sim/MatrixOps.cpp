//===- MatrixOps.cpp - wgmma ----------------------------------------------===//
//
// An accumulator is a struct of f32 in the IR and lies in a slot of the stack
// while the simulated tensor core works on it.
//
//===----------------------------------------------------------------------===//

#include "OpTable.h"

#include "attn/dialect/Nvvm/Nvvm.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;

namespace attn::sim {
namespace {
using Results = OpTable::Results;

/// One product, whichever op asks for it.
struct Product {
  Operation *op;
  int64_t n;
  int32_t format;
  Value accumulator;
  SmallVector<Value> fragment; ///< Empty: A is behind descriptorA.
  Value descriptorA, descriptorB;
  bool clear;
};

/// Puts the accumulator into the slot, if it is not there already.
void fillSlot(const Product &p, Value slot, HostCalls &host) {
  Operation *origin = p.accumulator.getDefiningOp();
  bool isUndefined = isa_and_nonnull<LLVM::UndefOp, LLVM::PoisonOp>(origin);
  if (p.clear || isUndefined || host.heldBy.lookup(p.accumulator) == slot)
    return;
  LLVM::StoreOp::create(host.builder, p.op->getLoc(), p.accumulator, slot);
}

/// The fragment in memory; null where A is in shared memory.
Value storeFragment(const Product &p, HostCalls &host) {
  OpBuilder &b = host.builder;
  Location loc = p.op->getLoc();
  auto pointer = LLVM::LLVMPointerType::get(b.getContext());
  if (p.fragment.empty())
    return LLVM::ZeroOp::create(b, loc, pointer);
  Value slot = host.slot("fragment", 16);
  for (auto [i, part] : llvm::enumerate(p.fragment)) {
    Value address = LLVM::GEPOp::create(
        b, loc, pointer, b.getI32Type(), slot,
        ArrayRef<LLVM::GEPArg>{LLVM::GEPArg(int32_t(i))});
    LLVM::StoreOp::create(b, loc, part, address);
  }
  return slot;
}

Value emit(const Product &p, HostCalls &host) {
  OpBuilder &b = host.builder;
  Location loc = p.op->getLoc();
  Value slot = host.slot("accumulator" + std::to_string(p.n),
                         ATTN_SIM_ACCUMULATOR_FLOATS(p.n) * 4);
  fillSlot(p, slot, host);
  Value fragment = storeFragment(p, host);
  Value none = p.descriptorA ? p.descriptorA : host.constant(loc, 0, 64);
  host.call(p.op, ATTN_SIM_FIELD(wgmma), {},
            {host.constant(loc, p.n), host.constant(loc, p.format), slot,
             fragment, none, p.descriptorB, host.constant(loc, !p.clear)});
  Value result =
      LLVM::LoadOp::create(b, loc, p.accumulator.getType(), slot);
  // The slot now holds the result and nothing else.
  for (auto &[value, place] : host.heldBy)
    if (place == slot)
      place = Value();
  host.heldBy[result] = slot;
  return result;
}

FailureOr<Results> multiply(NVVM::WgmmaMmaAsyncOp op, HostCalls &host) {
  using NVVM::WGMMATypes;
  bool isBf16 = op.getTypeA() == WGMMATypes::bf16;
  if ((!isBf16 && op.getTypeA() != WGMMATypes::f16) ||
      op.getTypeB() != op.getTypeA() || op.getTypeD() != WGMMATypes::f32)
    return op.emitError("device sim knows wgmma of f16 or bf16 with f32 "
                        "accumulators only");
  Product p{op, op.getShape().getN(), 0, op.getInouts(), {}, {}, {}, false};
  p.descriptorA = op.getDescriptorA();
  p.descriptorB = op.getDescriptorB();
  p.clear = op.getScaleD() == NVVM::WGMMAScaleOut::zero;
  auto flag = [&](bool condition, int32_t bit) {
    p.format |= condition ? bit : 0;
  };
  flag(isBf16, ATTN_SIM_WGMMA_BF16);
  // In this op `row` is K-major for A and MN-major for B.
  flag(op.getLayoutA() == NVVM::MMALayout::col, ATTN_SIM_WGMMA_A_MN);
  flag(op.getLayoutB() == NVVM::MMALayout::row, ATTN_SIM_WGMMA_B_MN);
  flag(op.getScaleA() == NVVM::WGMMAScaleIn::neg, ATTN_SIM_WGMMA_A_NEGATE);
  flag(op.getScaleB() == NVVM::WGMMAScaleIn::neg, ATTN_SIM_WGMMA_B_NEGATE);
  return Results{emit(p, host)};
}

Value multiplyFragment(nvvm::WgmmaRaOp op, HostCalls &host) {
  Product p{op, op.getN(), 0, op.getAcc(), {}, {}, op.getDescB(), false};
  p.fragment = {op.getA0(), op.getA1(), op.getA2(), op.getA3()};
  if (op.getElement().isBF16())
    p.format |= ATTN_SIM_WGMMA_BF16;
  if (op.getTransposed())
    p.format |= ATTN_SIM_WGMMA_B_MN;
  return emit(p, host);
}

void callFence(Operation *op, HostCalls &host) {
  host.call(op, ATTN_SIM_FIELD(fence), {},
            host.constant(op->getLoc(), ATTN_SIM_FENCE_WGMMA));
}

void callWait(Operation *op, int64_t pending, HostCalls &host) {
  Location loc = op->getLoc();
  host.call(op, ATTN_SIM_FIELD(waitGroup), {},
            {host.constant(loc, ATTN_SIM_GROUP_WGMMA),
             host.constant(loc, pending)});
}

void fence(NVVM::WgmmaFenceAlignedOp op, HostCalls &host) {
  callFence(op, host);
}

FailureOr<Results> fenceTied(nvvm::WgmmaFenceOp op, HostCalls &host) {
  callFence(op, host);
  return Results(op->getOperands());
}

void commit(NVVM::WgmmaGroupSyncAlignedOp op, HostCalls &host) {
  host.call(op, ATTN_SIM_FIELD(commitGroup), {},
            host.constant(op.getLoc(), ATTN_SIM_GROUP_WGMMA));
}

void wait(NVVM::WgmmaWaitGroupSyncOp op, HostCalls &host) {
  callWait(op, op.getGroup(), host);
}

FailureOr<Results> waitTied(nvvm::WgmmaWaitOp op, HostCalls &host) {
  callWait(op, op.getPending(), host);
  return Results(op.getAccs());
}
} // namespace

void addMatrixRows(OpTable &table) {
  table.add<NVVM::WgmmaMmaAsyncOp>(&multiply);
  table.add<nvvm::WgmmaRaOp>(&multiplyFragment);
  table.add<NVVM::WgmmaFenceAlignedOp>(&fence);
  table.add<nvvm::WgmmaFenceOp>(&fenceTied);
  table.add<NVVM::WgmmaGroupSyncAlignedOp>(&commit);
  table.add<NVVM::WgmmaWaitGroupSyncOp>(&wait);
  table.add<nvvm::WgmmaWaitOp>(&waitTied);
}

} // namespace attn::sim
