//===- Logits.h - Score and mask of one tile of logits ----------*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_LOGITS_H
#define ATTN_CODEGEN_CPU_LOGITS_H

#include "KeyTile.h"
#include "LaneRegion.h"

namespace attn::cpu {

/// The regions of a fold; null where it has none.
struct LogitRegions {
  LaneRegion *score = nullptr;
  LaneRegion *visible = nullptr;
};

/// What a tile of keys hides of its pairs.
enum class TileMask {
  None,
  Regions, ///< What regions hide: all keys exist.
  Ragged   ///< Keys beyond the last, too.
};

/// What becomes of the products of a tile of keys and a group, a key after the
/// other.
class LogitEmitter {
public:
  LogitEmitter(FoldTask &task, const KeyStream &stream, LaneGroup group,
               const KeyTile &tile, LogitRegions regions, TileMask mask);

  /// Anything but multiply.
  bool changes() const { return regions.score || mask != TileMask::None; }
  /// Key number `row` + `offset` of the tile, until the next.
  void beginKey(Value row, int64_t offset = 0);
  /// From the product of vector `vector` of the group to what, times
  /// shape.getWeighedFactor(), is a logit; such that it is -inf where the pair
  /// is hidden.
  Value emit(Value product, int64_t vector);

private:
  /// Of the lanes from `lane`; null: all.
  Value emitVisible(Value lane);

  FoldTask &task;
  KernelBuilder &kb;
  const KeyStream &stream;
  LaneGroup group;
  Value firstKey;
  LogitRegions regions;
  TileMask mask;
  Value exists; ///< The key.
};

/// Row 0 of the logits of a group.
Value emitLogitsAt(FoldTask &task, LaneGroup group);

/// Where the product that makes the logits may leave their maxima: null if a
/// score region changes them afterwards.
Value emitMaximaInit(FoldTask &task, LaneGroup group, LogitRegions regions);

/// Applies `score` to all logits of a group and, where `isPartial` (i1), gives
/// those of invisible pairs the value -inf. Returns the largest of each lane.
llvm::SmallVector<Value> emitLogits(FoldTask &task, const KeyStream &stream,
                                    LaneGroup group, const KeyTile &tile,
                                    Value isPartial, LogitRegions regions);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_LOGITS_H
