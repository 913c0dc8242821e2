//===- SharedLayout.h - Where shared variables lie --------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_SIM_SHAREDLAYOUT_H
#define ATTN_CODEGEN_SIM_SHAREDLAYOUT_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/ADT/StringMap.h"

namespace attn::sim {

/// Offsets of the variables of address space 3 in the window of a CTA: first
/// those with a size, then, for all that are external and have none, dynamic
/// shared memory.
class SharedLayout {
public:
  explicit SharedLayout(mlir::gpu::GPUModuleOp kernels);

  std::optional<int64_t> getOffset(llvm::StringRef variable) const;
  /// Where dynamic memory starts.
  int64_t getStaticBytes() const { return staticBytes; }
  /// Of the first byte.
  int64_t getAlignment() const { return largestAlignment; }

private:
  llvm::StringMap<int64_t> offsets;
  int64_t staticBytes = 0;
  int64_t largestAlignment = 16;
};

} // namespace attn::sim

#endif // ATTN_CODEGEN_SIM_SHAREDLAYOUT_H
