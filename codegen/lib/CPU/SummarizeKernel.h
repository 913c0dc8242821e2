//===- SummarizeKernel.h - The kernel of attn_tile.summarize ----*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_SUMMARIZEKERNEL_H
#define ATTN_CODEGEN_CPU_SUMMARIZEKERNEL_H

#include "KernelArguments.h"

#include "attn/dialect/Tile/Tile.h"

namespace attn::cpu {

/// Number of tasks: one per row of the table.
Value emitSummarizeCount(CallArguments &call, tile::SummarizeOp op);

/// Extremes of every tile of row `index`.
void emitSummarizeTask(CallArguments &call, tile::SummarizeOp op, Value index);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_SUMMARIZEKERNEL_H
