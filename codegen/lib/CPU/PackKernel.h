//===- PackKernel.h - Keys for tile registers, packed once ------*- C++ -*-===//
//
// A fold that uses tile registers has a turn before its tasks: it packs the
// tiles of keys of every key head into the workspace, where the tasks of all
// its query heads read them.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_CPU_PACKKERNEL_H
#define ATTN_CODEGEN_CPU_PACKKERNEL_H

#include "FoldTask.h"

namespace attn::cpu {

/// What the turn fills: one buffer per stream, without their names.
llvm::SmallVector<CpuBuffer> getPackBuffers(const FoldShape &shape);

/// Where tile 0 of `sequence` of key head `keyHead` lies in the buffer of
/// stream number `position`; its other tiles follow.
Value emitPackedTiles(CallArguments &call, const FoldShape &shape,
                      unsigned position, const Sequence &sequence,
                      Value keyHead);

/// Tasks of the turn: one per run of tiles of a key head.
Value emitPackCount(CallArguments &call, const FoldShape &shape);
void emitPackTask(const FoldShape &shape, CallArguments &call, Scratch &scratch,
                  Value index);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_PACKKERNEL_H
