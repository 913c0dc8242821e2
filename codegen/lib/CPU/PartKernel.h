//===- PartKernel.h - Few queries: keys in parts ----------------*- C++ -*-===//
//
// A fold with `split` has two turns more, which run instead of its tasks where
// a launch has few queries: one folds parts of the keys, one joins them.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_CPU_PARTKERNEL_H
#define ATTN_CODEGEN_CPU_PARTKERNEL_H

#include "FoldTask.h"

namespace attn::cpu {

/// Whether this launch folds parts of the keys, i1. `fold` has `split`.
Value hasParts(CallArguments &call, tile::FoldOp fold);

/// Tasks of the turn that folds parts: one per tile of rows and part.
Value emitPartCount(CallArguments &call, const FoldShape &shape);
void emitPartTask(const FoldShape &shape, CallArguments &call, Scratch &scratch,
                  Value index);

/// Tasks of the turn that joins them: one per query head.
Value emitJoinCount(CallArguments &call, const FoldShape &shape);
void emitJoinTask(const FoldShape &shape, CallArguments &call, Scratch &scratch,
                  Value index);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_PARTKERNEL_H
