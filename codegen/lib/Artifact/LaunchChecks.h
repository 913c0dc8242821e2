//===- LaunchChecks.h - What only the launch can check ----------*- C++ -*-===//
//
// Sizes that must agree and table indices that must stay in range. What the
// types decide is an error at compile time; what depends on letters becomes a
// condition in the manifest; what neither decides is an error with a remedy.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_ARTIFACT_LAUNCHCHECKS_H
#define ATTN_CODEGEN_LIB_ARTIFACT_LAUNCHCHECKS_H

#include "attn/manifest/Manifest.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace attn {

/// Conditions of `function` (stage `input`), each once.
mlir::FailureOr<std::vector<manifest::Check>>
getLaunchChecks(mlir::func::FuncOp function);

} // namespace attn

#endif // ATTN_CODEGEN_LIB_ARTIFACT_LAUNCHCHECKS_H
