//===- KeyTile.h - One tile of keys and values ------------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_KEYTILE_H
#define ATTN_CODEGEN_CPU_KEYTILE_H

#include "FoldTask.h"

namespace attn::cpu {

/// Where the products read keys and values: f32 rows, all of them readable.
struct KeyTile {
  Value firstKey;
  Value keys, keyStride;
  Value values, valueStride;
  Value isRagged; ///< i1: rows beyond the last key are zero.
};

/// Full tiles of f32 stay in place, unless they are found through a layout.
/// Others are widened into scratch; rows beyond the last key become zero,
/// whatever bits lie there in memory.
KeyTile emitKeyTile(FoldTask &task, const KeyStream &stream, Value firstKey);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_KEYTILE_H
