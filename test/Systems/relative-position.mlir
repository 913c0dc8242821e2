// A learned bias per head and relative position, clamped to R = 32 on both sides:
// s + table[clamp(j - i, -R, R) + R, h], table f32[2 R + 1, Hq].
//
// Source: Shaw et al. 2018 (arXiv:1803.02155), section 3.2 (the clamp); as a scalar bias per head
// Raffel et al. 2020, T5 (arXiv:1910.10683), section 2.1.
//
// CPU-VARIANTS: v3, v4, v4bf16, amx
// RUN: %python %S/Inputs/systems.py %s --work=%t | FileCheck %S/Inputs/systems.txt
func.func @main(
    %q: tensor<?x4x?x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x4x?x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x4x?x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]},
    %table: tensor<65x4xf32> {attn.name = "table", attn.shape = ["R", "Hq"]})
    -> (tensor<?x4x?x64xf32> {attn.name = "o"}, tensor<?x4x?xf32> {attn.name = "lse"}) {
  %keys = attn.stream %k, %v : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o, %lse = attn.attend %q over %keys score(%table : tensor<65x4xf32>) {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %t: tensor<65x4xf32>):
    %far = arith.constant 32 : index
    %back = arith.constant -32 : index
    %distance = arith.subi %j, %i : index
    %0 = arith.minsi %distance, %far : index
    %1 = arith.maxsi %0, %back : index
    %row = arith.addi %1, %far : index
    %bias = attn.read %t[%row, %h] : tensor<65x4xf32>
    %y = arith.addf %s, %bias : f32
    attn.yield %y : f32
  } : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
}
