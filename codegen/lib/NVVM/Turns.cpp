//===- Turns.cpp - Which consumer issues its products ---------------------===//
//
// Source: the scheduler barriers of FlashAttention-3. There the first
// warpgroup opens its own barrier, and at the end one turn is left over; here
// who arrives is always the warpgroup before, and the last turn is taken.
//
//===----------------------------------------------------------------------===//

#include "Turns.h"
#include "Rings.h"

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;

namespace {
/// Who waits and who arrives.
constexpr int64_t kThreads = 2 * 128;

void arrive(KernelBuilder &kb, Value barrier) {
  NVVM::BarrierArriveOp::create(kb.b, kb.loc, barrier, kb.c32(kThreads));
}
} // namespace

void attn::nvptx::emitOpenTurns(Cta &cta, sched::RoleOp role, Value consumer) {
  KernelBuilder &kb = cta.kb;
  kb.when(kb.eq(consumer, kb.c32(role.getCount() - 1)),
          [&] { arrive(kb, kb.c32(kFirstTurnBarrier)); });
}

void attn::nvptx::emitTakeTurn(Cta &cta, Value consumer) {
  cta.kb.meet(cta.kb.add(consumer, kFirstTurnBarrier), kThreads);
}

void attn::nvptx::emitPassTurn(Cta &cta, sched::RoleOp role, Value consumer) {
  KernelBuilder &kb = cta.kb;
  Value isLast = kb.eq(consumer, kb.c32(role.getCount() - 1));
  arrive(kb, kb.select(isLast, kb.c32(kFirstTurnBarrier),
                       kb.add(consumer, kFirstTurnBarrier + 1)));
}

void attn::nvptx::emitCloseTurns(Cta &cta, Value consumer) {
  KernelBuilder &kb = cta.kb;
  kb.when(kb.eq(consumer, kb.c32(0)),
          [&] { kb.meet(kb.c32(kFirstTurnBarrier), kThreads); });
}
