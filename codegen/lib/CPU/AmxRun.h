//===- AmxRun.h - Runs of tiles of keys, packed -----------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_AMXRUN_H
#define ATTN_CODEGEN_CPU_AMXRUN_H

#include "AmxKernel.h"
#include "RegionTarget.h"

namespace attn::cpu {

/// How the blocks of lanes of a task meet the keys of a stream.
struct AmxWalk {
  FoldTask &task;
  const KeyStream &stream;
  CpuRegionTarget &target;
  RegionEmitter *classify; ///< Of all rows of the task; null: no classes.
  LogitRegions regions;
  Value fetched; ///< Rows of queries that every tile fetches.
  /// lower, upper, full_lower, full_upper of the first and the last of rows.
  llvm::function_ref<llvm::SmallVector<Value>(ValueRange)> emitBounds;
};

/// Packs the tiles of keys from `from` to `to` - 1, at most kRunTiles, then
/// every block of lanes walks them: its queries and O^T stay in the first-level
/// cache, the tiles in the second.
void emitAmxRun(const AmxWalk &walk, Value from, Value to);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_AMXRUN_H
