//===- RoleTurns.h - Who issues products, and when --------------*- C++ -*-===//

#ifndef ATTN_DIALECT_LIB_SCHED_ROLETURNS_H
#define ATTN_DIALECT_LIB_SCHED_ROLETURNS_H

#include "attn/dialect/Sched/Sched.h"

namespace attn::sched {

/// The warpgroups of `role` take turns.
bool hasTurns(RoleOp role);

/// Emits an error at the first step by which a warpgroup would take a turn that
/// nobody passes, or pass one that nobody takes (role-C5, role-C6).
llvm::LogicalResult verifyTurns(RoleOp role);

} // namespace attn::sched

#endif // ATTN_DIALECT_LIB_SCHED_ROLETURNS_H
