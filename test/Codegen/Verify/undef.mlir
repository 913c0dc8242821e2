// RUN: attn-opt %s --attn-verify-lowlevel --split-input-file --verify-diagnostics

!acc = !llvm.struct<(f32, f32, f32, f32)>

// The product reads its accumulator.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    // expected-note @below {{they are made here}}
    %u = llvm.mlir.undef : !acc
    %f = attn_nvvm.wgmma_fence fragments(%a : i32) -> i32
    // expected-error @below {{'attn_nvvm.wgmma_ra' op uses undefined registers; expected them in the accumulator of a product with scale-d 0 only}}
    %0 = attn_nvvm.wgmma_ra %f, %f, %f, %f, %db, %u n(8) bf16 transposed : !acc
    nvvm.wgmma.commit.group.sync.aligned
    %1 = attn_nvvm.wgmma_wait 0 accs(%0 : !acc) kept(%f : i32) -> !acc
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// Scale-d 1.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    // expected-note @below {{they are made here}}
    %u = llvm.mlir.undef : !acc
    nvvm.wgmma.fence.aligned
    // expected-error @below {{'nvvm.wgmma.mma_async' op uses undefined registers}}
    %0 = nvvm.wgmma.mma_async %da, %db, %u, <m = 64, n = 8, k = 16>, D[<f32>, <one>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    nvvm.wgmma.commit.group.sync.aligned
    %1 = attn_nvvm.wgmma_wait 0 accs(%0 : !acc) -> !acc
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// Three of four elements are set; around a loop.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    // expected-note @below {{they are made here}}
    %u = llvm.mlir.undef : !acc
    %z = llvm.mlir.constant(0.0 : f32) : f32
    %0 = llvm.insertvalue %z, %u[0] : !acc
    %1 = llvm.insertvalue %z, %0[1] : !acc
    %2 = llvm.insertvalue %z, %1[3] : !acc
    llvm.br ^loop(%2 : !acc)
  ^loop(%o: !acc):
    llvm.cond_br %x, ^loop(%o : !acc), ^end
  ^end:
    // expected-error @below {{'attn_nvvm.wgmma_fence' op uses undefined registers}}
    %3 = attn_nvvm.wgmma_fence accs(%o : !acc) -> !acc
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// An undefined lane gets into memory.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    // expected-note @below {{they are made here}}
    %u = llvm.mlir.poison : vector<2xi32>
    %zero = llvm.mlir.constant(0 : i32) : i32
    %one = llvm.mlir.constant(1 : i32) : i32
    %0 = llvm.insertelement %a, %u[%zero : i32] : vector<2xi32>
    %1 = llvm.extractelement %0[%zero : i32] : vector<2xi32>
    llvm.store %1, %out : i32, !llvm.ptr<1>
    %2 = llvm.extractelement %0[%one : i32] : vector<2xi32>
    // expected-error @below {{'llvm.store' op uses undefined registers}}
    llvm.store %2, %out : i32, !llvm.ptr<1>
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// A branch on an undefined condition.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    // expected-note @below {{they are made here}}
    %u = llvm.mlir.undef : i1
    // expected-error @below {{'llvm.cond_br' op uses undefined registers}}
    llvm.cond_br %u, ^end, ^end
  ^end:
    llvm.return
  }
}
