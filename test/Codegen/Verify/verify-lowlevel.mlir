// RUN: attn-opt %s --attn-verify-lowlevel --split-input-file -o /dev/null 2>&1 | count 0

!acc = !llvm.struct<(f32, f32, f32, f32)>

// A pipeline over iterations: while an iteration reads one product, the next is in flight under
// the name of a block argument, and so are A's registers.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    %first:2 = attn_nvvm.wgmma_fence accs(%c : !acc) fragments(%a : i32) -> !acc, i32
    %0 = attn_nvvm.wgmma_ra %first#1, %first#1, %first#1, %first#1, %db, %first#0 n(8) bf16 transposed : !acc
    nvvm.wgmma.commit.group.sync.aligned
    llvm.br ^head(%0, %first#1 : !acc, i32)
  ^head(%o: !acc, %p: i32):
    %u = llvm.mlir.undef : !acc
    nvvm.wgmma.fence.aligned
    %1 = nvvm.wgmma.mma_async %da, %db, %u, <m = 64, n = 8, k = 16>, D[<f32>, <zero>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    %2 = nvvm.wgmma.mma_async %da, %db, %1, <m = 64, n = 8, k = 16>, D[<f32>, <one>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    nvvm.wgmma.commit.group.sync.aligned
    %3 = attn_nvvm.wgmma_wait 1 accs(%o : !acc) kept(%p : i32) -> !acc
    %e = llvm.extractvalue %3[0] : !acc
    llvm.store %e, %out : f32, !llvm.ptr<1>
    %4 = attn_nvvm.wgmma_wait 0 accs(%2 : !acc) -> !acc
    %5:2 = attn_nvvm.wgmma_fence accs(%3 : !acc) fragments(%a : i32) -> !acc, i32
    %6 = attn_nvvm.wgmma_ra %5#1, %5#1, %5#1, %5#1, %db, %5#0 n(8) bf16 transposed : !acc
    nvvm.wgmma.commit.group.sync.aligned
    llvm.cond_br %x, ^head(%6, %5#1 : !acc, i32), ^end
  ^end:
    %7 = attn_nvvm.wgmma_wait 0 accs(%6 : !acc) kept(%5#1 : i32) -> !acc
    llvm.return
  }
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

// Two chains in one group; a fence with registers while another accumulator is in flight; a branch
// between issue and wait.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%a: i32, %da: i64, %db: i64, %c: !acc, %x: i1, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
    %u = llvm.mlir.undef : !acc
    nvvm.wgmma.fence.aligned
    %0 = nvvm.wgmma.mma_async %da, %db, %u, <m = 64, n = 8, k = 16>, D[<f32>, <zero>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    %1 = nvvm.wgmma.mma_async %da, %db, %u, <m = 64, n = 8, k = 16>, D[<f32>, <zero>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    nvvm.wgmma.commit.group.sync.aligned
    %f:2 = attn_nvvm.wgmma_fence accs(%c : !acc) fragments(%a : i32) -> !acc, i32
    %2 = attn_nvvm.wgmma_ra %f#1, %f#1, %f#1, %f#1, %db, %f#0 n(8) bf16 transposed : !acc
    %3 = attn_nvvm.wgmma_ra %f#1, %f#1, %f#1, %f#1, %db, %2 n(8) bf16 transposed : !acc
    nvvm.wgmma.commit.group.sync.aligned
    %4:2 = attn_nvvm.wgmma_wait 1 accs(%0, %1 : !acc, !acc) -> !acc, !acc
    llvm.cond_br %x, ^some, ^behind(%4#0 : !acc)
  ^some:
    %e = llvm.extractvalue %4#1[0] : !acc
    llvm.store %e, %out : f32, !llvm.ptr<1>
    llvm.br ^behind(%4#1 : !acc)
  ^behind(%s: !acc):
    %l = llvm.extractvalue %s[3] : !acc
    llvm.store %l, %out : f32, !llvm.ptr<1>
    %5 = attn_nvvm.wgmma_wait 0 accs(%3 : !acc) kept(%f#1 : i32) -> !acc
    llvm.store %f#1, %out : i32, !llvm.ptr<1>
    llvm.return
  }
}

// -----

// The pool, to the last register; two warpgroups at a barrier of their own, which they know by
// subtraction; ids that are not known.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%id: i32, %barrier: !llvm.ptr<3>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 384, 1, 1>, attn_nvvm.shared_bytes = 232448 : i64} {
    %tid = nvvm.read.ptx.sreg.tid.x : i32
    %c7 = llvm.mlir.constant(7 : i32) : i32
    %c1 = llvm.mlir.constant(1 : i32) : i32
    %group = llvm.lshr %tid, %c7 : i32
    %isFirst = llvm.icmp "slt" %group, %c1 : i32
    %minus = llvm.mlir.constant(-1 : i32) : i32
    %two = llvm.mlir.constant(2 : i32) : i32
    %some = llvm.mlir.constant(256 : i32) : i32
    %consumer = llvm.add %group, %minus : i32
    %isConsumer = llvm.icmp "ult" %consumer, %two : i32
    nvvm.barrier0
    llvm.cond_br %isFirst, ^producer, ^others
  ^producer:
    nvvm.setmaxregister decrease 24
    llvm.br ^end
  ^others:
    nvvm.setmaxregister increase 240
    llvm.cond_br %isConsumer, ^consumer, ^never
  ^never:
    nvvm.barrier0
    llvm.br ^end
  ^consumer:
    nvvm.barrier id = %c1 number_of_threads = %some
    nvvm.barrier.arrive id = %id number_of_threads = %some
    llvm.br ^end
  ^end:
    llvm.return
  }
}

// -----

// Turns: every warpgroup waits at a barrier of its own and arrives at that of the next. Warps whose number is not
// known may come to any barrier: to 9, for which only one is sure.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%id: i32, %barrier: !llvm.ptr<3>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 384, 1, 1>} {
    %tid = nvvm.read.ptx.sreg.tid.x : i32
    %c7 = llvm.mlir.constant(7 : i32) : i32
    %one = llvm.mlir.constant(1 : i32) : i32
    %two = llvm.mlir.constant(2 : i32) : i32
    %nine = llvm.mlir.constant(9 : i32) : i32
    %some = llvm.mlir.constant(256 : i32) : i32
    %group = llvm.lshr %tid, %c7 : i32
    %isLast = llvm.icmp "eq" %group, %two : i32
    %mine = llvm.add %group, %two : i32
    %behind = llvm.add %mine, %one : i32
    %next = llvm.select %isLast, %two, %behind : i1, i32
    llvm.cond_br %isLast, ^last, ^turn
  ^last:
    nvvm.barrier.arrive id = %two number_of_threads = %some
    nvvm.barrier id = %nine number_of_threads = %some
    llvm.br ^turn
  ^turn:
    nvvm.barrier id = %mine number_of_threads = %some
    nvvm.barrier.arrive id = %next number_of_threads = %some
    nvvm.barrier.arrive id = %id number_of_threads = %some
    llvm.return
  }
}

// -----

// The last of everything: threads of a CTA, barriers, arrivals; all threads at one barrier.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%id: i32, %barrier: !llvm.ptr<3>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 1024, 1, 1>} {
    %last = llvm.mlir.constant(15 : i32) : i32
    %all = llvm.mlir.constant(1024 : i32) : i32
    %one = llvm.mlir.constant(1 : i32) : i32
    %most = llvm.mlir.constant(1048575 : i32) : i32
    nvvm.mbarrier.init %barrier, %one : !llvm.ptr<3>, i32
    nvvm.mbarrier.init %barrier, %most : !llvm.ptr<3>, i32
    nvvm.barrier id = %last number_of_threads = %all
    llvm.return
  }
}
