// RUN: attn-opt %s --attn-verify-lowlevel --split-input-file --verify-diagnostics

!acc = !llvm.struct<(f32, f32, f32, f32)>

// A wait that has no results ties nothing.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    %u = llvm.mlir.undef : !acc
    nvvm.wgmma.fence.aligned
    // expected-note @below {{the product is issued here}}
    %0 = nvvm.wgmma.mma_async %da, %db, %u, <m = 64, n = 8, k = 16>, D[<f32>, <zero>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    nvvm.wgmma.commit.group.sync.aligned
    // expected-error @below {{'nvvm.wgmma.wait.group.sync.aligned' op completes a product but does not tie the accumulator; expected it among 'accs' of attn_nvvm.wgmma_wait}}
    nvvm.wgmma.wait.group.sync.aligned 0
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// Two accumulators, one of them tied.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    %u = llvm.mlir.undef : !acc
    nvvm.wgmma.fence.aligned
    %0 = nvvm.wgmma.mma_async %da, %db, %u, <m = 64, n = 8, k = 16>, D[<f32>, <zero>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    // expected-note @below {{the product is issued here}}
    %1 = nvvm.wgmma.mma_async %da, %db, %u, <m = 64, n = 8, k = 16>, D[<f32>, <zero>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    nvvm.wgmma.commit.group.sync.aligned
    // expected-error @below {{completes a product but does not tie the accumulator}}
    %2 = attn_nvvm.wgmma_wait 0 accs(%0 : !acc) -> !acc
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// A's registers may be overwritten before the wait.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    %f:2 = attn_nvvm.wgmma_fence accs(%c : !acc) fragments(%a : i32) -> !acc, i32
    // expected-note @below {{the product is issued here}}
    %0 = attn_nvvm.wgmma_ra %f#1, %f#1, %f#1, %f#1, %db, %f#0 n(8) bf16 transposed : !acc
    nvvm.wgmma.commit.group.sync.aligned
    // expected-error @below {{completes a product but does not tie register a0 of A; expected it among 'kept' of attn_nvvm.wgmma_wait}}
    %1 = attn_nvvm.wgmma_wait 0 accs(%0 : !acc) -> !acc
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// The same in the next iteration: the wait keeps what the next product will read.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    llvm.br ^loop(%c, %a : !acc, i32)
  ^loop(%o: !acc, %p: i32):
    %f:2 = attn_nvvm.wgmma_fence accs(%o : !acc) fragments(%p : i32) -> !acc, i32
    // expected-note @below {{the product is issued here}}
    %0 = attn_nvvm.wgmma_ra %f#1, %f#1, %f#1, %f#1, %db, %f#0 n(8) bf16 transposed : !acc
    nvvm.wgmma.commit.group.sync.aligned
    llvm.cond_br %x, ^behind(%0, %f#1 : !acc, i32), ^behind(%0, %a : !acc, i32)
  ^behind(%1: !acc, %q: i32):
    // expected-error @below {{completes a product but does not tie register a0 of A}}
    %2 = attn_nvvm.wgmma_wait 0 accs(%1 : !acc) kept(%a : i32) -> !acc
    llvm.cond_br %x, ^loop(%2, %q : !acc, i32), ^end
  ^end:
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// On one path nothing waits.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    %u = llvm.mlir.undef : !acc
    nvvm.wgmma.fence.aligned
    // expected-note @below {{the product is issued here}}
    %0 = nvvm.wgmma.mma_async %da, %db, %u, <m = 64, n = 8, k = 16>, D[<f32>, <zero>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    nvvm.wgmma.commit.group.sync.aligned
    llvm.cond_br %x, ^wait, ^end
  ^wait:
    %1 = attn_nvvm.wgmma_wait 0 accs(%0 : !acc) -> !acc
    llvm.br ^end
  ^end:
    // expected-error @below {{'llvm.return' op ends the kernel with a product in flight}}
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// The wait at the end ties the product of the iteration before, and completes the one at hand, too.
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
    llvm.cond_br %x, ^go, ^end
  ^go:
    %2 = attn_nvvm.wgmma_wait 1 accs(%s : !acc) -> !acc
    llvm.br ^head(%1 : !acc)
  ^end:
    // expected-error @below {{completes a product but does not tie the accumulator}}
    %3 = attn_nvvm.wgmma_wait 0 accs(%s : !acc) -> !acc
    llvm.return
  }
}
