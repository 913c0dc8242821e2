//===- Rings.cpp - Barriers and TMA loads ---------------------------------===//

#include "Rings.h"

#include "attn/dialect/Nvvm/Nvvm.h"

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;

namespace {

Value getBarrier(Cta &cta, int64_t first, Position at) {
  KernelBuilder &kb = cta.kb;
  Value base = kb.at(cta.getShared(), first);
  return at.stage ? kb.at(base, kb.shl(at.stage, 3)) : base;
}

void initBarriers(Cta &cta, int64_t first, int64_t count, int64_t arrivals) {
  KernelBuilder &kb = cta.kb;
  for (int64_t i = 0; i < count; ++i)
    NVVM::MBarrierInitOp::create(kb.b, kb.loc, kb.at(cta.shared, first + 8 * i),
                                 kb.c32(arrivals), Value());
}

} // namespace

void attn::nvptx::emitBarrierInit(Cta &cta) {
  KernelBuilder &kb = cta.kb;
  kb.when(kb.eq(cta.thread, kb.c32(0)), [&] {
    for (auto buffer : cta.op.getPlan().getOps<sched::BufferOp>()) {
      int64_t first = buffer.getBarriers(), stages = buffer.getStages();
      initBarriers(cta, first, stages, buffer.getFullArrivals());
      if (buffer.getEmptyArrivals())
        initBarriers(cta, first + 8 * stages, stages,
                     buffer.getEmptyArrivals());
    }
    NVVM::FenceMbarrierInitOp::create(kb.b, kb.loc);
  });
  NVVM::Barrier0Op::create(kb.b, kb.loc);
}

Value attn::nvptx::getFullBarrier(Cta &cta, sched::BufferOp buffer,
                                  Position at) {
  return getBarrier(cta, buffer.getBarriers(), at);
}

Value attn::nvptx::getEmptyBarrier(Cta &cta, sched::BufferOp buffer,
                                   Position at) {
  return getBarrier(cta, buffer.getBarriers() + 8 * buffer.getStages(), at);
}

Value attn::nvptx::getStage(Cta &cta, sched::BufferOp buffer, Position at) {
  KernelBuilder &kb = cta.kb;
  Value base = kb.at(cta.getShared(), buffer.getAt());
  if (!at.stage)
    return base;
  return kb.at(base, kb.mul(at.stage, buffer.getStageBytes()));
}

void attn::nvptx::emitWait(Cta &cta, Value barrier, Value phase) {
  KernelBuilder &kb = cta.kb;
  Block *behind = kb.block();
  Block *spin = kb.block();
  kb.br(spin);
  kb.enter(spin);
  Value done = NVVM::MBarrierTryWaitOp::create(kb.b, kb.loc, kb.i1(), barrier,
                                               phase, Value());
  kb.condBr(done, behind, {}, spin, {});
  kb.enter(behind);
}

Position attn::nvptx::advance(Cta &cta, sched::BufferOp buffer, Position at) {
  KernelBuilder &kb = cta.kb;
  if (!at.stage)
    return {Value(), kb.bitXor(at.phase, kb.c32(1))};
  Value stage = kb.add(at.stage, 1);
  Value wraps = kb.eq(stage, kb.c32(buffer.getStages()));
  return {kb.select(wraps, kb.c32(0), stage),
          kb.select(wraps, kb.bitXor(at.phase, kb.c32(1)), at.phase)};
}

void attn::nvptx::emitTmaLoad(Cta &cta, sched::BufferOp buffer, Position at,
                              const TileSource &source) {
  KernelBuilder &kb = cta.kb;
  Value map = cta.args.tensorMap(kb, source.tensor,
                                 buffer.getRows() / source.heads, source.heads);
  Value barrier = getFullBarrier(cta, buffer, at);
  Value stage = getStage(cta, buffer, at);
  NVVM::MBarrierArriveExpectTxOp::create(
      kb.b, kb.loc, Type(), barrier, kb.c32(buffer.getStageBytes()),
      NVVM::MemScopeKind::CTA, /*relaxed=*/false, Value());
  const Tokens &tokens = source.tokens;
  // The last tile ends behind the last row, the last box behind the last column
  // of a head that is no multiple of 64.
  int64_t columns =
      cast<RankedTensorType>(source.tensor.getType()).getShape().back();
  SmallVector<int32_t> mayLeave{1};
  if (columns % 64)
    mayLeave.insert(mayLeave.begin(), 0);
  for (int64_t column = 0, e = buffer.getColumns(); column < e; column += 64) {
    Value to = LLVM::AddrSpaceCastOp::create(
        kb.b, kb.loc, kb.pointer(kSharedCluster),
        kb.at(stage, column / 64 * buffer.getRows() * 128));
    SmallVector<Value> box{kb.c32(column), source.firstRow, source.head,
                           tokens.batch};
    if (tokens.first) {
      box[1] = kb.add(tokens.first, source.firstRow);
      box.pop_back();
    }
    auto load = NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp::create(
        kb.b, kb.loc, to, map, box, barrier, ValueRange(), Value(), Value(),
        NVVM::TMALoadMode::TILE,
        /*isCTAOnly=*/false, NVVM::CTAGroupKindAttr(), Value());
    load->setAttr(attn::nvvm::kMayLeaveAttr,
                  kb.b.getDenseI32ArrayAttr(mayLeave));
  }
}
