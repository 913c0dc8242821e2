// Documents packed into one sequence: causal inside each, doc[b, t] is the number of token t's.
// visible(b, i, j) = j <= i and doc[b, i] == doc[b, j]
//
// Source: Grattafiori et al. 2024, Llama 3 (arXiv:2407.21783), section 3.2.
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
  %causal = attn.mask.causal
  %mask = attn.mask.and %documents, %causal
  %keys = attn.stream %k, %v mask %mask : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o, %lse = attn.attend %q over %keys : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
}
