//===- NvvmDialect.cpp - Registration of the attn_nvvm dialect ------------===//

#include "attn/dialect/Nvvm/Nvvm.h"

#include "attn/dialect/Nvvm/NvvmDialect.cpp.inc"

void attn::nvvm::AttnNvvmDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "attn/dialect/Nvvm/NvvmOps.cpp.inc"
      >();
}
