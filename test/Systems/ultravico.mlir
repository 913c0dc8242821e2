// UltraViCo: positive logits of keys beyond the trained window are scaled by 0.85, negative ones stay. The window is
// half of 21 latent frames of 1560 tokens to each side: 1560 * 21 / 2 = 16380.
// s * 0.85 if s > 0 and |i - j| > 16380, else s
// The bands at harmonic distances and the rule of the first frame are options, off here as in the catalogue's function.
//
// Source: Zhao et al. 2025, UltraViCo (arXiv:2511.20123); alpha 0.85 of CogVideoX at 4 times the length.
//
// CPU-VARIANTS: v3, v4, v4bf16, amx
// RUN: %python %S/Inputs/systems.py %s --work=%t | FileCheck %S/Inputs/systems.txt
func.func @main(
    %q: tensor<?x4x?x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x4x?x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x4x?x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]})
    -> (tensor<?x4x?x64xf32> {attn.name = "o"}, tensor<?x4x?xf32> {attn.name = "lse"}) {
  %keys = attn.stream %k, %v : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o, %lse = attn.attend %q over %keys score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %window = arith.constant 16380 : index
    %alpha = arith.constant 0.85 : f32
    %zero = arith.constant 0.0 : f32
    %difference = arith.subi %i, %j : index
    %distance = math.absi %difference : index
    %isFar = arith.cmpi sgt, %distance, %window : index
    %isPositive = arith.cmpf ogt, %s, %zero : f32
    %isScaled = arith.andi %isFar, %isPositive : i1
    %scaled = arith.mulf %s, %alpha : f32
    %y = arith.select %isScaled, %scaled, %s : f32
    attn.yield %y : f32
  } : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
}
