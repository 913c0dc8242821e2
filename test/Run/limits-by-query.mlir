// Limits of the key that a table has, by query and by block of queries: tiles are skipped by their extremes.
//
// REQUIRES: compiler, attnc, attn-run
// CPU-VARIANTS: v3, v4
// RUN: attnc %s --emit=routes --explain=Routes 2>&1 | FileCheck %s
// CHECK: some row may see keys 0 <= j < Lk; every row passes 0 <= j < Lk; conditions that are no ranges: 2
//
// RUN: attnc %s -o %t.attn --target=cpu
// RUN: %each-cpu -- attn-run %t.attn --device=cpu --random --seed=3 --set=B=2 --set=L=300 --set=N=19 --against=reference
// RUN: sed s/f32/bf16/ %s > %t.bf16.mlir && attnc %t.bf16.mlir -o %t.sim.attn --target=sm_90a --ptxas=none
// RUN: attn-run %t.sim.attn --device=sim --random --seed=3 --set=B=1 --set=L=200 --set=N=13 --against=reference --stats | FileCheck %s --check-prefix=STATS
// STATS: key tiles: {{[0-9]+}} masked, 0 full, {{[1-9][0-9]*}} skipped
!t = tensor<?x2x?x64xf32>
func.func @main(
    %q: !t {attn.name = "q", attn.shape = ["B", "H", "L", "D"]},
    %k: !t {attn.name = "k", attn.shape = ["B", "H", "L", "D"]},
    %v: !t {attn.name = "v", attn.shape = ["B", "H", "L", "D"]},
    %first: tensor<?x?xi32> {attn.name = "first", attn.shape = ["B", "L"], attn.random = "segments"},
    %last: tensor<?x?xi32> {attn.name = "last", attn.shape = ["B", "N"], attn.random = "segments"})
    -> (!t {attn.name = "o"}) {
  %m = attn.mask.free (%first, %last : tensor<?x?xi32>, tensor<?x?xi32>) {
  ^bb0(%b: index, %h: index, %i: index, %j: index, %from: tensor<?x?xi32>, %to: tensor<?x?xi32>):
    %size = arith.constant 16 : index
    %n = arith.divui %i, %size : index
    %0 = attn.read %from[%b, %i] : tensor<?x?xi32>
    %1 = attn.read %to[%b, %n] : tensor<?x?xi32>
    %least = arith.index_cast %0 : i32 to index
    %more = arith.index_cast %1 : i32 to index
    %many = arith.constant 7 : index
    %most = arith.muli %more, %many : index
    %above = arith.cmpi sge, %j, %least : index
    %below = arith.cmpi sle, %j, %most : index
    %both = arith.andi %above, %below : i1
    attn.yield %both : i1
  }
  %s = attn.stream %k, %v mask %m : !t, !t
  %o = attn.attend %q over %s : !t -> !t
  return %o : !t
}
