//===- Register.h - All dialects a program may hold -------------*- C++ -*-===//

#ifndef ATTN_DIALECT_REGISTER_H
#define ATTN_DIALECT_REGISTER_H

#include "mlir/IR/DialectRegistry.h"

namespace attn {

/// Registers `attn`, `attn_tile` and the upstream dialects of programs: func,
/// arith, math, scf, tensor.
void registerAllDialects(mlir::DialectRegistry &registry);

} // namespace attn

#endif // ATTN_DIALECT_REGISTER_H
