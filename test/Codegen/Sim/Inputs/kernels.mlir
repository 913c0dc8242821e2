// Kernels by hand, one per family of ops; KernelTest.cpp runs them. The values are
// chosen there.
module attributes {gpu.container_module} {
gpu.module @kernels [#nvvm.target<chip = "sm_90a", features = "+ptx80", O = 3>] {
  llvm.mlir.global external @dynsm() {addr_space = 3 : i32, alignment = 1024 : i64} : !llvm.array<0 x i8>
  llvm.mlir.global internal @first() {addr_space = 3 : i32, alignment = 4 : i64} : !llvm.array<3 x i32>
  llvm.mlir.global internal @barrier() {addr_space = 3 : i32, alignment = 8 : i64} : !llvm.array<2 x i64>
  llvm.mlir.global internal constant @table(dense<[10, 20, 30, 40]> : tensor<4xi32>) {addr_space = 4 : i32} : !llvm.array<4 x i32>

  // out[thread of the grid] = a number made of every register.
  llvm.func @registers(%out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel} {
    %tx = nvvm.read.ptx.sreg.tid.x : i32
    %ty = nvvm.read.ptx.sreg.tid.y : i32
    %tz = nvvm.read.ptx.sreg.tid.z : i32
    %nx = nvvm.read.ptx.sreg.ntid.x : i32
    %ny = nvvm.read.ptx.sreg.ntid.y : i32
    %nz = nvvm.read.ptx.sreg.ntid.z : i32
    %bx = nvvm.read.ptx.sreg.ctaid.x : i32
    %by = nvvm.read.ptx.sreg.ctaid.y : i32
    %bz = nvvm.read.ptx.sreg.ctaid.z : i32
    %gx = nvvm.read.ptx.sreg.nctaid.x : i32
    %gy = nvvm.read.ptx.sreg.nctaid.y : i32
    %lane = nvvm.read.ptx.sreg.laneid : i32
    %warp = nvvm.read.ptx.sreg.warpid : i32
    %size = nvvm.read.ptx.sreg.warpsize : i32
    %a = llvm.mul %tz, %ny : i32
    %b = llvm.add %a, %ty : i32
    %c = llvm.mul %b, %nx : i32
    %thread = llvm.add %c, %tx : i32
    %d = llvm.mul %bz, %gy : i32
    %e = llvm.add %d, %by : i32
    %f = llvm.mul %e, %gx : i32
    %cta = llvm.add %f, %bx : i32
    %g = llvm.mul %nx, %ny : i32
    %threads = llvm.mul %g, %nz : i32
    %h = llvm.mul %cta, %threads : i32
    %index = llvm.add %h, %thread : i32
    %i = llvm.mul %warp, %size : i32
    %again = llvm.add %i, %lane : i32
    %value = llvm.call @pack(%cta, %again) : (i32, i32) -> i32
    %address = llvm.getelementptr %out[%index] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, i32
    llvm.store %value, %address : i32, !llvm.ptr<1>
    llvm.return
  }
  // A function called by a kernel, which reads a constant table.
  llvm.func internal @pack(%cta: i32, %thread: i32) -> i32 {
    %c1000 = llvm.mlir.constant(1000 : i32) : i32
    %c3 = llvm.mlir.constant(3 : i32) : i32
    %table = llvm.mlir.addressof @table : !llvm.ptr<4>
    %k = llvm.and %thread, %c3 : i32
    %address = llvm.getelementptr %table[%k] : (!llvm.ptr<4>, i32) -> !llvm.ptr<4>, i32
    %extra = llvm.load %address : !llvm.ptr<4> -> i32
    %a = llvm.mul %cta, %c1000 : i32
    %b = llvm.mul %thread, %c1000 : i32
    %c = llvm.mul %a, %c1000 : i32
    %d = llvm.add %b, %c : i32
    %e = llvm.add %d, %extra : i32
    llvm.return %e : i32
  }

  // Conversions and approximations of x[thread].
  llvm.func @arithmetic(%x: !llvm.ptr<1>, %floats: !llvm.ptr<1>, %words: !llvm.ptr<1>, %halves: !llvm.ptr<1>)
      attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 64>} {
    %t = nvvm.read.ptx.sreg.tid.x : i32
    %px = llvm.getelementptr %x[%t] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, f32
    %v = llvm.load %px : !llvm.ptr<1> -> f32
    %c4 = llvm.mlir.constant(4 : i32) : i32
    %base = llvm.mul %t, %c4 : i32
    %pf = llvm.getelementptr %floats[%base] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, f32
    %ex2 = attn_nvvm.ex2 %v : f32
    llvm.store %ex2, %pf : f32, !llvm.ptr<1>
    %rcp = nvvm.rcp.approx.ftz.f %v : f32
    %pf1 = llvm.getelementptr %pf[1] : (!llvm.ptr<1>) -> !llvm.ptr<1>, f32
    llvm.store %rcp, %pf1 : f32, !llvm.ptr<1>
    %lg2 = llvm.call_intrinsic "llvm.nvvm.lg2.approx.ftz.f"(%v) : (f32) -> f32
    %pf2 = llvm.getelementptr %pf[2] : (!llvm.ptr<1>) -> !llvm.ptr<1>, f32
    llvm.store %lg2, %pf2 : f32, !llvm.ptr<1>
    %bf = llvm.fptrunc %v : f32 to bf16
    %back = llvm.fpext %bf : bf16 to f32
    %pf3 = llvm.getelementptr %pf[3] : (!llvm.ptr<1>) -> !llvm.ptr<1>, f32
    llvm.store %back, %pf3 : f32, !llvm.ptr<1>
    attn_nvvm.anchor %ex2, %rcp : f32, f32
    %c2 = llvm.mlir.constant(2 : i32) : i32
    %twice = llvm.mul %t, %c2 : i32
    %pw = llvm.getelementptr %words[%twice] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, i32
    %one = llvm.mlir.constant(1.0 : f32) : f32
    %b2 = nvvm.convert.f32x2.to.bf16x2 %v, %one {rnd = #nvvm.fp_rnd_mode<rn>} : vector<2xbf16>
    llvm.store %b2, %pw : vector<2xbf16>, !llvm.ptr<1>
    %pw1 = llvm.getelementptr %pw[1] : (!llvm.ptr<1>) -> !llvm.ptr<1>, i32
    %h2 = nvvm.convert.f32x2.to.f16x2 %one, %v {rnd = #nvvm.fp_rnd_mode<rn>} : vector<2xf16>
    llvm.store %h2, %pw1 : vector<2xf16>, !llvm.ptr<1>
    // bf16 constants and selects are moved as bits.
    %k = llvm.mlir.constant(1.5 : bf16) : bf16
    %zero = llvm.mlir.constant(0.0 : f32) : f32
    %positive = llvm.fcmp "ogt" %v, %zero : f32
    %chosen = llvm.select %positive, %bf, %k : i1, bf16
    %ph = llvm.getelementptr %halves[%t] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, bf16
    llvm.store %chosen, %ph : bf16, !llvm.ptr<1>
    llvm.return
  }

  // Loads a box, adds nothing, stores it elsewhere: TMA both ways, with
  // predicates, a state that is waited for, static and dynamic shared memory.
  llvm.func @copies(%from: !llvm.ptr {llvm.byval = !llvm.array<128 x i8>, llvm.align = 64 : i32, nvvm.grid_constant},
      %to: !llvm.ptr {llvm.byval = !llvm.array<128 x i8>, llvm.align = 64 : i32, nvvm.grid_constant},
      %column: i32, %row: i32, %bytes: i32)
      attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 32>} {
    %c0 = llvm.mlir.constant(0 : i32) : i32
    %c1 = llvm.mlir.constant(1 : i32) : i32
    %sm = llvm.mlir.addressof @dynsm : !llvm.ptr<3>
    %bar = llvm.mlir.addressof @barrier : !llvm.ptr<3>
    %first = llvm.mlir.addressof @first : !llvm.ptr<3>
    %leads = nvvm.elect.sync -> i1
    llvm.cond_br %leads, ^lead, ^all
  ^lead:
    llvm.store %c1, %first : i32, !llvm.ptr<3>
    llvm.br ^all
  ^all:
    nvvm.prefetch tensormap in_param_space, %from : !llvm.ptr
    nvvm.mbarrier.init %bar, %c1, predicate = %leads : !llvm.ptr<3>, i32, i1
    nvvm.fence.mbarrier.init
    nvvm.barrier0
    %sm7 = llvm.addrspacecast %sm : !llvm.ptr<3> to !llvm.ptr<7>
    nvvm.cp.async.bulk.tensor.shared.cluster.global %sm7, %from, %bar, box[%column, %row] predicate = %leads {attn_nvvm.may_leave = array<i32: 0, 1>} : !llvm.ptr<7>, !llvm.ptr
    nvvm.mbarrier.arrive.expect_tx %bar, %bytes, predicate = %leads : !llvm.ptr<3>, i32, i1
    %ticks = llvm.mlir.constant(100 : i32) : i32
    nvvm.mbarrier.try_wait.parity %bar, %c0, %ticks : !llvm.ptr<3>, i32, i32
    %done = nvvm.mbarrier.test.wait %bar, %c0 : !llvm.ptr<3>, i32 -> i1
    %both = llvm.and %done, %leads : i1
    nvvm.fence.proxy {kind = #nvvm.proxy_kind<async.shared>, space = #nvvm.shared_space<cta>}
    nvvm.cp.async.bulk.tensor.global.shared.cta %to, %sm, box[%row, %column], predicate = %both {attn_nvvm.may_leave = array<i32: 0, 1>} : !llvm.ptr, !llvm.ptr<3>
    nvvm.cp.async.bulk.commit.group
    nvvm.cp.async.bulk.wait_group 0 {read}
    llvm.return
  }

  // Warps 0 and 1 meet at a named barrier; sums over lanes with a checked shuffle.
  llvm.func @meetings(%out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 64>} {
    %all = llvm.mlir.constant(-1 : i32) : i32
    %c0 = llvm.mlir.constant(0 : i32) : i32
    %c1 = llvm.mlir.constant(1 : i32) : i32
    %c2 = llvm.mlir.constant(2 : i32) : i32
    %c31 = llvm.mlir.constant(31 : i32) : i32
    %c32 = llvm.mlir.constant(32 : i32) : i32
    %c64 = llvm.mlir.constant(64 : i32) : i32
    %t = nvvm.read.ptx.sreg.tid.x : i32
    %warp = nvvm.read.ptx.sreg.warpid : i32
    %sm = llvm.mlir.addressof @dynsm : !llvm.ptr<3>
    %slot = llvm.getelementptr %sm[%t] : (!llvm.ptr<3>, i32) -> !llvm.ptr<3>, i32
    llvm.store %t, %slot : i32, !llvm.ptr<3>
    %isFirst = llvm.icmp "eq" %warp, %c0 : i32
    llvm.cond_br %isFirst, ^arrive, ^wait
  ^arrive:
    nvvm.barrier.arrive id = %c2 number_of_threads = %c64
    nvvm.barrier.arrive id = %c1 number_of_threads = %c64
    llvm.br ^rest
  // Were the arrival a wait, nobody would come to the other barrier.
  ^wait:
    nvvm.barrier id = %c1 number_of_threads = %c64
    nvvm.barrier id = %c2 number_of_threads = %c64
    llvm.br ^rest
  ^rest:
    nvvm.bar.warp.sync %all : i32
    nvvm.barrier
    %other = llvm.sub %c31, %t : i32
    %lane = llvm.and %other, %c31 : i32
    %mirror = llvm.getelementptr %sm[%lane] : (!llvm.ptr<3>, i32) -> !llvm.ptr<3>, i32
    %value = llvm.load %mirror : !llvm.ptr<3> -> i32
    %down = nvvm.shfl.sync down %all, %value, %c1, %c31 {return_value_and_is_valid} : i32 -> !llvm.struct<(i32, i1)>
    %got = llvm.extractvalue %down[0] : !llvm.struct<(i32, i1)>
    %valid = llvm.extractvalue %down[1] : !llvm.struct<(i32, i1)>
    %plus = llvm.select %valid, %got, %c64 : i1, i32
    %isOdd = llvm.trunc %t : i32 to i1
    %votes = nvvm.vote.sync ballot %all, %isOdd -> i32
    %sum = llvm.add %plus, %votes : i32
    %address = llvm.getelementptr %out[%t] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, i32
    llvm.store %sum, %address : i32, !llvm.ptr<1>
    llvm.return
  }
}
}
