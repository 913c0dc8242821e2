//===- MergeKernel.h - The kernel of attn_tile.merge ------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_MERGEKERNEL_H
#define ATTN_CODEGEN_CPU_MERGEKERNEL_H

#include "KernelArguments.h"
#include "Scratch.h"

#include "attn/dialect/Tile/Tile.h"

namespace attn::cpu {

/// One task per head and run of `rows` rows.
Value emitMergeCount(CallArguments &call, tile::MergeOp op);

/// Emits one task.
void emitMergeTask(CallArguments &call, Scratch &scratch, tile::MergeOp op,
                   Value index);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_MERGEKERNEL_H
