// ConViT, gated positional self-attention: attention by content and attention by position, mixed by a gate per head.
// o = (1 - g) softmax(s) v + g softmax(pos[h]) v with g = 1 / (1 + exp(-lam[h])); such a mixture has no lse
// A merge of two states weighs each by exp of its logit: ln(1 - g) = -ln(1 + exp(lam)) and ln g = -ln(1 + exp(-lam)),
// each the lse of an attention to one key with that logit.
//
// Source: d'Ascoli et al. 2021, ConViT (arXiv:2103.10697).
//
// CPU-VARIANTS: v3, v4, v4bf16, amx
// RUN: %python %S/Inputs/systems.py %s --work=%t | FileCheck %S/Inputs/systems.txt
func.func @main(
    %q: tensor<?x4x?x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x4x?x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x4x?x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]},
    %pos: tensor<4x?x?xf32> {attn.name = "pos", attn.shape = ["Hq", "L", "L"]},
    %lam: tensor<4xf32> {attn.name = "lam", attn.shape = ["Hq"]})
    -> (tensor<?x4x?x64xf32> {attn.name = "o"}) {
  %keys = attn.stream %k, %v : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %content = attn.attend %q over %keys : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  %position = attn.attend %q over %keys score(%pos : tensor<4x?x?xf32>) {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %t: tensor<4x?x?xf32>):
    %y = attn.read %t[%h, %i, %j] : tensor<4x?x?xf32>
    attn.yield %y : f32
  } : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>

  %first = attn.mask.first count(1)
  %one = attn.stream %k, %v mask %first : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %ofContentZero, %ofContent = attn.attend %q over %one score(%lam : tensor<4xf32>) {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %t: tensor<4xf32>):
    %1 = arith.constant 1.0 : f32
    %x = attn.read %t[%h] : tensor<4xf32>
    %e = math.exp %x : f32
    %sum = arith.addf %1, %e : f32
    %l = math.log %sum : f32
    %y = arith.negf %l : f32
    attn.yield %y : f32
  } : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  %ofPositionZero, %ofPosition = attn.attend %q over %one score(%lam : tensor<4xf32>) {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %t: tensor<4xf32>):
    %1 = arith.constant 1.0 : f32
    %x = attn.read %t[%h] : tensor<4xf32>
    %minus = arith.negf %x : f32
    %e = math.exp %minus : f32
    %sum = arith.addf %1, %e : f32
    %l = math.log %sum : f32
    %y = arith.negf %l : f32
    attn.yield %y : f32
  } : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>

  %c = attn.state %content, %ofContent : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  %p = attn.state %position, %ofPosition : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  %o, %ofGates = attn.merge %c, %p : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  return %o : tensor<?x4x?x64xf32>
}
