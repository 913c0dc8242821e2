//===- Sites.h - Ops of a kernel, for messages ------------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_SIM_SITES_H
#define ATTN_CODEGEN_SIM_SITES_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/StringMap.h"

#include <string>
#include <vector>

namespace attn::sim {

/// Numbers ops and keeps their names and locations as AttnSimKernelInfo has
/// them.
class Sites {
public:
  int32_t add(mlir::Operation *op);
  /// Where `string` begins in the text.
  int32_t addText(llvm::StringRef string);

  uint32_t size() const { return uint32_t(offsets.size() / 2); }
  llvm::ArrayRef<int32_t> getOffsets() const { return offsets; }
  llvm::StringRef getText() const { return text; }

private:
  std::vector<int32_t> offsets;
  std::string text;
  llvm::StringMap<int32_t> known;
};

} // namespace attn::sim

#endif // ATTN_CODEGEN_SIM_SITES_H
