//===- AmxPack.h - Factors of tile products in scratch ----------*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_AMXPACK_H
#define ATTN_CODEGEN_CPU_AMXPACK_H

#include "AmxProduct.h"
#include "FoldTask.h"

namespace attn::cpu {

/// task.amx.queries = Q in pairs of channels, zero beyond the last channel.
/// Lanes beyond the last query repeat it.
void emitAmxQueries(FoldTask &task);

/// The rows of `firstKey` on. They stay in place unless some do not exist or
/// a row is not whole tiles; then they are copied, with zeros around them.
AmxFactor emitAmxKeys(FoldTask &task, const KeyStream &stream, Value firstKey);

/// V^T at element `offset` of task.amx.values: 16 channels by 32 keys in every
/// tile, zero where there is none.
AmxFactor emitAmxValues(FoldTask &task, const KeyStream &stream, Value firstKey,
                        Value offset);

/// What emitAmxValues made at `offset`.
AmxFactor getPackedValues(FoldTask &task, Value offset);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_AMXPACK_H
