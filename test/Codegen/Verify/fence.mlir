// RUN: attn-opt %s --attn-verify-lowlevel --split-input-file --verify-diagnostics

!acc = !llvm.struct<(f32, f32, f32, f32)>

// No fence.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  // expected-note @below {{the kernel begins here}}
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    %u = llvm.mlir.undef : !acc
    // expected-error @below {{'nvvm.wgmma.mma_async' op is issued without a wgmma fence since the last wait}}
    %0 = nvvm.wgmma.mma_async %da, %db, %u, <m = 64, n = 8, k = 16>, D[<f32>, <zero>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    nvvm.wgmma.commit.group.sync.aligned
    %1 = attn_nvvm.wgmma_wait 0 accs(%0 : !acc) -> !acc
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// The fence of the batch before does not count.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    %u = llvm.mlir.undef : !acc
    nvvm.wgmma.fence.aligned
    %0 = nvvm.wgmma.mma_async %da, %db, %u, <m = 64, n = 8, k = 16>, D[<f32>, <zero>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    nvvm.wgmma.commit.group.sync.aligned
    // expected-note @below {{the last wait}}
    %1 = attn_nvvm.wgmma_wait 0 accs(%0 : !acc) -> !acc
    // expected-error @below {{is issued without a wgmma fence since the last wait}}
    %2 = nvvm.wgmma.mma_async %da, %db, %u, <m = 64, n = 8, k = 16>, D[<f32>, <zero>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    nvvm.wgmma.commit.group.sync.aligned
    %3 = attn_nvvm.wgmma_wait 0 accs(%2 : !acc) -> !acc
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// A fence on one path.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  // expected-note @below {{the kernel begins here}}
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    %u = llvm.mlir.undef : !acc
    llvm.cond_br %x, ^fence, ^go
  ^fence:
    nvvm.wgmma.fence.aligned
    llvm.br ^go
  ^go:
    // expected-error @below {{is issued without a wgmma fence since the last wait}}
    %0 = nvvm.wgmma.mma_async %da, %db, %u, <m = 64, n = 8, k = 16>, D[<f32>, <zero>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    nvvm.wgmma.commit.group.sync.aligned
    %1 = attn_nvvm.wgmma_wait 0 accs(%0 : !acc) -> !acc
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// Written between the fence and the issue.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    %z = llvm.mlir.constant(0.0 : f32) : f32
    %f:2 = attn_nvvm.wgmma_fence accs(%c : !acc) fragments(%a : i32) -> !acc, i32
    // expected-note @below {{made here}}
    %w = llvm.insertvalue %z, %f#0[0] : !acc
    // expected-error @below {{'attn_nvvm.wgmma_ra' op uses the accumulator that no fence ties; expected a result of attn_nvvm.wgmma_fence}}
    %0 = attn_nvvm.wgmma_ra %f#1, %f#1, %f#1, %f#1, %db, %w n(8) bf16 transposed : !acc
    nvvm.wgmma.commit.group.sync.aligned
    %1 = attn_nvvm.wgmma_wait 0 accs(%0 : !acc) kept(%f#1 : i32) -> !acc
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// Read between the fence and the issue.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    %f:2 = attn_nvvm.wgmma_fence accs(%c : !acc) fragments(%a : i32) -> !acc, i32
    // expected-note @below {{touched here}}
    %e = llvm.extractvalue %f#0[0] : !acc
    // expected-error @below {{uses the accumulator that is touched behind its fence}}
    %0 = attn_nvvm.wgmma_ra %f#1, %f#1, %f#1, %f#1, %db, %f#0 n(8) bf16 transposed : !acc
    nvvm.wgmma.commit.group.sync.aligned
    %1 = attn_nvvm.wgmma_wait 0 accs(%0 : !acc) kept(%f#1 : i32) -> !acc
    llvm.store %e, %out : f32, !llvm.ptr<1>
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// Rounded behind the fence.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    %f:2 = attn_nvvm.wgmma_fence accs(%c : !acc) fragments(%a : i32) -> !acc, i32
    %m = llvm.mlir.constant(1 : i32) : i32
    // expected-note @below {{made here}}
    %p = llvm.or %f#1, %m : i32
    // expected-error @below {{uses register a0 of A that no fence ties}}
    %0 = attn_nvvm.wgmma_ra %p, %p, %p, %p, %db, %f#0 n(8) bf16 transposed : !acc
    nvvm.wgmma.commit.group.sync.aligned
    %1 = attn_nvvm.wgmma_wait 0 accs(%0 : !acc) kept(%p : i32) -> !acc
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// A fence without registers ties none: LLVM may write %c behind it.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    %z = llvm.mlir.constant(0.0 : f32) : f32
    // expected-note @below {{made here}}
    %w = llvm.insertvalue %z, %c[0] : !acc
    nvvm.wgmma.fence.aligned
    // expected-error @below {{uses the accumulator that no fence ties}}
    %0 = nvvm.wgmma.mma_async %da, %db, %w, <m = 64, n = 8, k = 16>, D[<f32>, <one>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    nvvm.wgmma.commit.group.sync.aligned
    %1 = attn_nvvm.wgmma_wait 0 accs(%0 : !acc) -> !acc
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// Tied on one path.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  // expected-note @below {{in this kernel}}
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    nvvm.wgmma.fence.aligned
    llvm.cond_br %x, ^tie, ^go(%c : !acc)
  ^tie:
    %t = attn_nvvm.wgmma_fence accs(%c : !acc) -> !acc
    llvm.br ^go(%t : !acc)
  ^go(%o: !acc):
    // expected-error @below {{uses the accumulator that no fence ties}}
    %0 = nvvm.wgmma.mma_async %da, %db, %o, <m = 64, n = 8, k = 16>, D[<f32>, <one>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    nvvm.wgmma.commit.group.sync.aligned
    %1 = attn_nvvm.wgmma_wait 0 accs(%0 : !acc) -> !acc
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// What the fence took is touched by it.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    %f:2 = attn_nvvm.wgmma_fence accs(%c : !acc) fragments(%a : i32) -> !acc, i32
    // expected-note @below {{touched here}}
    %g = attn_nvvm.wgmma_fence accs(%f#0 : !acc) -> !acc
    // expected-error @below {{uses the accumulator that is touched behind its fence}}
    %0 = attn_nvvm.wgmma_ra %f#1, %f#1, %f#1, %f#1, %db, %f#0 n(8) bf16 transposed : !acc
    nvvm.wgmma.commit.group.sync.aligned
    %1 = attn_nvvm.wgmma_wait 0 accs(%0 : !acc) kept(%f#1 : i32) -> !acc
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// Tied on the way that comes first, not on the other.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  // expected-note @below {{in this kernel}}
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    %t = attn_nvvm.wgmma_fence accs(%c : !acc) -> !acc
    llvm.cond_br %x, ^go(%t : !acc), ^other
  ^other:
    llvm.br ^go(%c : !acc)
  ^go(%o: !acc):
    // expected-error @below {{uses the accumulator that no fence ties}}
    %0 = nvvm.wgmma.mma_async %da, %db, %o, <m = 64, n = 8, k = 16>, D[<f32>, <one>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    nvvm.wgmma.commit.group.sync.aligned
    %1 = attn_nvvm.wgmma_wait 0 accs(%0 : !acc) -> !acc
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// A wait on one way: behind it the fence does not count.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    %u = llvm.mlir.undef : !acc
    nvvm.wgmma.fence.aligned
    llvm.cond_br %x, ^go, ^wait
  ^wait:
    // expected-note @below {{the last wait}}
    nvvm.wgmma.wait.group.sync.aligned 0
    llvm.br ^go
  ^go:
    // expected-error @below {{is issued without a wgmma fence since the last wait}}
    %0 = nvvm.wgmma.mma_async %da, %db, %u, <m = 64, n = 8, k = 16>, D[<f32>, <zero>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    nvvm.wgmma.commit.group.sync.aligned
    %1 = attn_nvvm.wgmma_wait 0 accs(%0 : !acc) -> !acc
    llvm.return
  }
}
