// What device sim does not know is an error that names the op and its place; every
// one of them is reported.
//
// REQUIRES: compiler
// RUN: not sim-lower %s 2>&1 | FileCheck %s

gpu.module @kernels {
  llvm.func external @somewhere(f32) -> f32
  llvm.func @kernel(%x: f32, %i: i32, %p: !llvm.ptr<1>, %b: bf16) attributes {gpu.kernel, nvvm.kernel} {
    // CHECK: unknown.mlir:[[#@LINE+1]]:10: error: device sim does not know 'nvvm.redux.sync'; add it to the table of codegen/lib/Sim
    %r = nvvm.redux.sync add %i, %i : i32 -> i32
    // CHECK: unknown.mlir:[[#@LINE+1]]:5: error: device sim does not read assembly; expected an op that says what it does
    llvm.inline_asm has_side_effects "wgmma.fence.sync.aligned;", "" : () -> ()
    // CHECK: unknown.mlir:[[#@LINE+1]]:10: error: device sim does not know 'llvm.intr.sin'
    %s = llvm.intr.sin(%x) : (f32) -> f32
    // CHECK: unknown.mlir:[[#@LINE+1]]:10: error: device sim does not know the intrinsic 'llvm.nvvm.sad.i'
    %q = llvm.call_intrinsic "llvm.nvvm.sad.i"(%i, %i, %i) : (i32, i32, i32) -> i32
    // CHECK: unknown.mlir:[[#@LINE+1]]:10: error: device sim can not call 'somewhere'; expected a function of the same gpu.module
    %c = llvm.call @somewhere(%s) : (f32) -> f32
    llvm.store %c, %p : f32, !llvm.ptr<1>
    llvm.return
  }
}
