// RUN: attn-opt %s --attn-verify-lowlevel --split-input-file --verify-diagnostics

// 40 + 2 x 240 of 3 x 168: setmaxnreg.inc never returns.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  llvm.func @kernel(%id: i32, %barrier: !llvm.ptr<3>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 384, 1, 1>} {
    %tid = nvvm.read.ptx.sreg.tid.x : i32
    %c7 = llvm.mlir.constant(7 : i32) : i32
    %c1 = llvm.mlir.constant(1 : i32) : i32
    %group = llvm.lshr %tid, %c7 : i32
    %isFirst = llvm.icmp "slt" %group, %c1 : i32
    llvm.cond_br %isFirst, ^producer, ^consumer
  ^producer:
    // expected-note @below {{another warpgroup keeps 40}}
    nvvm.setmaxregister decrease 40
    llvm.br ^end
  ^consumer:
    // expected-error @below {{'nvvm.setmaxregister' op waits for ever: all warpgroups together take 520 registers per lane of the 504 that the launch has}}
    nvvm.setmaxregister increase 240
    llvm.br ^end
  ^end:
    llvm.return
  }
}

// -----

// The producer keeps the 168 it was launched with.
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
    // expected-error @below {{all warpgroups together take 632 registers per lane of the 504 that the launch has}}
    nvvm.setmaxregister increase 232
    llvm.br ^end
  ^end:
    llvm.return
  }
}

// -----

// The first warp of every warpgroup leaves before; the others take part in the pool all the same.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  // expected-note @below {{the kernel has 384 threads}}
  llvm.func @kernel(%id: i32, %barrier: !llvm.ptr<3>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 384, 1, 1>} {
    %tid = nvvm.read.ptx.sreg.tid.x : i32
    %c127 = llvm.mlir.constant(127 : i32) : i32
    %c32 = llvm.mlir.constant(32 : i32) : i32
    %lane = llvm.and %tid, %c127 : i32
    %isFirstWarp = llvm.icmp "ult" %lane, %c32 : i32
    llvm.cond_br %isFirstWarp, ^end, ^others
  ^others:
    // expected-error @below {{all warpgroups together take 720 registers per lane of the 504 that the launch has}}
    nvvm.setmaxregister increase 240
    llvm.br ^end
  ^end:
    llvm.return
  }
}

// -----

// An increase that goes down.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  // expected-note @below {{the kernel has 384 threads}}
  llvm.func @kernel(%id: i32, %barrier: !llvm.ptr<3>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 384, 1, 1>} {
    // expected-error @below {{increases to 160 registers from the 168 of the launch}}
    nvvm.setmaxregister increase 160
    llvm.return
  }
}

// -----

// A decrease that goes up.
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  // expected-note @below {{the kernel has 384 threads}}
  llvm.func @kernel(%id: i32, %barrier: !llvm.ptr<3>) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 384, 1, 1>} {
    // expected-error @below {{decreases to 200 registers from the 168 of the launch}}
    // expected-error @below {{waits for ever: all warpgroups together take 600 registers per lane of the 504 that the launch has}}
    nvvm.setmaxregister decrease 200
    llvm.return
  }
}

// -----

// ptxas ignores a budget where it does not know the launch (C7508).
gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
  // expected-note @below {{expected nvvm.reqntid here}}
  llvm.func @kernel(%id: i32, %barrier: !llvm.ptr<3>) attributes {gpu.kernel, nvvm.kernel} {
    // expected-error @below {{has no effect: the registers of the launch are not known}}
    nvvm.setmaxregister decrease 24
    llvm.return
  }
}
