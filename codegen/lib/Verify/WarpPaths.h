//===- WarpPaths.h - Which warps of a CTA get to which block ----*- C++ -*-===//
//
// Warp-specialised kernels branch on the index of the thread. For one warp that
// index is a range of 32 numbers, so most of these branches have one way out.
// Everything else may go either way: what is said to be out of reach is.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_VERIFY_WARPPATHS_H
#define ATTN_CODEGEN_VERIFY_WARPPATHS_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

#include <memory>
#include <optional>

namespace attn::verify {

/// What the values of one warp can be.
class WarpValues;

class WarpPaths {
public:
  /// \param kernel a kernel with `nvvm.reqntid`, or without: then it has no
  /// warps.
  explicit WarpPaths(mlir::LLVM::LLVMFuncOp kernel);
  ~WarpPaths();

  /// Threads of a CTA, 0 where the kernel does not say.
  int64_t getThreads() const { return threads; }
  unsigned getWarps() const { return reached.size(); }
  bool reaches(unsigned warp, mlir::Block *block) const {
    return reached[warp].contains(block);
  }
  /// The number that `value`, an integer, is in all threads of `warp`;
  /// std::nullopt where that does not follow from the index of the thread.
  std::optional<int64_t> getNumber(unsigned warp, mlir::Value value) const;

private:
  int64_t threads = 0;
  llvm::SmallVector<std::unique_ptr<WarpValues>> values;    ///< By warp.
  llvm::SmallVector<llvm::DenseSet<mlir::Block *>> reached; ///< By warp.
};

} // namespace attn::verify

#endif // ATTN_CODEGEN_VERIFY_WARPPATHS_H
