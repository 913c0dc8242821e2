//===- NaiveRows.h - One row of attention, as the definition says -*- C++
//-*-===//

#ifndef ATTN_TEST_CODEGEN_CPU_NAIVEROWS_H
#define ATTN_TEST_CODEGEN_CPU_NAIVEROWS_H

#include "NaiveTokens.h"

namespace attn::test {

/// Compares the rows of `op`, an attn_tile.fold or attn_tile.merge, with a
/// double loop over all keys in float64: out, lse, mass and state. Prints and
/// returns the largest ratio of error to bound; a row that misses is described.
/// `numRows` rows per head are drawn besides first, last and those at the edges
/// of tiles.
double checkRows(mlir::Operation *op, const TensorMap &tensors,
                 int64_t numRows);

} // namespace attn::test

#endif // ATTN_TEST_CODEGEN_CPU_NAIVEROWS_H
