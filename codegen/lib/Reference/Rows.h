//===- Rows.h - Folds rows over threads -------------------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_LIB_REFERENCE_ROWS_H
#define ATTN_CODEGEN_LIB_REFERENCE_ROWS_H

#include "Bound.h"
#include "FoldSizes.h"

namespace attn::reference {

/// One fold at one launch. `exact` and `unfused` hold all values, computed in
/// float64 and by the unfused program; without `unfused` only the former is.
/// `slack` holds, where it has memory, how far a device may be off in the
/// logits and values of states that folds made, a number per row.
struct RowJob {
  const Fold &fold;
  const FoldSizes &sizes;
  llvm::ArrayRef<Tensor> exact, unfused, slack, arguments;
  const Host &host;
};

/// Rows of head (b, h), ascending.
using RowsOfHead =
    llvm::function_ref<std::vector<int64_t>(int64_t b, int64_t h)>;

/// Gets every row, on any thread. Without `unfused` values, the last two are
/// null.
using RowSink = llvm::function_ref<void(const Row<double> &, const Row<float> *,
                                        const RowFacts *)>;

/// Folds rows; stops at the first that fails.
llvm::Error forEachRow(const RowJob &job, RowsOfHead rowsOfHead, RowSink sink);

} // namespace attn::reference

#endif // ATTN_CODEGEN_LIB_REFERENCE_ROWS_H
