// What LLVM can not compile for the host is an error that says so. The process and the
// modules that other threads compile at the same time go on.
//
// What LLVM held when it failed is lost:
// RUN: env LSAN_OPTIONS=detect_leaks=0 host-check %s | FileCheck %s

// Together in one context all are tried, and what is wrong is said in order:
// RUN: env LSAN_OPTIONS=detect_leaks=0 host-check %s "" | FileCheck %s --check-prefix=ALL --implicit-check-not=ELF
// RUN: host-check %s good | FileCheck %s --check-prefix=GOOD
// GOOD-COUNT-4: ELF

// CHECK: kind-to-hosts.mlir":[[#@LINE+3]]:1): LLVM's code generator for x86-64-v3 crashed: Cannot select: {{.*}}nvvm.{{.*}}
// ALL: kind-to-hosts.mlir":[[#@LINE+2]]:1): {{.*}} crashed: Cannot select
// CHECK: {{^}}bad0: no object
module @bad0 {
  llvm.func @f(%x: i32) -> i32 {
    %y = llvm.call_intrinsic "llvm.nvvm.sad.i"(%x, %x, %x) : (i32, i32, i32) -> i32
    llvm.return %y : i32
  }
}

// CHECK: {{^}}good0: ELF
module @good0 {
  llvm.func @f(%x: f32) -> f32 {
    %y = llvm.fadd %x, %x : f32
    llvm.return %y : f32
  }
}

// CHECK: kind-to-hosts.mlir":[[#@LINE+3]]:1): LLVM's code generator for x86-64-v3 crashed: Cannot select: {{.*}}nvvm.{{.*}}
// ALL: kind-to-hosts.mlir":[[#@LINE+2]]:1): {{.*}} crashed: Cannot select
// CHECK: {{^}}bad1: no object
module @bad1 {
  llvm.func @f(%x: i32) -> i32 {
    %y = llvm.call_intrinsic "llvm.nvvm.sad.i"(%x, %x, %x) : (i32, i32, i32) -> i32
    llvm.return %y : i32
  }
}

// CHECK: {{^}}good1: ELF
module @good1 {
  llvm.func @f(%x: f32) -> f32 {
    %y = llvm.fadd %x, %x : f32
    llvm.return %y : f32
  }
}

// CHECK: kind-to-hosts.mlir":[[#@LINE+3]]:1): LLVM's code generator for x86-64-v3 crashed: Cannot select: {{.*}}nvvm.{{.*}}
// ALL: kind-to-hosts.mlir":[[#@LINE+2]]:1): {{.*}} crashed: Cannot select
// CHECK: {{^}}bad2: no object
module @bad2 {
  llvm.func @f(%x: i32) -> i32 {
    %y = llvm.call_intrinsic "llvm.nvvm.sad.i"(%x, %x, %x) : (i32, i32, i32) -> i32
    llvm.return %y : i32
  }
}

// CHECK: {{^}}good2: ELF
module @good2 {
  llvm.func @f(%x: f32) -> f32 {
    %y = llvm.fadd %x, %x : f32
    llvm.return %y : f32
  }
}

// CHECK: kind-to-hosts.mlir":[[#@LINE+3]]:1): LLVM's code generator for x86-64-v3 crashed: Cannot select: {{.*}}nvvm.{{.*}}
// ALL: kind-to-hosts.mlir":[[#@LINE+2]]:1): {{.*}} crashed: Cannot select
// CHECK: {{^}}bad3: no object
module @bad3 {
  llvm.func @f(%x: i32) -> i32 {
    %y = llvm.call_intrinsic "llvm.nvvm.sad.i"(%x, %x, %x) : (i32, i32, i32) -> i32
    llvm.return %y : i32
  }
}

// CHECK: {{^}}good3: ELF
module @good3 {
  llvm.func @f(%x: f32) -> f32 {
    %y = llvm.fadd %x, %x : f32
    llvm.return %y : f32
  }
}
// ALL: no objects of 8
