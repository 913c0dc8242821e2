// Numbers of one table at different places are different limits of the key.
//
// CPU-VARIANTS: v3, v4
// RUN: attnc %s --emit=routes --explain=Routes 2>&1 | FileCheck %s
// CHECK: some row may see keys 0 <= j < min(Lk, max(t[0], t[1]));
//
// RUN: attnc %s -o %t.attn --target=cpu
// RUN: %each-cpu -- attn-run %t.attn --device=cpu --random --seed=3 --set=B=1 --set=L=300 --against=reference
// RUN: %each-cpu -- attn-run %t.attn --device=cpu --random --seed=4 --set=B=1 --set=L=300 --against=reference
func.func @main(
    %q: tensor<?x2x?x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x2x?x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x2x?x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]},
    %t: tensor<2xi32> {attn.name = "t", attn.random = "indices<L>"})
    -> (tensor<?x2x?x64xf32> {attn.name = "o"}, tensor<?x2x?xf32> {attn.name = "lse"}) {
  %mask = attn.mask.free (%t : tensor<2xi32>) {
  ^bb0(%b: index, %h: index, %i: index, %j: index, %ends: tensor<2xi32>):
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %x = attn.read %ends[%c0] : tensor<2xi32>
    %y = attn.read %ends[%c1] : tensor<2xi32>
    %m = arith.index_cast %x : i32 to index
    %n = arith.index_cast %y : i32 to index
    %first = arith.cmpi slt, %j, %m : index
    %second = arith.cmpi slt, %j, %n : index
    %visible = arith.ori %first, %second : i1
    attn.yield %visible : i1
  }
  %keys = attn.stream %k, %v mask %mask : tensor<?x2x?x64xf32>, tensor<?x2x?x64xf32>
  %o, %lse = attn.attend %q over %keys : tensor<?x2x?x64xf32> -> tensor<?x2x?x64xf32>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x64xf32>, tensor<?x2x?xf32>
}
