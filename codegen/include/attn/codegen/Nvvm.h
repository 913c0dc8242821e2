//===- Nvvm.h - Kernels for Hopper ------------------------------*- C++ -*-===//
//
// Turns ops of stage `schedule` into GPU kernels: emit (nvvm, llvm, attn_nvvm
// in one gpu.module: stage `lowlevel`), then PTX in process. Nothing here
// aborts the host: what can not be lowered is a located diagnostic.
//
//   checkNvvmLegality(op);
//   gpu::GPUModuleOp kernels = createNvvmModule(module, "main_kernels");
//   emitNvvmKernel(op, symbol, kernels, nameOf)    for every op
//   lowerNvvmModule(kernels);                      -> stage `lowlevel`
//   translateToPtx(kernels)                        -> PTX text
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_NVVM_H
#define ATTN_CODEGEN_NVVM_H

#include "attn/manifest/Manifest.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <array>
#include <string>
#include <vector>

namespace attn {

/// Adds the dialects kernels are written in and the interfaces that translation
/// to LLVM IR needs. Call before the context is made.
void registerNvvmCodegen(mlir::DialectRegistry &registry);

/// What the launch must know about one kernel.
struct NvvmKernel {
  std::string symbol;
  /// In order. Sizes and strides are i64 (strides in elements), pointers are
  /// global addresses, tensor maps are 128 bytes by value, aligned to 64.
  std::vector<manifest::KernelArg> args;
  std::array<manifest::Expr, 3> grid;       ///< CTAs in x, y, z.
  std::array<int64_t, 3> block = {1, 1, 1}; ///< Threads per CTA.
  int64_t sharedBytes = 0;                  ///< Dynamic shared memory per CTA.
};

/// The manifest's name of a tensor, and the size of one of its axes. Asked for
/// operands of the op (and of the route it folds over) and for its results.
struct NvvmTensors {
  llvm::function_ref<std::string(mlir::Value)> name;
  llvm::function_ref<manifest::Expr(mlir::Value, unsigned)> size;
};

/// Checks that `op`, an attn_sched.forward, attn_tile.merge or
/// attn_tile.summarize, can be lowered: element types, head sizes, operations
/// inside regions. Emits a located diagnostic that says what is supported.
llvm::LogicalResult checkNvvmLegality(mlir::Operation *op);

/// An empty gpu.module `name` for `chip` at the end of `module`, with the
/// dynamic shared memory that all its kernels use.
mlir::gpu::GPUModuleOp createNvvmModule(mlir::ModuleOp module,
                                        llvm::StringRef name);

/// Emits the kernel `symbol` for `op` into `kernels`.
mlir::FailureOr<NvvmKernel> emitNvvmKernel(mlir::Operation *op,
                                           llvm::StringRef symbol,
                                           mlir::gpu::GPUModuleOp kernels,
                                           const NvvmTensors &tensors);

/// Lowers what regions left (arith, math) to the llvm dialect: then `kernels`
/// is of stage `lowlevel`.
llvm::LogicalResult lowerNvvmModule(mlir::gpu::GPUModuleOp kernels);

/// PTX of all kernels. A clone is lowered; `kernels` stays as it is. A crash of
/// the code generator is a diagnostic, not the end of the host.
mlir::FailureOr<std::string> translateToPtx(mlir::gpu::GPUModuleOp kernels);

} // namespace attn

#endif // ATTN_CODEGEN_NVVM_H
