//===- PairPack.h - Factors of tile products --------------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_PAIRPACK_H
#define ATTN_CODEGEN_CPU_PAIRPACK_H

#include "FoldTask.h"
#include "PairProduct.h"

namespace attn::cpu {

/// task.pairs.queries = Q in pairs of channels, zero beyond the last channel.
/// Lanes beyond the last query repeat it.
void emitPairQueries(FoldTask &task);

/// Packs K and V^T of the tile of keys from `firstKey` on: K by tiles of 16
/// keys and 32 channels, V^T of 16 channels and 32 keys. Zero where there is no
/// key or channel.
void emitPairTile(FoldTask &task, const KeyStream &stream, Value firstKey);

/// What emitPairTile made of tile number `slot` of the stream at hand.
PairFactor getPackedKeys(FoldTask &task, Value slot);
PairFactor getPackedValues(FoldTask &task, Value slot);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_PAIRPACK_H
