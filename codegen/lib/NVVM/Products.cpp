//===- Products.cpp - wgmma of a forward kernel ---------------------------===//

#include "Products.h"
#include "Rings.h"

#include "attn/dialect/Nvvm/Nvvm.h"

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;

namespace {

// Fields of a shared memory descriptor (PTX ISA, "Matrix descriptor"). Upper
// word: 128-byte swizzle, 8 rows of 128 bytes follow each other at 1024 bytes.
// Lower word: the address, and from bit 16 on the leading offset, both in units
// of 16 bytes. Shared memory is a window of 256 KiB: what lies above in the
// address of its begin is dropped, sums inside of it need no mask.
constexpr int64_t kUnit = 16;
constexpr int64_t kUpperWord = (int64_t(1) << 30) | (1024 / kUnit);

/// Shared memory from byte `at` on, in units.
Value getUnits(Cta &cta, int64_t at) {
  KernelBuilder &kb = cta.kb;
  Value base = LLVM::PtrToIntOp::create(kb.b, kb.loc, kb.i32(), cta.shared);
  return kb.add(kb.bitAnd(kb.lshr(base, 4), 0x3fff), at / kUnit);
}

int64_t getLeadingOffset(int64_t bytes) { return bytes / kUnit << 16; }

/// Steps from a descriptor shall be additions of 64 bits, an instruction each.
/// Pinned, so that LLVM does not make two of 32 bits out of them; and with an
/// upper word that ptxas does not know to be constant (no warpgroup has a
/// number with the last bit), else it makes the constant again for every step.
Value getDescriptor(Cta &cta, Value lower) {
  KernelBuilder &kb = cta.kb;
  Value upper = kb.bitOr(kb.lshr(cta.warpgroup, 20), kb.c32(kUpperWord));
  auto widen = [&](Value word) {
    return LLVM::ZExtOp::create(kb.b, kb.loc, kb.i64(), word);
  };
  Value whole = kb.bitOr(kb.shl(widen(upper), 32), widen(lower));
  return attn::nvvm::PinOp::create(kb.b, kb.loc, whole);
}

/// Descriptor of the stage at hand.
Value getStageDescriptor(Cta &cta, sched::BufferOp buffer, Position at,
                         int64_t leadingBytes) {
  KernelBuilder &kb = cta.kb;
  Value lower =
      kb.add(getUnits(cta, buffer.getAt()), getLeadingOffset(leadingBytes));
  if (at.stage)
    lower = kb.add(lower, kb.mul(at.stage, buffer.getStageBytes() / kUnit));
  return getDescriptor(cta, lower);
}

/// Descriptor of the rows of consumer `consumer`: the same for every tile, and
/// held. The steps from it are not: it is pinned where the product is.
Value getQueryDescriptor(Cta &cta, sched::BufferOp q, Value consumer) {
  KernelBuilder &kb = cta.kb;
  Value first = kb.add(getUnits(cta, q.getAt()), getLeadingOffset(kUnit));
  return getDescriptor(cta, kb.add(first, kb.mul(consumer, 64 * 128 / kUnit)));
}

void commit(KernelBuilder &kb) {
  NVVM::WgmmaGroupSyncAlignedOp::create(kb.b, kb.loc);
}

} // namespace

Value attn::nvptx::emitLogits(Cta &cta, sched::BufferOp q, sched::BufferOp k,
                              Position at, Value consumer) {
  KernelBuilder &kb = cta.kb;
  Value a = getQueryDescriptor(cta, q, consumer);
  Value b = getStageDescriptor(cta, k, at, kUnit);
  int64_t n = k.getRows();
  Type type = kb.accumulator(n / 2);
  Value acc = LLVM::UndefOp::create(kb.b, kb.loc, type);
  auto shape = NVVM::MMAShapeAttr::get(kb.b.getContext(), 64, n, 16);
  auto in =
      cta.element().isBF16() ? NVVM::WGMMATypes::bf16 : NVVM::WGMMATypes::f16;
  NVVM::WgmmaFenceAlignedOp::create(kb.b, kb.loc);
  for (int64_t step = 0, e = llvm::divideCeil(cta.headSize(), 16); step < e;
       ++step) {
    int64_t block = step / 4, inside = step % 4 * 32;
    Value da = kb.add(a, (block * q.getRows() * 128 + inside) / kUnit);
    Value db = kb.add(b, (block * k.getRows() * 128 + inside) / kUnit);
    acc = NVVM::WgmmaMmaAsyncOp::create(
        kb.b, kb.loc, type, acc, da, db, shape, in, in, NVVM::WGMMATypes::f32,
        step == 0 ? NVVM::WGMMAScaleOut::zero : NVVM::WGMMAScaleOut::one,
        NVVM::WGMMAScaleIn::one, NVVM::WGMMAScaleIn::one, NVVM::MMALayout::row,
        NVVM::MMALayout::col, NVVM::MMAIntOverflowAttr());
  }
  commit(kb);
  return acc;
}

Value attn::nvptx::emitAccumulate(Cta &cta, Value acc,
                                  SmallVectorImpl<Value> &p, sched::BufferOp v,
                                  Position at) {
  KernelBuilder &kb = cta.kb;
  SmallVector<Type> types{acc.getType()};
  types.append(p.size(), kb.i32());
  auto fence = attn::nvvm::WgmmaFenceOp::create(kb.b, kb.loc, types, acc, p);
  acc = fence.getResult(0);
  p.assign(fence.result_begin() + 1, fence.result_end());
  int64_t columnBlock = v.getRows() * 128;
  Value b = getStageDescriptor(cta, v, at, columnBlock);
  int64_t n = cast<LLVM::LLVMStructType>(acc.getType()).getBody().size() * 2;
  for (int64_t step = 0, e = v.getRows() / 16; step < e; ++step) {
    Value db = kb.add(b, step * 16 * 128 / kUnit);
    acc = attn::nvvm::WgmmaRaOp::create(
        kb.b, kb.loc, acc.getType(), p[4 * step], p[4 * step + 1],
        p[4 * step + 2], p[4 * step + 3], db, acc, n, cta.element(),
        /*transposed=*/true);
  }
  commit(kb);
  return acc;
}

SmallVector<Value> attn::nvptx::emitSettle(Cta &cta, int64_t pending,
                                           ArrayRef<Value> accs,
                                           ArrayRef<Value> kept) {
  auto wait = attn::nvvm::WgmmaWaitOp::create(
      cta.kb.b, cta.kb.loc, TypeRange(ValueRange(accs)),
      cta.kb.b.getI32IntegerAttr(pending), accs, kept);
  return SmallVector<Value>(wait.getResults());
}
