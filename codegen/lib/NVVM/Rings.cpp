//===- Rings.cpp - Barriers and TMA loads ---------------------------------===//

#include "Rings.h"
#include "Boxes.h"

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

namespace {

/// Loads a stage by TMA.
class TmaLoad {
public:
  TmaLoad(Cta &cta, sched::BufferOp buffer, const TileSource &source)
      : cta(cta), kb(cta.kb), buffer(buffer), source(source),
        ofHead(buffer.getRows() / source.heads),
        boxes(cta, source.tensor, source.tokens,
              findGridBoxes(source.tensor, ofHead, getLoadBoxes(cta.op)),
              ofHead, source.heads, /*ifAligned=*/false) {}

  void run(Position at) {
    barrier = getFullBarrier(cta, buffer, at);
    stage = getStage(cta, buffer, at);
    NVVM::MBarrierArriveExpectTxOp::create(
        kb.b, kb.loc, Type(), barrier, kb.c32(buffer.getStageBytes()),
        NVVM::MemScopeKind::CTA, /*relaxed=*/false, Value());
    int64_t step = boxes.countRows() * boxes.countHeads();
    if (step == int64_t(buffer.getRows()))
      return loadBox(stage, source.firstRow, source.head);
    // A loop that stays one: few registers, whatever the number of boxes.
    Value rows =
        attn::nvvm::PinOp::create(kb.b, kb.loc, kb.c32(buffer.getRows()));
    kb.loop(kb.c32(0), rows, step, [&](Value row) { loadRun(row); });
  }

private:
  /// The box of rows of one head that begins with `row` of the stage.
  void loadRun(Value row) {
    Value to = kb.at(stage, kb.shl(row, 7));
    if (source.heads == 1)
      return loadBox(to, kb.add(source.firstRow, row), source.head);
    Value head = LLVM::UDivOp::create(kb.b, kb.loc, row, kb.c32(ofHead));
    Value inHead = kb.sub(row, kb.mul(head, ofHead));
    loadBox(to, kb.add(source.firstRow, inHead), kb.add(source.head, head));
  }

  /// A block of 64 columns after the other. The last tile ends behind the last
  /// row.
  void loadBox(Value first, Value row, Value head) {
    SmallVector<Value> box = boxes.locate(row, head);
    for (int64_t column = 0, e = buffer.getColumns(); column < e;
         column += 64) {
      Value to = LLVM::AddrSpaceCastOp::create(
          kb.b, kb.loc, kb.pointer(kSharedCluster),
          kb.at(first, column / 64 * buffer.getRows() * 128));
      box[0] = kb.c32(column);
      boxes.declare(NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp::create(
                        kb.b, kb.loc, to, boxes.getMap(), box, barrier,
                        ValueRange(), Value(), Value(), NVVM::TMALoadMode::TILE,
                        /*isCTAOnly=*/false, NVVM::CTAGroupKindAttr(), Value()),
                    /*mayEnd=*/true);
    }
  }

  Cta &cta;
  KernelBuilder &kb;
  sched::BufferOp buffer;
  const TileSource &source;
  int64_t ofHead; ///< Rows of a head.
  RowBoxes boxes;
  Value barrier, stage;
};

} // namespace

void attn::nvptx::emitTmaLoad(Cta &cta, sched::BufferOp buffer, Position at,
                              const TileSource &source) {
  TmaLoad(cta, buffer, source).run(at);
}
