//===- TensorViews.h - Tensors of a program as views of others --*- C++ -*-===//
//
// A collapsed argument is a view of the argument; what is expanded before it is
// returned is computed into a view of the result. Kernels see views only.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_ARTIFACT_TENSORVIEWS_H
#define ATTN_CODEGEN_LIB_ARTIFACT_TENSORVIEWS_H

#include "attn/manifest/Manifest.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace attn {

/// Views of `function` in order, each with the value that it is. The same view
/// has the same name in all stages.
std::vector<std::pair<mlir::Value, manifest::View>>
getTensorViews(mlir::func::FuncOp function);

} // namespace attn

#endif // ATTN_CODEGEN_LIB_ARTIFACT_TENSORVIEWS_H
