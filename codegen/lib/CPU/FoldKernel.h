//===- FoldKernel.h - The kernel of attn_tile.fold --------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_FOLDKERNEL_H
#define ATTN_CODEGEN_CPU_FOLDKERNEL_H

#include "FoldTask.h"

namespace attn::cpu {

/// Emits one task of `fold`: set-up, queries in, tiles of keys, results out.
void emitFoldTask(FoldTask &task, tile::FoldOp fold, Value host, Value index,
                  Value worker);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_FOLDKERNEL_H
