//===- Turns.h - Which consumer issues its products -------------*- C++ -*-===//
//
// A turn is the named barrier of the warpgroup that takes it: its 128 threads
// wait there for the 128 of the warpgroup before, which arrive and go on.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_NVVM_TURNS_H
#define ATTN_CODEGEN_LIB_NVVM_TURNS_H

#include "Cta.h"

namespace attn::nvptx {

/// Steps of attn_sched of the same names, for warpgroup number `consumer`, i32,
/// of `role`.
void emitOpenTurns(Cta &cta, sched::RoleOp role, Value consumer);
void emitTakeTurn(Cta &cta, Value consumer);
void emitPassTurn(Cta &cta, sched::RoleOp role, Value consumer);
void emitCloseTurns(Cta &cta, Value consumer);

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_TURNS_H
