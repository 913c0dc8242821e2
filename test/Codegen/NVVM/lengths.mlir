// RUN: attnc %s --target=sm_90a --emit=lowlevel | FileCheck %s

!q = tensor<4x?x64xbf16>
!k = tensor<2x?x64xbf16>

// Packed sequences: for each of its query tiles the producer's warp looks for the sequence
// among the offsets, and one thread loads from tensors of three axes if there are rows. The rows of V behind the keys are
// cleared by the 256 consumers, who meet at a barrier of their own.
//
// CHECK-LABEL: llvm.func @packed_forward0(
// CHECK-NOT:     nvvm.read.ptx.sreg.ctaid.{{[yz]}}
// CHECK:         nvvm.mbarrier.init
// CHECK:         nvvm.barrier0
// CHECK:         nvvm.setmaxregister decrease 24
// CHECK:         %[[ELECTED:.*]] = nvvm.elect.sync
// CHECK:         nvvm.read.ptx.sreg.nctaid.x
// CHECK:         nvvm.shfl.sync
// CHECK:         %[[WORKS:.*]] = llvm.and %[[ELECTED]],
// CHECK-NEXT:    llvm.cond_br %[[WORKS]],
// CHECK:         nvvm.cp.async.bulk.tensor.shared.cluster.global %{{.*}} box[%{{[a-z0-9]+}}, %{{[a-z0-9]+}}, %{{[a-z0-9]+}}] {attn_nvvm.may_leave = array<i32: 1>} :
// CHECK:         nvvm.setmaxregister increase 240
// CHECK:         nvvm.wgmma.mma_async
// CHECK:         nvvm.fence.proxy {kind = #nvvm.proxy_kind<async.shared>, space = #nvvm.shared_space<cta>}
// CHECK-NEXT:    %[[ONE:.*]] = llvm.mlir.constant(1 : i32)
// CHECK-NEXT:    %[[ALL:.*]] = llvm.mlir.constant(256 : i32)
// CHECK-NEXT:    nvvm.barrier id = %[[ONE]] number_of_threads = %[[ALL]]
// CHECK:         llvm.return
func.func @packed(%q: !q {attn.shape = ["Hq", "T", "D"]}, %k: !k {attn.shape = ["Hk", "T", "D"]},
    %offsets: tensor<?xi32> {attn.shape = ["N"]}) -> !q {
  %l = attn.lengths.packed %offsets : tensor<?xi32>
  %s = attn.stream %k, %k lengths(%l) : !k, !k
  %o = attn.attend %q lengths(%l) over %s : !q -> !q
  return %o : !q
}

// A warp per row, no shared memory and no barriers.
//
// CHECK-LABEL: llvm.func @merged_merge0(
// CHECK-SAME:    nvvm.reqntid = array<i32: 128, 1, 1>
// CHECK-NOT:     barrier
// CHECK:         llvm.return
func.func @merged(%q: !q {attn.shape = ["Hq", "T", "D"]}, %x: tensor<4x?xf32> {attn.shape = ["Hq", "T"]}) -> !q {
  %s = attn.state %q, %x : !q, tensor<4x?xf32>
  %o = attn.merge %s, %s : !q
  return %o : !q
}

// A merge takes the rows of its states: from the first offset on, below the largest one. No
// row is looked at before that is known.
//
// CHECK-LABEL: llvm.func @limited_merge1(
// CHECK-NOT:     llvm.load %{{.*}} -> f32
// CHECK:         nvvm.shfl.sync  bfly
// CHECK:         llvm.sub
// CHECK:         llvm.sub
// CHECK-NEXT:    %[[END:.*]] = llvm.intr.smin(%{{.*}}, %{{.*}}) : (i32, i32) -> i32
// CHECK-NEXT:    %[[ROW:.*]] = llvm.add
// CHECK-NEXT:    %[[HAS:.*]] = llvm.icmp "slt" %[[ROW]], %[[END]] : i32
// CHECK-NEXT:    llvm.cond_br %[[HAS]]
// CHECK:         llvm.load %{{.*}} -> f32
func.func @limited(%q: !q {attn.shape = ["Hq", "T", "D"]}, %x: tensor<4x?xf32> {attn.shape = ["Hq", "T"]},
    %offsets: tensor<?xi32> {attn.shape = ["N"]}) -> !q {
  %l = attn.lengths.packed %offsets : tensor<?xi32>
  %k = attn.stream %q, %q lengths(%l) : !q, !q
  %o, %lse = attn.attend %q lengths(%l) over %k : !q -> !q, tensor<4x?xf32>
  %s = attn.state %o, %lse : !q, tensor<4x?xf32>
  %t = attn.state %q, %x : !q, tensor<4x?xf32>
  %r = attn.merge %s, %t : !q
  return %r : !q
}
