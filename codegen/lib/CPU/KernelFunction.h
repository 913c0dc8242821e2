//===- KernelFunction.h - A kernel and its task as functions ----*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_KERNELFUNCTION_H
#define ATTN_CODEGEN_CPU_KERNELFUNCTION_H

#include "KernelArguments.h"
#include "KernelBuilder.h"

namespace attn::cpu {

/// What a kernel consists of: the number of its tasks and one task.
struct KernelBody {
  llvm::function_ref<Value(KernelBuilder &, Value args)> count;
  llvm::function_ref<void(KernelBuilder &, Value args, Value host, Value index,
                          Value worker)>
      task;
};

/// Emits `name`, an AttnCpuKernel that runs its tasks by the host's
/// parallelFor, and `name` + "_task", the AttnCpuTask.
void emitKernelFunctions(mlir::ModuleOp module, Location loc,
                         llvm::StringRef name, const VariantInfo &variant,
                         KernelBody body);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_KERNELFUNCTION_H
