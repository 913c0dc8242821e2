//===- KernelArguments.h - What a kernel is called with ---------*- C++ -*-===//
//
// Kernels read `const int64_t *args`. Positions are handed out on demand, each
// (kind, tensor, axis) once; the list goes to the manifest.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_CPU_KERNELARGUMENTS_H
#define ATTN_CODEGEN_CPU_KERNELARGUMENTS_H

#include "KernelBuilder.h"

namespace attn::cpu {

/// The list of a kernel.
class KernelArguments {
public:
  /// \param list what other variants of `kernel` are called with.
  KernelArguments(llvm::StringRef kernel, CpuTensorName nameOf,
                  std::vector<manifest::KernelArg> list)
      : nameOf(nameOf), kernel(kernel), list(std::move(list)) {}

  CpuTensorName nameOf;
  /// Name of a buffer of the kernel's own (CpuKernel::buffers).
  std::string getBufferName(unsigned position) const {
    return (kernel + "_packed" + llvm::Twine(position)).str();
  }
  /// Position of `argument`, which is new or was asked for before.
  int64_t getPosition(const manifest::KernelArg &argument);
  std::vector<manifest::KernelArg> take() { return std::move(list); }

private:
  llvm::StringRef kernel;
  std::vector<manifest::KernelArg> list;
};

/// The arguments of one call, read where the builder stands.
class CallArguments {
public:
  /// \param args the kernel's first parameter.
  CallArguments(KernelBuilder &kb, KernelArguments &list, Value args)
      : kb(kb), list(list), args(args) {}

  Value pointer(Value tensor);
  /// That of a buffer of the kernel's own.
  Value buffer(unsigned position);
  /// A constant where the type has the size. Of tokens that are found through a
  /// layout: its slots.
  Value size(Value tensor, int64_t axis);
  /// In elements; 1 for the last axis, as the contract of the boundary says.
  Value stride(Value tensor, int64_t axis);

  KernelBuilder &kb;

private:
  Value load(Type type, const manifest::KernelArg &argument);

  KernelArguments &list;
  Value args;
};

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_KERNELARGUMENTS_H
