//===- NaiveRegion.h - Regions by the folders of their operations -*- C++
//-*-===//

#ifndef ATTN_TEST_CODEGEN_CPU_NAIVEREGION_H
#define ATTN_TEST_CODEGEN_CPU_NAIVEREGION_H

#include "NaiveTokens.h"

namespace attn::test {

/// What `attn.length` gives.
struct NaiveLengths {
  int64_t queries, keys;
};

/// The value that `region` yields for `arguments`, all but captures.
mlir::Attribute evaluateRegion(mlir::Region &region,
                               llvm::ArrayRef<mlir::Attribute> arguments,
                               mlir::ValueRange captures, NaiveLengths lengths,
                               const TensorMap &tensors);

} // namespace attn::test

#endif // ATTN_TEST_CODEGEN_CPU_NAIVEREGION_H
