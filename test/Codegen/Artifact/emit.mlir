// RUN: attnc %s --emit=input | FileCheck %s --check-prefix=INPUT
// RUN: attnc %s --emit=routes | FileCheck %s --check-prefix=ROUTES
// RUN: attnc %s --emit=tiles -o %t.mlir && FileCheck %s --check-prefix=TILES --input-file=%t.mlir
// RUN: attnc %s --emit=lowlevel | FileCheck %s --check-prefix=LOWLEVEL
// RUN: not attnc %s --emit=schedule 2>&1 | FileCheck %s --check-prefix=SCHEDULE
// RUN: attnc %s --emit=routes --explain=Routes 2>&1 >/dev/null | FileCheck %s --check-prefix=EXPLAIN
// RUN: rm -rf %t.dump && attnc %s --emit=tiles --dump-to=%t.dump >/dev/null && ls %t.dump | FileCheck %s --check-prefix=DUMP
// DUMP: cpu-01-attn-mask-to-routes-

// The same stages as attn-opt reaches.
// RUN: attn-opt %s --attn-to-tiles > %t.opt.mlir && attn-opt %t.mlir > %t.again.mlir && diff %t.again.mlir %t.opt.mlir

// INPUT: attn.mask.causal
// ROUTES: attn.route
// ROUTES: attn.attend
// TILES: attn_tile.fold
// LOWLEVEL: module @v3
// LOWLEVEL: llvm.func @main_fold0_v3
// LOWLEVEL: module @v4
// LOWLEVEL: llvm.func @main_fold0_v4
// LOWLEVEL-NOT: attn
// SCHEDULE: error: target 'cpu' has no stage 'schedule'; expected input, routes, tiles or lowlevel
// EXPLAIN: emit.mlir:[[#@LINE+5]]:{{[0-9]+}}: remark: [Passed] MaskToRoutes
// EXPLAIN-SAME: some row may see keys 0 <= j < min(Lk, q1 - Lq + Lk + 1); every row passes 0 <= j < min(Lk, q0 - Lq + Lk + 1)

func.func @main(%q: tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32> {
  %m = attn.mask.causal
  %s = attn.stream %q, %q mask %m : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
  return %o : tensor<1x1x4x8xf32>
}
