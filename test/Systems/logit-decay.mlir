// Exponential decay per head: a key at distance i - j weighs gamma[h]^(i - j) of what it would,
// s + (i - j) ln gamma[h]; causal. RetNet's heads have gamma[h] = 1 - 2^(-5 - h).
// ln gamma[h] depends on the head alone: the compiler computes it once per head, not per logit.
//
// Source: Sun et al. 2023, RetNet (arXiv:2307.08621), section 2.1 (its decay, under a softmax).
//
// CPU-VARIANTS: v3, v4, v4bf16, amx
// RUN: %python %S/Inputs/systems.py %s --work=%t | FileCheck %S/Inputs/systems.txt
func.func @main(
    %q: tensor<?x4x?x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x4x?x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x4x?x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]},
    %gamma: tensor<4xf32> {attn.name = "gamma", attn.shape = ["Hq"]})
    -> (tensor<?x4x?x64xf32> {attn.name = "o"}, tensor<?x4x?xf32> {attn.name = "lse"}) {
  %mask = attn.mask.causal
  %keys = attn.stream %k, %v mask %mask : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o, %lse = attn.attend %q over %keys score(%gamma : tensor<4xf32>) {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %t: tensor<4xf32>):
    %decay = attn.read %t[%h] : tensor<4xf32>
    %rate = math.log %decay : f32
    %distance = arith.subi %i, %j : index
    %d = arith.index_cast %distance : index to i32
    %f = arith.sitofp %d : i32 to f32
    %bias = arith.mulf %rate, %f : f32
    %y = arith.addf %s, %bias : f32
    attn.yield %y : f32
  } : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
}
