//===- FoldKernel.h - The kernel of attn_tile.fold --------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_FOLDKERNEL_H
#define ATTN_CODEGEN_CPU_FOLDKERNEL_H

#include "FoldTask.h"

namespace attn::cpu {

/// Emits one task: set-up, queries in, tiles of keys, results out.
void emitFoldTask(FoldTask &task, Value index);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_FOLDKERNEL_H
