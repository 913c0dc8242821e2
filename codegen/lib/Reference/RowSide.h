//===- RowSide.h - One of the two programs, ready to fold rows --*- C++ -*-===//
//
// The reference (T = double) or the unfused program (T = float) at one launch:
// its operands, and the key heads in work.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_REFERENCE_ROWSIDE_H
#define ATTN_CODEGEN_LIB_REFERENCE_ROWSIDE_H

#include "Rows.h"

#include <memory>

namespace attn::reference {

/// A row to fold.
struct RowIndex {
  int64_t b, h, i;
};

/// What a thread keeps between the rows of one side.
template <typename T>
struct RowWork {
  std::vector<float> query;
  std::vector<FoldedKeys> folded;
  Row<T> row;
  std::optional<Frame<T>> frame;
};

template <typename T>
class RowSide {
public:
  RowSide(const RowJob &job, llvm::ArrayRef<Tensor> values,
          const std::optional<RegionProgram<T>> &score);

  /// Folds the row of `keys`, the visible ones of each stream, into `work.row`.
  /// Returns "" or what the score region complains about.
  std::string fold(const RowIndex &index,
                   llvm::ArrayRef<std::vector<int64_t>> keys,
                   RowWork<T> &work) const;

  llvm::SmallVector<VisibleKeys>
  getVisible(llvm::ArrayRef<std::vector<int64_t>> keys) const;

  FoldRule<T> rule;
  /// Of the key heads in work, one per stream.
  std::vector<std::shared_ptr<const KeyHead>> heads;

private:
  void loadFolded(const RowIndex &index, std::vector<FoldedKeys> &folded) const;

  const RowJob &job;
  llvm::ArrayRef<Tensor> values;
  llvm::SmallVector<Tensor> tables;
};

extern template class RowSide<double>;
extern template class RowSide<float>;

} // namespace attn::reference

#endif // ATTN_CODEGEN_LIB_REFERENCE_ROWSIDE_H
