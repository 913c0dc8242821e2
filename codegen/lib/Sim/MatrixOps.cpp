//===- MatrixOps.cpp - wgmma ----------------------------------------------===//
//
// An accumulator is a struct of f32 in the IR and lies in a slot of the stack
// while the simulated tensor core works on it.
//
//===----------------------------------------------------------------------===//

#include "Accumulators.h"
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
};

/// Most products of one call; a D of 256 has 16.
constexpr int32_t kLongestChain = 32;

void storeAt(Value value, Value products, size_t offset, HostCalls &host) {
  OpBuilder &b = host.builder;
  Location loc = value.getLoc();
  Value address = LLVM::GEPOp::create(
      b, loc, products.getType(), b.getI8Type(), products,
      ArrayRef<LLVM::GEPArg>{LLVM::GEPArg(int32_t(offset))});
  LLVM::StoreOp::create(b, loc, value, address);
}

/// Writes product number `index` of a chain.
void storeProduct(const Product &p, Value products, int32_t index,
                  HostCalls &host) {
  Location loc = p.op->getLoc();
  size_t base = size_t(index) * sizeof(AttnSimProduct);
  for (auto [i, part] : llvm::enumerate(p.fragment))
    storeAt(part, products, base + offsetof(AttnSimProduct, a) + 4 * i, host);
  Value a = p.descriptorA ? p.descriptorA : host.constant(loc, 0, 64);
  storeAt(a, products, base + offsetof(AttnSimProduct, descriptorA), host);
  storeAt(p.descriptorB, products, base + offsetof(AttnSimProduct, descriptorB),
          host);
  storeAt(host.constant(loc, host.siteOf(p.op)), products,
          base + offsetof(AttnSimProduct, site), host);
  storeAt(host.constant(loc, p.format), products,
          base + offsetof(AttnSimProduct, format), host);
}

/// Whether `p` adds to what the open chain made and nothing else happens
/// between: then the threads of a warpgroup need not meet again.
bool continues(const Product &p, ProductChain chain) {
  if (!chain.load || p.accumulator != chain.load.getResult() ||
      !p.accumulator.hasOneUse() || chain.length == kLongestChain ||
      chain.load->getBlock() != p.op->getBlock())
    return false;
  for (Operation *op = chain.load->getNextNode(); op != p.op;
       op = op->getNextNode())
    if (!isMemoryEffectFree(op))
      return false;
  return true;
}

void fillSlot(const Product &p, Value slot, HostCalls &host) {
  Operation *origin = p.accumulator.getDefiningOp();
  if (!(p.format & ATTN_SIM_WGMMA_CLEAR) &&
      !isa_and_nonnull<LLVM::UndefOp, LLVM::PoisonOp>(origin))
    LLVM::StoreOp::create(host.builder, p.op->getLoc(), p.accumulator, slot);
}

Value emit(const Product &p, HostCalls &host) {
  OpBuilder &b = host.builder;
  Location loc = p.op->getLoc();
  ProductChain &chain = host.chain;
  Value slot = host.slot("accumulator" + std::to_string(p.n),
                         ATTN_SIM_ACCUMULATOR_FLOATS(p.n) * 4);
  Value products =
      host.slot("products", kLongestChain * sizeof(AttnSimProduct));
  ProductChain before;
  if (continues(p, chain))
    before = chain;
  else
    fillSlot(p, slot, host);
  storeProduct(p, products, before.length, host);
  chain.length = before.length + 1;
  chain.call = host.callDirect(loc, ATTN_SIM_FIELD(wgmma),
                               {host.constant(loc, p.n), slot, products,
                                host.constant(loc, chain.length)});
  chain.load = LLVM::LoadOp::create(b, loc, p.accumulator.getType(), slot);
  if (before.load) {
    before.load.getResult().replaceAllUsesWith(
        LLVM::UndefOp::create(b, loc, p.accumulator.getType()));
    before.load.erase();
    before.call.erase();
  }
  return chain.load;
}

FailureOr<Results> multiply(NVVM::WgmmaMmaAsyncOp op, HostCalls &host) {
  using NVVM::WGMMATypes;
  bool isBf16 = op.getTypeA() == WGMMATypes::bf16;
  if ((!isBf16 && op.getTypeA() != WGMMATypes::f16) ||
      op.getTypeB() != op.getTypeA() || op.getTypeD() != WGMMATypes::f32)
    return op.emitError("device sim knows wgmma of f16 or bf16 with f32 "
                        "accumulators only");
  Product p{op,
            op.getShape().getN(),
            0,
            op.getInouts(),
            {},
            op.getDescriptorA(),
            op.getDescriptorB()};
  auto flag = [&](bool condition, int32_t bit) {
    p.format |= condition ? bit : 0;
  };
  flag(isBf16, ATTN_SIM_WGMMA_BF16);
  flag(op.getScaleD() == NVVM::WGMMAScaleOut::zero, ATTN_SIM_WGMMA_CLEAR);
  // In this op `row` is K-major for A and MN-major for B.
  flag(op.getLayoutA() == NVVM::MMALayout::col, ATTN_SIM_WGMMA_A_MN);
  flag(op.getLayoutB() == NVVM::MMALayout::row, ATTN_SIM_WGMMA_B_MN);
  flag(op.getScaleA() == NVVM::WGMMAScaleIn::neg, ATTN_SIM_WGMMA_A_NEGATE);
  flag(op.getScaleB() == NVVM::WGMMAScaleIn::neg, ATTN_SIM_WGMMA_B_NEGATE);
  return Results{emit(p, host)};
}

Value multiplyFragment(nvvm::WgmmaRaOp op, HostCalls &host) {
  Product p{op, op.getN(),    ATTN_SIM_WGMMA_A_FRAGMENT, op.getAcc(), {},
            {}, op.getDescB()};
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
  host.call(
      op, ATTN_SIM_FIELD(waitGroup), {},
      {host.constant(loc, ATTN_SIM_GROUP_WGMMA), host.constant(loc, pending)});
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

/// Strict mode: says which A registers the wait keeps.
void callKeep(nvvm::WgmmaWaitOp op, HostCalls &host) {
  Location loc = op.getLoc();
  size_t count = op.getKept().size();
  Value slot = host.slot("kept" + std::to_string(count),
                         int64_t(std::max(count, size_t(1)) * 4));
  for (auto [i, value] : llvm::enumerate(op.getKept()))
    storeAt(value, slot, 4 * i, host);
  host.call(op, ATTN_SIM_FIELD(wgmmaKeep), {},
            {slot, host.constant(loc, int64_t(count))});
}

FailureOr<Results> waitTied(nvvm::WgmmaWaitOp op, HostCalls &host) {
  callWait(op, op.getPending(), host);
  if (!host.strict)
    return Results(op.getAccs());
  callKeep(op, host);
  Results results;
  for (auto [i, accumulator] : llvm::enumerate(op.getAccs()))
    results.push_back(giveAccumulator(op, accumulator, unsigned(i), host));
  return results;
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
