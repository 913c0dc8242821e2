//===- KeyTiles.h - The key tiles a query tile sees -------------*- C++ -*-===//
//
// Hole: the key iterator. Bounds of a route give a range of tiles and the range
// of full tiles inside; `classify` skips tiles and proves others full. The
// ranges of all streams stand one behind the other: a tile is a position in
// them, and tile number n of stream s stands at position n - shift of s.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_NVVM_KEYTILES_H
#define ATTN_CODEGEN_LIB_NVVM_KEYTILES_H

#include "Cta.h"
#include "RegionTarget.h"

#include <memory>

namespace attn::nvptx {

class KeyTiles {
public:
  /// Evaluates the bounds at the insertion point.
  explicit KeyTiles(Cta &cta);

  /// The first tile to visit at position `at` or behind; `isEnd` tells whether
  /// there is one.
  TilePoint find(Value at);
  TilePoint first() { return find(ranges.front().start); }
  TilePoint next(TilePoint point) { return find(kb.add(point.at, 1)); }
  Value isEnd(TilePoint point) { return kb.sge(point.at, ranges.back().end); }
  /// Some pair of the tile may be invisible.
  Value isPartial(TilePoint point);
  bool hasClassify() const;

  /// Runs `body(stream, tile)` for the stream and the tile number at position
  /// `at`: a branch that the CTA takes alike, none if there is one stream.
  /// `body` may change `values`.
  void forStream(Value at, llvm::SmallVectorImpl<Value> &values,
                 llvm::function_ref<void(unsigned, Value)> body);
  /// Position `at` is one of stream `stream`.
  Value isOf(Value at, unsigned stream);

private:
  struct Range {
    Value start, end;         ///< Positions, i32.
    Value shift;              ///< Tile numbers minus positions; null: 0.
    Value fullBegin, fullEnd; ///< Positions.
    std::unique_ptr<NvvmRegionTarget> target;
    std::unique_ptr<RegionEmitter> classify;
  };

  Range makeRange(const KeyStream &stream);
  void append(Range range);
  /// The value of the stream at position `at`.
  Value selectOf(Value at, llvm::function_ref<Value(const Range &)> value);

  Cta &cta;
  KernelBuilder &kb;
  Value lastQuery;
  llvm::SmallVector<Range, 1> ranges; ///< Of the streams, in their order.
};

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_KEYTILES_H
