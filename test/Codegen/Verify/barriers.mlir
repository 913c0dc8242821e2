// RUN: attn-opt %s --attn-verify-lowlevel --split-input-file --verify-diagnostics

gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%id: i32, %barrier: !llvm.ptr<3>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 384, 1, 1>} {
    // expected-note @below {{the number is made here}}
    %c16 = llvm.mlir.constant(16 : i32) : i32
    %all = llvm.mlir.constant(384 : i32) : i32
    // expected-error @below {{'nvvm.barrier' op uses barrier 16; expected 0 to 15}}
    nvvm.barrier id = %c16 number_of_threads = %all
    llvm.return
  }
}

// -----

gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%id: i32, %barrier: !llvm.ptr<3>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 384, 1, 1>} {
    // expected-note @below {{the number is made here}}
    %n = llvm.mlir.constant(100 : i32) : i32
    // expected-error @below {{'nvvm.barrier.arrive' op waits for 100 threads; expected whole warps of 32}}
    nvvm.barrier.arrive id = %id number_of_threads = %n
    llvm.return
  }
}

// -----

gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  // expected-note @below {{the kernel has 384 threads}}
  llvm.func @kernel(%id: i32, %barrier: !llvm.ptr<3>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 384, 1, 1>} {
    %c1 = llvm.mlir.constant(1 : i32) : i32
    %n = llvm.mlir.constant(416 : i32) : i32
    // expected-error @below {{'nvvm.barrier' op waits for 416 threads}}
    nvvm.barrier id = %c1 number_of_threads = %n
    llvm.return
  }
}

// -----

// The consumers are 256 threads, the barrier is for all.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  // expected-note @below {{the kernel has 384 threads}}
  llvm.func @kernel(%id: i32, %barrier: !llvm.ptr<3>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 384, 1, 1>} {
    %tid = nvvm.read.ptx.sreg.tid.x : i32
    %c7 = llvm.mlir.constant(7 : i32) : i32
    %c1 = llvm.mlir.constant(1 : i32) : i32
    %group = llvm.lshr %tid, %c7 : i32
    %isFirst = llvm.icmp "slt" %group, %c1 : i32
    llvm.cond_br %isFirst, ^end, ^consumer
  ^consumer:
    // expected-error @below {{'nvvm.barrier0' op waits for 384 threads at barrier 0 but only 256 can get there}}
    nvvm.barrier0
    llvm.br ^end
  ^end:
    llvm.return
  }
}

// -----

// Half of the threads wait, a quarter arrive.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%id: i32, %barrier: !llvm.ptr<3>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 384, 1, 1>} {
    %tid = nvvm.read.ptx.sreg.tid.x : i32
    %c7 = llvm.mlir.constant(7 : i32) : i32
    %c1 = llvm.mlir.constant(1 : i32) : i32
    %group = llvm.lshr %tid, %c7 : i32
    %isFirst = llvm.icmp "slt" %group, %c1 : i32
    %two = llvm.mlir.constant(2 : i32) : i32
    %all = llvm.mlir.constant(384 : i32) : i32
    %isLast = llvm.icmp "eq" %group, %two : i32
    llvm.cond_br %isFirst, ^wait, ^others
  ^wait:
    // expected-error @below {{waits for 384 threads at barrier 2 but only 256 can get there}}
    nvvm.barrier id = %two number_of_threads = %all
    llvm.br ^end
  ^others:
    llvm.cond_br %isLast, ^arrive, ^end
  ^arrive:
    // expected-note @below {{threads also arrive here}}
    nvvm.barrier.arrive id = %two number_of_threads = %all
    llvm.br ^end
  ^end:
    llvm.return
  }
}

// -----

// Turns of three warpgroups that pass to the one behind the next: at the barrier of the last only the last waits, and
// the first passes.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  // expected-note @below {{the kernel has 384 threads}}
  llvm.func @kernel(%id: i32, %barrier: !llvm.ptr<3>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 384, 1, 1>} {
    %tid = nvvm.read.ptx.sreg.tid.x : i32
    %c7 = llvm.mlir.constant(7 : i32) : i32
    %two = llvm.mlir.constant(2 : i32) : i32
    %all = llvm.mlir.constant(256 : i32) : i32
    %group = llvm.lshr %tid, %c7 : i32
    %isLast = llvm.icmp "eq" %group, %two : i32
    %mine = llvm.add %group, %two : i32
    %behind = llvm.add %mine, %two : i32
    %next = llvm.select %isLast, %two, %behind : i1, i32
    // expected-error @below {{'nvvm.barrier' op waits for 256 threads at barrier 3 but only 128 can get there}}
    nvvm.barrier id = %mine number_of_threads = %all
    // expected-error @below {{'nvvm.barrier.arrive' op waits for 256 threads at barrier 5 but only 128 can get there}}
    nvvm.barrier.arrive id = %next number_of_threads = %all
    llvm.return
  }
}

// -----

// Barriers of the warps' own, one too many.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%id: i32, %barrier: !llvm.ptr<3>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 384, 1, 1>} {
    %tid = nvvm.read.ptx.sreg.tid.x : i32
    %c5 = llvm.mlir.constant(5 : i32) : i32
    %warp = llvm.lshr %tid, %c5 : i32
    %n = llvm.mlir.constant(32 : i32) : i32
    // expected-note @below {{the number is made here}}
    %own = llvm.add %warp, %c5 : i32
    // expected-error @below {{'nvvm.barrier' op uses barrier 16; expected 0 to 15}}
    nvvm.barrier id = %own number_of_threads = %n
    llvm.return
  }
}

// -----

gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%id: i32, %barrier: !llvm.ptr<3>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 384, 1, 1>} {
    // expected-note @below {{the number is made here}}
    %zero = llvm.mlir.constant(0 : i32) : i32
    // expected-error @below {{'nvvm.mbarrier.init' op waits for 0 arrivals; expected 1 to 1048575}}
    nvvm.mbarrier.init %barrier, %zero : !llvm.ptr<3>, i32
    llvm.return
  }
}

// -----

gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%id: i32, %barrier: !llvm.ptr<3>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 384, 1, 1>} {
    // expected-note @below {{the number is made here}}
    %n = llvm.mlir.constant(1048576 : i32) : i32
    // expected-error @below {{'nvvm.mbarrier.init' op waits for 1048576 arrivals; expected 1 to 1048575}}
    nvvm.mbarrier.init %barrier, %n : !llvm.ptr<3>, i32
    llvm.return
  }
}

// -----

// More threads than a CTA has.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  // expected-error @below {{'llvm.func' op has more threads than the 1024 of a CTA of target 'sm_90a'}}
  // expected-note @below {{the kernel has 1056 threads}}
  llvm.func @kernel(%id: i32, %barrier: !llvm.ptr<3>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 1056, 1, 1>} {
    llvm.return
  }
}
