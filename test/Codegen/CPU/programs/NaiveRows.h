//===- NaiveRows.h - Rows of kernels against naive ones ---------*- C++ -*-===//

#ifndef ATTN_TEST_CODEGEN_CPU_NAIVEROWS_H
#define ATTN_TEST_CODEGEN_CPU_NAIVEROWS_H

#include "NaiveTokens.h"

#include <array>
#include <map>
#include <tuple>

namespace attn::test {

/// How far values of a row are off, and what that is held against: maxima over
/// its columns.
struct ValueErrors {
  double gap = 0;       ///< Of the unfused program.
  double magnitude = 0; ///< Of the row.
  double floor = 0;     ///< What any program may be off.
  double error = 0; ///< Infinite where a number that is not finite is wrong.

  void join(const ValueErrors &other);
  double getRatio(double rounding) const;
};

/// Rows that several launches computed, each with columns of its own: they are
/// judged together. By op, batch, head and row; out and acc.
using JointRows =
    std::map<std::tuple<mlir::Operation *, int64_t, int64_t, int64_t>,
             std::array<ValueErrors, 2>>;

struct RowOptions {
  int64_t numRows; ///< Per head, besides first, last and edges of tiles.
  bool isLast;     ///< Of the launches: values are judged.
  /// All values of a column are one number: weights do not matter but where
  /// states and a sink share, so what is allowed is one rounding of the result.
  bool hasEqualValues;
};

/// Compares the rows of `op`, an attn_tile.fold or attn_tile.merge, with a
/// double loop over all keys in float64: out, lse, mass and state. Returns the
/// largest ratio of error to bound; a row that misses is described.
double checkRows(mlir::Operation *op, const TensorMap &tensors,
                 const RowOptions &options, JointRows &joint);

} // namespace attn::test

#endif // ATTN_TEST_CODEGEN_CPU_NAIVEROWS_H
