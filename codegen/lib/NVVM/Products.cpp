//===- Products.cpp - wgmma of a forward kernel ---------------------------===//

#include "Products.h"
#include "Rings.h"

#include "attn/dialect/Nvvm/Nvvm.h"

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;

namespace {

// Fields of a shared memory descriptor (PTX ISA, "Matrix descriptor"): bytes
// are divided by 16; 8 rows of 128 bytes follow each other at 1024 bytes.
constexpr int64_t kSwizzle128 = int64_t(1) << 62;
constexpr int64_t kEightRows = int64_t(1024 / 16) << 32;

int64_t leadingOffset(int64_t bytes) { return (bytes / 16) << 16; }

/// Descriptor of the tile at `address` without its constant fields.
Value getAddressField(KernelBuilder &kb, Value address) {
  Value bits = LLVM::PtrToIntOp::create(kb.b, kb.loc, kb.i32(), address);
  Value field = kb.bitAnd(kb.lshr(bits, 4), 0x3fff);
  return LLVM::ZExtOp::create(kb.b, kb.loc, kb.i64(), field);
}

Value getDescriptor(KernelBuilder &kb, Value address, int64_t fields) {
  return kb.bitOr(getAddressField(kb, address), kb.c64(fields));
}

void commit(KernelBuilder &kb) {
  NVVM::WgmmaGroupSyncAlignedOp::create(kb.b, kb.loc);
}

} // namespace

Value attn::nvptx::emitLogits(Cta &cta, sched::BufferOp q, sched::BufferOp k,
                              Position at, Value consumer) {
  KernelBuilder &kb = cta.kb;
  int64_t fields = kSwizzle128 | kEightRows | leadingOffset(16);
  // Descriptors of Q stay the same, but not in registers: pinned, they are made
  // again for every tile.
  Value here = attn::nvvm::PinOp::create(kb.b, kb.loc, consumer);
  Value rows = kb.at(getStage(cta, q, {}), kb.mul(here, 64 * 128));
  Value a = getDescriptor(kb, rows, fields);
  Value b = getDescriptor(kb, getStage(cta, k, at), fields);
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
    Value da = kb.add(a, (block * q.getRows() * 128 + inside) >> 4);
    Value db = kb.add(b, (block * k.getRows() * 128 + inside) >> 4);
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
  Value b =
      getDescriptor(kb, getStage(cta, v, at),
                    kSwizzle128 | kEightRows | leadingOffset(columnBlock));
  int64_t n = cast<LLVM::LLVMStructType>(acc.getType()).getBody().size() * 2;
  for (int64_t step = 0, e = v.getRows() / 16; step < e; ++step) {
    Value db = kb.add(b, step * 16 * 128 / 16);
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
