//===- Sched.h - The attn_sched dialect -------------------------*- C++ -*-===//

#ifndef ATTN_DIALECT_SCHED_SCHED_H
#define ATTN_DIALECT_SCHED_SCHED_H

#include "attn/dialect/Attn/Attn.h"

#include "attn/dialect/Sched/SchedDialect.h.inc"

#define GET_TYPEDEF_CLASSES
#include "attn/dialect/Sched/SchedTypes.h.inc"

#define GET_OP_CLASSES
#include "attn/dialect/Sched/SchedOps.h.inc"

#endif // ATTN_DIALECT_SCHED_SCHED_H
