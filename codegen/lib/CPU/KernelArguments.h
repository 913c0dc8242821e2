//===- KernelArguments.h - What a kernel is called with ---------*- C++ -*-===//
//
// Kernels read `const int64_t *args`. This class hands out positions on demand,
// each (kind, tensor, axis) once, and gives the list for the manifest.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_CPU_KERNELARGUMENTS_H
#define ATTN_CODEGEN_CPU_KERNELARGUMENTS_H

#include "KernelBuilder.h"

namespace attn::cpu {

class KernelArguments {
public:
  KernelArguments(CpuTensorName nameOf) : nameOf(nameOf) {}

  /// Loads of one argument; `args` is the kernel's first parameter.
  Value pointer(KernelBuilder &kb, Value args, Value tensor);
  /// A constant where the type has the size.
  Value size(KernelBuilder &kb, Value args, Value tensor, int64_t axis);
  /// In elements; 1 for the last axis, as the contract of the boundary says.
  Value stride(KernelBuilder &kb, Value args, Value tensor, int64_t axis);

  std::vector<manifest::KernelArg> take() { return std::move(list); }

private:
  Value load(KernelBuilder &kb, Value args, Type type,
             const manifest::KernelArg &argument);

  CpuTensorName nameOf;
  std::vector<manifest::KernelArg> list;
};

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_KERNELARGUMENTS_H
