// What LLVM can not compile is an error that says so, and the process goes on.
//
// What LLVM held when it failed is lost:
// RUN: env LSAN_OPTIONS=detect_leaks=0 ptx-check %s | FileCheck %s

// The list in codegen/lib/NVVM/Legality.cpp names the op before LLVM sees it.
//
// CHECK: kind-to-hosts.mlir:[[#@LINE+4]]:{{.*}}: error: 'llvm.intr.log2' op has no instruction on target sm_90a
// CHECK: log2: no PTX
gpu.module @log2 [#nvvm.target<chip = "sm_90a", features = "+ptx80">] {
  llvm.func @f(%x: f32, %p: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel} {
    %y = llvm.intr.log2(%x) : (f32) -> f32
    llvm.store %y, %p : f32, !llvm.ptr<1>
    llvm.return
  }
}

// A fatal error inside LLVM: this form of the copy needs a later PTX version.
//
// CHECK: error: LLVM can not generate code: Cannot select
// CHECK: fatal: no PTX
gpu.module @fatal [#nvvm.target<chip = "sm_90a", features = "+ptx80">] {
  llvm.func @f(%to: !llvm.ptr<3>, %map: !llvm.ptr, %barrier: !llvm.ptr<3>, %c: i32) attributes {gpu.kernel, nvvm.kernel} {
    nvvm.cp.async.bulk.tensor.shared.cluster.global %to, %map, %barrier, box[%c, %c] {isCTAOnly = true} : !llvm.ptr<3>, !llvm.ptr
    llvm.return
  }
}

// CHECK: good: PTX
// CHECK: .entry f
// CHECK: ex2.approx.ftz.f32
gpu.module @good [#nvvm.target<chip = "sm_90a", features = "+ptx80">] {
  llvm.func @f(%x: f32, %p: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel} {
    %y = attn_nvvm.ex2 %x : f32
    llvm.store %y, %p : f32, !llvm.ptr<1>
    llvm.return
  }
}
