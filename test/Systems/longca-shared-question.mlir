// LongCA-bench, a question and several answers to it: causal inside each, and every answer sees the question, which is
// document 0.
// visible(b, i, j) = j <= i and (doc[b, i] == doc[b, j] or doc[b, j] == 0)
//
// Source: Bu et al. 2025, Long-Context Attention Benchmark (arXiv:2510.17896), mask "share question";
// definitions as its repository NJUDeepEngine/LongCA-bench generates them.
//
// CPU-VARIANTS: v3, v4, v4bf16, amx
// RUN: %python %S/Inputs/systems.py %s --work=%t | FileCheck %S/Inputs/systems.txt
func.func @main(
    %q: tensor<?x4x?x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x4x?x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x4x?x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]},
    %doc: tensor<?x?xi32> {attn.name = "doc", attn.shape = ["B", "L"], attn.random = "segments"})
    -> (tensor<?x4x?x64xf32> {attn.name = "o"}, tensor<?x4x?xf32> {attn.name = "lse"}) {
  %documents = attn.mask.document %doc, %doc : tensor<?x?xi32>, tensor<?x?xi32>
  %question = attn.mask.free (%doc : tensor<?x?xi32>) {
  ^bb0(%b: index, %h: index, %i: index, %j: index, %ids: tensor<?x?xi32>):
    %c0 = arith.constant 0 : i32
    %id = attn.read %ids[%b, %j] : tensor<?x?xi32>
    %visible = arith.cmpi eq, %id, %c0 : i32
    attn.yield %visible : i1
  }
  %seen = attn.mask.or %documents, %question
  %causal = attn.mask.causal
  %mask = attn.mask.and %seen, %causal
  %keys = attn.stream %k, %v mask %mask : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o, %lse = attn.attend %q over %keys : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
}
