//===- Tensors.h - Memory for the arguments of a program --------*- C++ -*-===//
//
// Tensors with any strides, surrounded by NaN: a kernel that reads what it does
// not own spoils its result.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TEST_CODEGEN_CPU_TENSORS_H
#define ATTN_TEST_CODEGEN_CPU_TENSORS_H

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/Twine.h"

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace attn::test {

enum class Layout { Contiguous, Interleaved };

struct Tensor {
  mlir::Type element;
  std::vector<int64_t> sizes, strides; ///< In elements.
  std::shared_ptr<std::vector<char>> bytes;
  char *data = nullptr;

  int64_t elementBytes() const;
  int64_t count() const;
  char *at(llvm::ArrayRef<int64_t> index) const;
  double get(llvm::ArrayRef<int64_t> index) const;
  void set(llvm::ArrayRef<int64_t> index, double value) const;
};

/// A tensor whose memory is NaN (0x7f in integers) everywhere. `Interleaved` is
/// [B, L, H, D] with a gap after each row of heads; rank 4 only.
Tensor makeTensor(mlir::Type element, llvm::ArrayRef<int64_t> sizes,
                  Layout layout);

/// `source` with the axes of each of `groups` as one; they lie one after the
/// other.
Tensor collapse(const Tensor &source,
                llvm::ArrayRef<llvm::SmallVector<int64_t, 2>> groups);

/// Ends the process: the command line or the program is none for this tool.
[[noreturn]] void fail(const llvm::Twine &message);

/// Calls `body` for every index of `sizes`.
void forEachIndex(llvm::ArrayRef<int64_t> sizes,
                  llvm::function_ref<void(llvm::ArrayRef<int64_t>)> body);

/// Normal deviates times `spread`; integers of rank 2 are document ids, others
/// small counts.
void fillRandom(const Tensor &tensor, std::mt19937 &random, double spread);

/// `value` rounded to the element type.
double roundTo(mlir::Type element, double value);

} // namespace attn::test

#endif // ATTN_TEST_CODEGEN_CPU_TENSORS_H
