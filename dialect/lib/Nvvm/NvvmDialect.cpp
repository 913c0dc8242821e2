//===- NvvmDialect.cpp - Registration of the attn_nvvm dialect ------------===//

#include "attn/dialect/Nvvm/Nvvm.h"

#include "attn/dialect/Nvvm/NvvmDialect.cpp.inc"

void attn::nvvm::AttnNvvmDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "attn/dialect/Nvvm/NvvmOps.cpp.inc"
      >();
}

mlir::LogicalResult attn::nvvm::AttnNvvmDialect::verifyOperationAttribute(
    mlir::Operation *op, mlir::NamedAttribute attr) {
  auto bytes = mlir::dyn_cast<mlir::IntegerAttr>(attr.getValue());
  if (attr.getName() != kSharedBytesAttr || !bytes ||
      !bytes.getType().isInteger(64) || bytes.getInt() < 0)
    return op->emitOpError()
           << "expects of attn_nvvm only the attribute '" << kSharedBytesAttr
           << "', an i64 of 0 or more, but got " << attr.getName() << " = "
           << attr.getValue();
  return mlir::success();
}
