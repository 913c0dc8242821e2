// RUN: attnc %s --target=sm_90a --emit=lowlevel | FileCheck %s
// RUN: attnc %s --target=sm_90a --emit=lowlevel | attn-opt | FileCheck %s

!q = tensor<?x8x?x64xbf16>
!k = tensor<?x2x?x64xbf16>

// Only llvm, nvvm and attn_nvvm ops are left; Q, K and V come by TMA, the output
// goes by TMA too, or by address and strides.
//
// CHECK: gpu.module @causal_kernels [#nvvm.target<O = 3, chip = "sm_90a", features = "+ptx80">]
// CHECK: llvm.mlir.global external @dynsm() {addr_space = 3 : i32, alignment = 1024 : i64} : !llvm.array<0 x i8>
// CHECK: llvm.func @causal_forward0(
// CHECK-SAME: !llvm.ptr {llvm.align = 64 : i32, llvm.byval = !llvm.array<128 x i8>, nvvm.grid_constant}
// CHECK-SAME: attributes {attn_nvvm.roles = {consumer = array<i32: 4, 8>, producer = array<i32: 0, 4>}, attn_nvvm.shared_bytes = 82000 : i64, gpu.kernel, nvvm.kernel, nvvm.minctasm = 1 : i32, nvvm.reqntid = array<i32: 384, 1, 1>}
// CHECK-NOT: {{arith|math|scf|attn|attn_sched|attn_tile}}.
// CHECK: nvvm.setmaxregister decrease 24
// CHECK: nvvm.cp.async.bulk.tensor.shared.cluster.global
// CHECK: nvvm.setmaxregister increase 240
// CHECK: nvvm.wgmma.mma_async
// CHECK: attn_nvvm.ex2
// CHECK: attn_nvvm.wgmma_fence
// CHECK: attn_nvvm.wgmma_ra
// CHECK: attn_nvvm.wgmma_wait 1
// CHECK: attn_nvvm.anchor
// CHECK: attn_nvvm.wgmma_wait 0
// CHECK: nvvm.fence.proxy {kind = #nvvm.proxy_kind<async.shared>, space = #nvvm.shared_space<cta>}
// CHECK: nvvm.cp.async.bulk.tensor.global.shared.cta
// CHECK: nvvm.cp.async.bulk.commit.group
// CHECK-NEXT: nvvm.cp.async.bulk.wait_group 0 {read}
func.func @causal(%q: !q {attn.shape = ["B", "Hq", "L", "D"]}, %k: !k {attn.shape = ["B", "Hk", "L", "D"]}) -> !q {
  %m = attn.mask.causal
  %s = attn.stream %k, %k mask %m : !k, !k
  %o = attn.attend %q over %s : !q -> !q
  return %o : !q
}
