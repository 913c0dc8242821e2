// RUN: attn-opt %s --attn-verify-lowlevel --split-input-file --verify-diagnostics

// One byte more than a CTA can have.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  // expected-note @below {{shared variables end here}}
  llvm.mlir.global internal @barriers() {addr_space = 3 : i32, alignment = 8 : i64} : !llvm.array<3 x i64>
  // expected-error @below {{'llvm.func' op takes 232425 bytes of dynamic and 24 of static shared memory; target 'sm_90a' has 232448}}
  llvm.func @kernel(%id: i32, %barrier: !llvm.ptr<3>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 384, 1, 1>, attn_nvvm.shared_bytes = 232425 : i64} {
    llvm.return
  }
}

// -----

gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  // expected-error @below {{expects 'attn_nvvm.shared_bytes' to be an i64 of 0 or more but got -1}}
  llvm.func @kernel(%id: i32, %barrier: !llvm.ptr<3>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 384, 1, 1>, attn_nvvm.shared_bytes = -1 : i64} {
    llvm.return
  }
}
