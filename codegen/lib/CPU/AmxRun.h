//===- AmxRun.h - Runs of tiles of keys -------------------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_AMXRUN_H
#define ATTN_CODEGEN_CPU_AMXRUN_H

#include "AmxKernel.h"
#include "SeenKeys.h"

namespace attn::cpu {

/// How the blocks of lanes of a task meet the keys of a stream.
struct AmxWalk {
  FoldTask &task;
  const KeyStream &stream;
  CpuRegionTarget &target;
  SeenKeys &seen;
  LogitRegions regions;
  Value fetched; ///< Rows of queries that every tile fetches.
};

/// Every block of lanes walks the tiles of keys from `from` to `to` - 1, at
/// most kRunTiles: its queries and O^T stay in the first-level cache, the tiles
/// in the second.
void emitAmxRun(const AmxWalk &walk, Value from, Value to);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_AMXRUN_H
