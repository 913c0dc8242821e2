//===- FoldKernel.h - The kernel of attn_tile.fold --------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_FOLDKERNEL_H
#define ATTN_CODEGEN_CPU_FOLDKERNEL_H

#include "FoldTask.h"

namespace attn::cpu {

/// Emits one task: set-up, queries in, tiles of keys, results out.
void emitFoldTask(FoldTask &task, Value index);

/// Packs queries and folds the keys of all streams, or the part that the task
/// has of each, into (m, l, O^T).
void emitStreams(FoldTask &task);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_FOLDKERNEL_H
