//===- RoleHazards.h - One run through the steps of a role ------*- C++ -*-===//

#ifndef ATTN_DIALECT_LIB_SCHED_ROLEHAZARDS_H
#define ATTN_DIALECT_LIB_SCHED_ROLEHAZARDS_H

#include "attn/dialect/Sched/Sched.h"

namespace attn::sched {

/// Runs the steps of `role` once (`steady` twice) and emits an error at the
/// first that touches what a product in flight reads or writes (role-C3) or a
/// buffer outside of its await and release (role-C4).
llvm::LogicalResult verifyHazards(RoleOp role);

} // namespace attn::sched

#endif // ATTN_DIALECT_LIB_SCHED_ROLEHAZARDS_H
