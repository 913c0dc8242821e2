//===- StoreRow.h - From rows to tensors ------------------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_LIB_REFERENCE_STOREROW_H
#define ATTN_CODEGEN_LIB_REFERENCE_STOREROW_H

#include "Fold.h"
#include "FoldSizes.h"
#include "Number.h"

namespace attn::reference {

/// Writes the numbers of one result of `row`, rounded once to its type.
template <typename T>
void storeRow(const Row<T> &row, const Output &output, const FoldSizes &sizes,
              const Tensor &tensor) {
  int64_t offset = sizes.queries.getOffset(tensor, row.b, row.h, row.i);
  for (T number : row.get(output)) {
    storeFloat(tensor, offset, number);
    offset += tensor.strides.back(); // of channels; a number is alone
  }
}

/// All rows of a sequence.
std::vector<int64_t> listRows(const TokenRange &rows);

} // namespace attn::reference

#endif // ATTN_CODEGEN_LIB_REFERENCE_STOREROW_H
