//===- Passes.h - Passes over stage lowlevel --------------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_PASSES_H
#define ATTN_CODEGEN_PASSES_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Pass/Pass.h"

#include <memory>

namespace attn {
#define GEN_PASS_DECL
#include "attn/codegen/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "attn/codegen/Passes.h.inc"
} // namespace attn

#endif // ATTN_CODEGEN_PASSES_H
