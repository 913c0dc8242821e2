//===- IndexRange.h - Range of an index over all coordinates ----*- C++ -*-===//
//
// Interval arithmetic on the values of a score or mask region, with ends that
// are expressions over the letters. Only index arithmetic counts; narrower
// integers may wrap and data of tables is unknown, so both need a clamp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_ARTIFACT_INDEXRANGE_H
#define ATTN_CODEGEN_LIB_ARTIFACT_INDEXRANGE_H

#include "Axes.h"

#include "attn/dialect/Attn/Regions.h"

#include "mlir/IR/Value.h"
#include "llvm/ADT/DenseMap.h"

#include <optional>

namespace attn {

/// Ends of a range, both included; absent if unbounded or unknown.
struct IndexRange {
  std::optional<manifest::Expr> low, high;
};

class IndexRangeAnalysis {
public:
  IndexRangeAnalysis(RegionKind kind, mlir::ValueRange captures,
                     PairSizes sizes)
      : first(getFirstIndex(kind)), captures(captures),
        sizes(std::move(sizes)) {}

  /// Range of an integer or index `value` of the region.
  IndexRange get(mlir::Value value);

private:
  IndexRange compute(mlir::Value value);
  IndexRange computeOp(mlir::Operation *op);
  IndexRange computeBinary(mlir::Operation *op);
  bool isSize(mlir::Value value) const;

  unsigned first; ///< Position of the batch among the block arguments.
  mlir::ValueRange captures;
  PairSizes sizes;
  llvm::DenseMap<mlir::Value, IndexRange> known;
};

} // namespace attn

#endif // ATTN_CODEGEN_LIB_ARTIFACT_INDEXRANGE_H
