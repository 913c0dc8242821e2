//===- KernelFunction.h - A kernel and its task as functions ----*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_KERNELFUNCTION_H
#define ATTN_CODEGEN_CPU_KERNELFUNCTION_H

#include "KernelArguments.h"
#include "KernelBuilder.h"

#include <functional>

namespace attn::cpu {

/// A turn of a kernel: the number of its tasks and one task.
struct KernelTurn {
  llvm::StringRef name;
  std::function<Value(KernelBuilder &, Value args)> count;
  std::function<void(KernelBuilder &, Value args, Value host, Value index,
                     Value worker)>
      task;
};

/// Emits `name`, an AttnCpuKernel that runs the tasks of one turn after the
/// other by the host's parallelFor, `name` + "_" + that of a turn, the
/// AttnCpuTasks, and `name` + "_turns", their names.
void emitKernelFunctions(mlir::ModuleOp module, Location loc,
                         llvm::StringRef name, const VariantInfo &variant,
                         llvm::ArrayRef<KernelTurn> turns);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_KERNELFUNCTION_H
