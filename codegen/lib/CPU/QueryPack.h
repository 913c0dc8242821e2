//===- QueryPack.h - Queries in, results out: transposed --------*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_QUERYPACK_H
#define ATTN_CODEGEN_CPU_QUERYPACK_H

#include "FoldTask.h"

namespace attn::cpu {

/// task.queryT = q^T * factor. Lanes beyond the last query repeat it.
void emitQueryPack(FoldTask &task, float factor);

/// Fetches `count` more rows of `out`, for the epilogue, and of what a later
/// task reads. Called for every tile of keys until all have come.
void emitPrefetch(FoldTask &task, Value count);

/// Fetches rows `first` to `end` - 1 of `view`, into the second-level cache.
void emitPrefetchRows(FoldTask &task, const RowView &view, Value first,
                      Value end, int64_t size);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_QUERYPACK_H
