//===- NaiveRows.h - One row of attention, as the definition says -*- C++
//-*-===//

#ifndef ATTN_TEST_CODEGEN_CPU_NAIVEROWS_H
#define ATTN_TEST_CODEGEN_CPU_NAIVEROWS_H

#include "Call.h"

namespace attn::test {

/// Compares the rows of `fold` with a double loop over all keys in float64.
/// Prints and returns the largest ratio of error to bound; a row that misses is
/// described. `numRows` rows per head are drawn besides first, last and those
/// at the edges of tiles.
double checkRows(tile::FoldOp fold,
                 const llvm::MapVector<mlir::Value, Tensor> &tensors,
                 int64_t numRows);

} // namespace attn::test

#endif // ATTN_TEST_CODEGEN_CPU_NAIVEROWS_H
