//===- Values.h - The values of one launch ----------------------*- C++ -*-===//
//
// Arguments of the caller, and results of folds that other folds read.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_REFERENCE_VALUES_H
#define ATTN_CODEGEN_LIB_REFERENCE_VALUES_H

#include "FoldSizes.h"

#include <memory>

namespace attn::reference {

/// A tensor with each of `groups` as one axis, which lies in memory as one: the
/// contract of the boundary.
Tensor collapse(const Tensor &tensor, const Groups &groups);

class Values {
public:
  Values(const Program::Implementation &program,
         llvm::ArrayRef<Tensor> arguments);

  /// Makes room for the results of `fold` that others read, rounded to their
  /// types when stored. Rows that nobody writes are NaN.
  void allocateOperands(const Fold &fold, const FoldSizes &sizes);

  /// A dense tensor.
  void allocate(unsigned value, Dtype type, llvm::ArrayRef<int64_t> sizes);

  /// Gives all results of `fold` sizes, but no memory.
  void describe(const Fold &fold, const FoldSizes &sizes);

  std::vector<Tensor> values;

private:
  std::vector<std::unique_ptr<char[]>> memory;
};

} // namespace attn::reference

#endif // ATTN_CODEGEN_LIB_REFERENCE_VALUES_H
