//===- SharedLayout.cpp - Where shared variables lie ----------------------===//

#include "SharedLayout.h"

#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace attn::sim {

SharedLayout::SharedLayout(gpu::GPUModuleOp kernels) {
  DataLayout layout = DataLayout::closest(kernels);
  int64_t dynamicAlignment = 16;
  SmallVector<StringRef> dynamic;
  for (auto global : kernels.getOps<LLVM::GlobalOp>()) {
    if (global.getAddrSpace() != 3)
      continue;
    int64_t bytes = layout.getTypeSize(global.getType()).getFixedValue();
    int64_t alignment = global.getAlignment().value_or(
        layout.getTypeABIAlignment(global.getType()));
    largestAlignment = std::max(largestAlignment, alignment);
    if (bytes == 0) {
      dynamic.push_back(global.getSymName());
      dynamicAlignment = std::max(dynamicAlignment, alignment);
      continue;
    }
    staticBytes = llvm::alignTo(staticBytes, alignment);
    offsets[global.getSymName()] = staticBytes;
    staticBytes += bytes;
  }
  if (!dynamic.empty())
    staticBytes = llvm::alignTo(staticBytes, dynamicAlignment);
  for (StringRef name : dynamic)
    offsets[name] = staticBytes;
}

std::optional<int64_t> SharedLayout::getOffset(StringRef variable) const {
  auto found = offsets.find(variable);
  if (found == offsets.end())
    return std::nullopt;
  return found->second;
}

} // namespace attn::sim
