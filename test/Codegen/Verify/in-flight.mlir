// RUN: attn-opt %s --attn-verify-lowlevel --split-input-file --verify-diagnostics

!acc = !llvm.struct<(f32, f32, f32, f32)>

// Read before the wait.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    %u = llvm.mlir.undef : !acc
    nvvm.wgmma.fence.aligned
    // expected-note @below {{the product is issued here}}
    %0 = nvvm.wgmma.mma_async %da, %db, %u, <m = 64, n = 8, k = 16>, D[<f32>, <zero>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    nvvm.wgmma.commit.group.sync.aligned
    // expected-error @below {{'llvm.extractvalue' op uses the accumulator of a product in flight; expected a wait for it before}}
    %e = llvm.extractvalue %0[0] : !acc
    %1 = attn_nvvm.wgmma_wait 0 accs(%0 : !acc) -> !acc
    llvm.store %e, %out : f32, !llvm.ptr<1>
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// The wait leaves one group in flight, and that is the one.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    %u = llvm.mlir.undef : !acc
    nvvm.wgmma.fence.aligned
    %0 = nvvm.wgmma.mma_async %da, %db, %u, <m = 64, n = 8, k = 16>, D[<f32>, <zero>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    nvvm.wgmma.commit.group.sync.aligned
    // expected-note @below {{the product is issued here}}
    %1 = nvvm.wgmma.mma_async %da, %db, %u, <m = 64, n = 8, k = 16>, D[<f32>, <zero>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    nvvm.wgmma.commit.group.sync.aligned
    %2:2 = attn_nvvm.wgmma_wait 1 accs(%0, %1 : !acc, !acc) -> !acc, !acc
    // expected-error @below {{uses the accumulator of a product in flight}}
    %e = llvm.extractvalue %2#1[0] : !acc
    llvm.store %e, %out : f32, !llvm.ptr<1>
    %3 = attn_nvvm.wgmma_wait 0 accs(%2#1 : !acc) -> !acc
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// A group that nobody commits is never waited for.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    %u = llvm.mlir.undef : !acc
    nvvm.wgmma.fence.aligned
    // expected-note @below {{the product is issued here, in a group that is not committed}}
    %0 = nvvm.wgmma.mma_async %da, %db, %u, <m = 64, n = 8, k = 16>, D[<f32>, <zero>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    %1 = attn_nvvm.wgmma_wait 0 accs(%0 : !acc) -> !acc
    // expected-error @below {{uses the accumulator of a product in flight}}
    %e = llvm.extractvalue %1[0] : !acc
    llvm.store %e, %out : f32, !llvm.ptr<1>
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// Past the wait, not through it: LLVM may read before.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    %u = llvm.mlir.undef : !acc
    nvvm.wgmma.fence.aligned
    %0 = nvvm.wgmma.mma_async %da, %db, %u, <m = 64, n = 8, k = 16>, D[<f32>, <zero>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    nvvm.wgmma.commit.group.sync.aligned
    // expected-note @below {{expected the result of this wait}}
    %1 = attn_nvvm.wgmma_wait 0 accs(%0 : !acc) -> !acc
    // expected-error @below {{uses an accumulator past the wait for it}}
    %e = llvm.extractvalue %0[0] : !acc
    llvm.store %e, %out : f32, !llvm.ptr<1>
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// What the accumulator held before is gone.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    %f:2 = attn_nvvm.wgmma_fence accs(%c : !acc) fragments(%a : i32) -> !acc, i32
    // expected-note @below {{expected the result of this product, behind a wait for it}}
    %0 = attn_nvvm.wgmma_ra %f#1, %f#1, %f#1, %f#1, %db, %f#0 n(8) bf16 transposed : !acc
    nvvm.wgmma.commit.group.sync.aligned
    %1 = attn_nvvm.wgmma_wait 0 accs(%0 : !acc) kept(%f#1 : i32) -> !acc
    // expected-error @below {{uses an accumulator that a product has taken}}
    %e = llvm.extractvalue %f#0[0] : !acc
    llvm.store %e, %out : f32, !llvm.ptr<1>
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// Two products add to one accumulator.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    %u = llvm.mlir.undef : !acc
    nvvm.wgmma.fence.aligned
    %0 = nvvm.wgmma.mma_async %da, %db, %u, <m = 64, n = 8, k = 16>, D[<f32>, <zero>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    // expected-note @below {{expected the result of this product}}
    %1 = nvvm.wgmma.mma_async %da, %db, %0, <m = 64, n = 8, k = 16>, D[<f32>, <one>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    // expected-error @below {{uses an accumulator that a product has taken}}
    %2 = nvvm.wgmma.mma_async %da, %db, %0, <m = 64, n = 8, k = 16>, D[<f32>, <one>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    nvvm.wgmma.commit.group.sync.aligned
    %3:2 = attn_nvvm.wgmma_wait 0 accs(%1, %2 : !acc, !acc) -> !acc, !acc
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// A register of A, read by another op before the wait.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    %f:2 = attn_nvvm.wgmma_fence accs(%c : !acc) fragments(%a : i32) -> !acc, i32
    // expected-note @below {{the product is issued here}}
    %0 = attn_nvvm.wgmma_ra %f#1, %f#1, %f#1, %f#1, %db, %f#0 n(8) bf16 transposed : !acc
    nvvm.wgmma.commit.group.sync.aligned
    // expected-error @below {{'llvm.store' op uses register a0 of A of a product in flight}}
    llvm.store %f#1, %out : i32, !llvm.ptr<1>
    %1 = attn_nvvm.wgmma_wait 0 accs(%0 : !acc) kept(%f#1 : i32) -> !acc
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// Waited for on one path only.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    %u = llvm.mlir.undef : !acc
    nvvm.wgmma.fence.aligned
    // expected-note @below {{the product is issued here}}
    %0 = nvvm.wgmma.mma_async %da, %db, %u, <m = 64, n = 8, k = 16>, D[<f32>, <zero>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    nvvm.wgmma.commit.group.sync.aligned
    llvm.cond_br %x, ^wait, ^behind(%0 : !acc)
  ^wait:
    %1 = attn_nvvm.wgmma_wait 0 accs(%0 : !acc) -> !acc
    llvm.br ^behind(%1 : !acc)
  ^behind(%2: !acc):
    // expected-error @below {{uses the accumulator of a product in flight}}
    %e = llvm.extractvalue %2[0] : !acc
    llvm.store %e, %out : f32, !llvm.ptr<1>
    // expected-error @below {{ends the kernel with a product in flight}}
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// A pipeline over iterations: the wait at the head leaves the product of the iteration before in
// flight, and the body reads it.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    %u = llvm.mlir.undef : !acc
    nvvm.wgmma.fence.aligned
    %0 = nvvm.wgmma.mma_async %da, %db, %u, <m = 64, n = 8, k = 16>, D[<f32>, <zero>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    nvvm.wgmma.commit.group.sync.aligned
    llvm.br ^head(%0 : !acc)
  ^head(%s: !acc):
    nvvm.wgmma.fence.aligned
    // expected-note @below {{the product is issued here}}
    %1 = nvvm.wgmma.mma_async %da, %db, %u, <m = 64, n = 8, k = 16>, D[<f32>, <zero>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    nvvm.wgmma.commit.group.sync.aligned
    %2:2 = attn_nvvm.wgmma_wait 1 accs(%s, %1 : !acc, !acc) -> !acc, !acc
    %e = llvm.extractvalue %2#0[0] : !acc
    llvm.store %e, %out : f32, !llvm.ptr<1>
    llvm.cond_br %x, ^head(%2#1 : !acc), ^end
  ^end:
    // expected-error @below {{uses the accumulator of a product in flight}}
    %l = llvm.extractvalue %2#1[0] : !acc
    llvm.store %l, %out : f32, !llvm.ptr<1>
    %3 = attn_nvvm.wgmma_wait 0 accs(%2#1 : !acc) -> !acc
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// Two groups on one path, one on the other: the wait completes only what both have committed.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    %u = llvm.mlir.undef : !acc
    nvvm.wgmma.fence.aligned
    // expected-note @below {{the product is issued here}}
    %0 = nvvm.wgmma.mma_async %da, %db, %u, <m = 64, n = 8, k = 16>, D[<f32>, <zero>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    nvvm.wgmma.commit.group.sync.aligned
    llvm.cond_br %x, ^more, ^behind
  ^more:
    // expected-note @below {{the product is issued here}}
    %m = nvvm.wgmma.mma_async %da, %db, %u, <m = 64, n = 8, k = 16>, D[<f32>, <zero>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    nvvm.wgmma.commit.group.sync.aligned
    llvm.br ^behind
  ^behind:
    %1 = attn_nvvm.wgmma_wait 1 accs(%0 : !acc) -> !acc
    // expected-error @below {{uses the accumulator of a product in flight}}
    %e = llvm.extractvalue %1[0] : !acc
    llvm.store %e, %out : f32, !llvm.ptr<1>
    // expected-error @below {{completes a product but does not tie the accumulator}}
    %2 = attn_nvvm.wgmma_wait 0 accs(%1 : !acc) -> !acc
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// The wait knows the accumulator by another name.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    %u = llvm.mlir.undef : !acc
    nvvm.wgmma.fence.aligned
    %0 = nvvm.wgmma.mma_async %da, %db, %u, <m = 64, n = 8, k = 16>, D[<f32>, <zero>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    nvvm.wgmma.commit.group.sync.aligned
    llvm.br ^wait(%0 : !acc)
  ^wait(%s: !acc):
    // expected-note @below {{expected the result of this wait}}
    %1 = attn_nvvm.wgmma_wait 0 accs(%s : !acc) -> !acc
    // expected-error @below {{uses an accumulator past the wait for it}}
    %e = llvm.extractvalue %0[0] : !acc
    llvm.store %e, %out : f32, !llvm.ptr<1>
    llvm.return
  }
}
