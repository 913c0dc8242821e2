//===- Store.h - Output and lse of a forward kernel -------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_LIB_NVVM_STORE_H
#define ATTN_CODEGEN_LIB_NVVM_STORE_H

#include "OutputTile.h"
#include "Weights.h"

namespace attn::nvptx {

/// Divides the accumulator by the sums and stores the rows inside the length.
/// A row whose sum is 0 (it saw no key) gives 0 and lse -inf.
void emitStore(Cta &cta, Weights &weights, const RowState &state,
               llvm::ArrayRef<Value> elements, OutputTile tile);

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_STORE_H
