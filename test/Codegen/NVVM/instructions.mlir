// Ops of attn_nvvm as PTX: registers tied where they are ordered.
//
// RUN: ptx-check %s | FileCheck %s

!acc = !llvm.struct<(f32, f32, f32, f32)>

// CHECK: wgmma.fence.sync.aligned;
// CHECK: wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 {[[D:%r[0-9]+, %r[0-9]+, %r[0-9]+, %r[0-9]+]]}, {{{.*}}}, %rd{{[0-9]+}}, 1, 1, 1, 1;
// CHECK: wgmma.commit_group.sync.aligned;
// CHECK: wgmma.wait_group.sync.aligned 0;
gpu.module @product [#nvvm.target<chip = "sm_90a", features = "+ptx80">] {
  llvm.func @f(%a: i32, %desc: i64, %c: f32, %p: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel} {
    %u = llvm.mlir.undef : !acc
    %u0 = llvm.insertvalue %c, %u[0] : !acc
    %u1 = llvm.insertvalue %c, %u0[1] : !acc
    %u2 = llvm.insertvalue %c, %u1[2] : !acc
    %u3 = llvm.insertvalue %c, %u2[3] : !acc
    %o, %b = attn_nvvm.wgmma_fence accs(%u3 : !acc) fragments(%a : i32) -> !acc, i32
    %d = attn_nvvm.wgmma_ra %b, %b, %b, %b, %desc, %o n(8) bf16 transposed : !acc
    nvvm.wgmma.commit.group.sync.aligned
    %e = attn_nvvm.wgmma_wait 0 accs(%d : !acc) kept(%b : i32) -> !acc
    %x = llvm.extractvalue %e[0] : !acc
    attn_nvvm.anchor %x : f32
    llvm.store %x, %p : f32, !llvm.ptr<1>
    llvm.return
  }
}
