//===- PairRun.h - Runs of tiles of keys ------------------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_PAIRRUN_H
#define ATTN_CODEGEN_CPU_PAIRRUN_H

#include "PairKernel.h"
#include "SeenKeys.h"

namespace attn::cpu {

/// How the blocks of lanes of a task meet the keys of a stream.
struct PairWalk {
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
void emitPairRun(const PairWalk &walk, Value from, Value to);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_PAIRRUN_H
