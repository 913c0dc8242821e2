//===- Plan.h - The launch plan of a function -------------------*- C++ -*-===//
//
// A function of stage `tiles` is a straight line of structured ops: each is one
// launch. Values that are neither arguments nor results live in the workspace.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_ARTIFACT_PLAN_H
#define ATTN_CODEGEN_LIB_ARTIFACT_PLAN_H

#include "attn/manifest/Manifest.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"

namespace attn {

/// Ops of a function that become launches, in order, and the names of their
/// tensors.
class LaunchOrder {
public:
  /// Fails with a diagnostic if a result is not computed by a launch of its
  /// own.
  static mlir::FailureOr<LaunchOrder> create(mlir::func::FuncOp function);

  /// The ops to launch.
  llvm::ArrayRef<mlir::Operation *> getOps() const { return ops; }

  /// Symbol of the kernel of op `index`, without variant: main_fold0.
  std::string getSymbol(unsigned index) const;

  /// Name of an argument, result or buffer.
  std::string getName(mlir::Value value) const { return names.lookup(value); }

  /// Workspace tensors, in order of creation.
  std::vector<manifest::Buffer> getBuffers() const;

  /// The step that launches op `index`; its arguments are the caller's to fill.
  manifest::Step getStep(unsigned index) const;

private:
  /// Names a result of a launch, and the buffer where it lies, if in one.
  void nameResult(mlir::Value result);

  mlir::func::FuncOp function;
  llvm::SmallVector<mlir::Operation *> ops;
  llvm::MapVector<mlir::Value, std::string> names;
  llvm::SmallVector<mlir::Value> buffers;
};

} // namespace attn

#endif // ATTN_CODEGEN_LIB_ARTIFACT_PLAN_H
