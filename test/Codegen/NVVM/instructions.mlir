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

// The address of shared memory is made again where it is pinned, so that a loop keeps no register for it; another value is
// an opaque copy.
//
// CHECK-LABEL: .entry g(
// CHECK:       $L__BB
// CHECK:         mov.u64 [[AT:%rd[0-9]+]], memory;
// CHECK:         st.volatile.shared.b32 	{{\[}}[[AT]]+4], [[I:%r[0-9]+]];
// CHECK:         // here [[I]]
// CHECK:         bra
gpu.module @pinned [#nvvm.target<chip = "sm_90a", features = "+ptx80">] {
  llvm.mlir.global external @memory() {addr_space = 3 : i32, alignment = 1024 : i64} : !llvm.array<0 x i8>
  llvm.func @g(%count: i32) attributes {gpu.kernel, nvvm.kernel} {
    %zero = llvm.mlir.constant(0 : i32) : i32
    %one = llvm.mlir.constant(1 : i32) : i32
    %address = llvm.mlir.addressof @memory : !llvm.ptr<3>
    llvm.br ^loop(%zero : i32)
  ^loop(%i: i32):
    %here = attn_nvvm.pin %address : !llvm.ptr<3>
    %at = llvm.getelementptr %here[4] : (!llvm.ptr<3>) -> !llvm.ptr<3>, i8
    llvm.store volatile %i, %at : i32, !llvm.ptr<3>
    %j = attn_nvvm.pin %i : i32
    %next = llvm.add %j, %one : i32
    %more = llvm.icmp "slt" %next, %count : i32
    llvm.cond_br %more, ^loop(%next : i32), ^done
  ^done:
    llvm.return
  }
}
