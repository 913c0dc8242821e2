//===- RowRange.h - Masks that are a range of every row ---------*- C++ -*-===//
//
// Where the keys that a row sees are a range, its mask is two limits instead of
// a predicate: bits of a word are the elements of a thread in one row, and
// ptxas turns words into predicates, seven at a time (R2P).
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_NVVM_ROWRANGE_H
#define ATTN_CODEGEN_LIB_NVVM_ROWRANGE_H

#include "RegionTarget.h"

namespace attn::nvptx {

/// The bounds of `route`, taken for a run of one row, say all: no key outside
/// of the range is visible, and every key inside is. True without a mask.
bool isRangeOfEveryRow(RouteOp route);

/// What a thread sees of one row, as numbers of its elements: element e of a
/// row is column 8 (e / 2) + e % 2 of this thread, and the keys go on behind a
/// tile. Elements first <= e < end, i32.
struct RowRange {
  Value first; ///< Null: 0.
  Value end;
};

/// Of row `query` of the CTA and `stream`, whose route is `isRangeOfEveryRow`,
/// for a thread whose first column is `column`.
RowRange emitRowRange(Cta &cta, const KeyStream &stream,
                      NvvmRegionTarget &target, Value query, Value column);

/// Bit i of word w tells whether element 32 w + i of tile `tile` is in `range`.
llvm::SmallVector<Value> emitMaskWords(Cta &cta, const RowRange &range,
                                       Value tile);

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_ROWRANGE_H
