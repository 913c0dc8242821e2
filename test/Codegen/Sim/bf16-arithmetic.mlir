// x86 has no bf16: values are moved as bits, arithmetic is refused.
//
// REQUIRES: compiler
// RUN: not sim-lower %s 2>&1 | FileCheck %s

gpu.module @kernels {
  llvm.func @kernel(%x: bf16, %p: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel} {
    // CHECK: bf16-arithmetic.mlir:[[#@LINE+1]]:10: error: device sim does not know 'llvm.fadd' of bf16; expected f32 and a conversion
    %s = llvm.fadd %x, %x : bf16
    llvm.store %s, %p : bf16, !llvm.ptr<1>
    llvm.return
  }
}
