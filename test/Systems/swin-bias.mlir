// Swin's relative position bias in windows of M x M = 7 x 7 tokens, one window per batch entry:
// s + table[(yi - yj + M - 1) (2 M - 1) + (xi - xj + M - 1), h], with token i of a window at
// row yi = i div M, column xi = i mod M; table f32[(2 M - 1)^2, Hq].
//
// Source: Liu et al. 2021, Swin (arXiv:2103.14030), section 3.2.
//
// CPU-VARIANTS: v3, v4, v4bf16, amx
// RUN: %python %S/Inputs/systems.py %s --work=%t | FileCheck %S/Inputs/systems.txt
func.func @main(
    %q: tensor<?x4x49x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x4x49x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x4x49x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]},
    %table: tensor<169x4xf32> {attn.name = "table", attn.shape = ["R", "Hq"]})
    -> (tensor<?x4x49x64xf32> {attn.name = "o"}, tensor<?x4x49xf32> {attn.name = "lse"}) {
  %keys = attn.stream %k, %v : tensor<?x4x49x64xf32>, tensor<?x4x49x64xf32>
  %o, %lse = attn.attend %q over %keys score(%table : tensor<169x4xf32>) {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %t: tensor<169x4xf32>):
    %m = arith.constant 7 : index
    %last = arith.constant 6 : index
    %span = arith.constant 13 : index
    %yi = arith.divui %i, %m : index
    %xi = arith.remui %i, %m : index
    %yj = arith.divui %j, %m : index
    %xj = arith.remui %j, %m : index
    %dy = arith.subi %yi, %yj : index
    %dx = arith.subi %xi, %xj : index
    %down = arith.addi %dy, %last : index
    %right = arith.addi %dx, %last : index
    %line = arith.muli %down, %span : index
    %row = arith.addi %line, %right : index
    %bias = attn.read %t[%row, %h] : tensor<169x4xf32>
    %y = arith.addf %s, %bias : f32
    attn.yield %y : f32
  } : tensor<?x4x49x64xf32> -> tensor<?x4x49x64xf32>, tensor<?x4x49xf32>
  return %o, %lse : tensor<?x4x49x64xf32>, tensor<?x4x49xf32>
}
