//===- SeenKeys.h - Which keys of a stream queries may see ------*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_SEENKEYS_H
#define ATTN_CODEGEN_CPU_SEENKEYS_H

#include "RegionTarget.h"

#include "attn/codegen/Kernel/RegionEmitter.h"

#include <optional>

namespace attn::cpu {

/// lower, upper, full_lower, full_upper of `rows` (the first and the last)
/// within the keys there are.
llvm::SmallVector<Value> emitKeyBounds(CpuRegionTarget &target,
                                       const KeyStream &stream,
                                       ValueRange rows);

/// The tiles of keys of a stream that some query of the sequence of a task may
/// see, whatever head it has. These are packed, and nothing else is read: what
/// bounds and classes say of fewer rows need not lie inside of what they say of
/// all.
class SeenKeys {
public:
  /// Emits what does not depend on keys at the insertion point.
  SeenKeys(FoldTask &task, CpuRegionTarget &target, const KeyStream &stream);

  Value start, end; ///< First key of the first tile, behind the last key.
  /// Whether the tile of keys firstKey .. lastKey is one of them, within start
  /// and end, as i1; null: each is.
  Value has(Value firstKey, Value lastKey);

private:
  std::optional<RegionEmitter> classify;
};

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_SEENKEYS_H
