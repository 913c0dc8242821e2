//===- QueryPack.h - Queries in, results out: transposed --------*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_QUERYPACK_H
#define ATTN_CODEGEN_CPU_QUERYPACK_H

#include "FoldTask.h"

namespace attn::cpu {

/// task.queryT = q^T * factor. Lanes beyond the last query repeat it.
void emitQueryPack(FoldTask &task, float factor);

/// Fetches some rows of `out`, for the epilogue, and of the q of a later task
/// ahead of their use: those of tile of keys number `step`, so that all of them
/// come one after the other.
void emitPrefetch(FoldTask &task, Value step);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_QUERYPACK_H
