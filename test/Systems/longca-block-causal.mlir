// LongCA-bench, causal by blocks of any size: each sees itself, the last one (the question) all of them.
// doc[b, t] is the number of token t's block.
// visible(b, i, j) = j <= i and (doc[b, i] == doc[b, j] or doc[b, i] == doc[b, L - 1])
//
// Source: Bu et al. 2025, Long-Context Attention Benchmark (arXiv:2510.17896), mask "causal blockwise";
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
  %blocks = attn.mask.document %doc, %doc : tensor<?x?xi32>, tensor<?x?xi32>
  %last = attn.mask.free (%doc : tensor<?x?xi32>) {
  ^bb0(%b: index, %h: index, %i: index, %j: index, %ids: tensor<?x?xi32>):
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %length = attn.length queries
    %end = arith.subi %length, %c1 : index
    %at = arith.maxsi %end, %c0 : index
    %id = attn.read %ids[%b, %i] : tensor<?x?xi32>
    %of = attn.read %ids[%b, %at] : tensor<?x?xi32>
    %visible = arith.cmpi eq, %id, %of : i32
    attn.yield %visible : i1
  }
  %seen = attn.mask.or %blocks, %last
  %causal = attn.mask.causal
  %mask = attn.mask.and %seen, %causal
  %keys = attn.stream %k, %v mask %mask : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o, %lse = attn.attend %q over %keys : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
}
