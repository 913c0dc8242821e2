// LongCA-bench, documents causal by blocks of 1024: a token sees the blocks of its document up to its own block.
// visible(b, i, j) = doc[b, i] == doc[b, j] and floor(j / 1024) <= floor(i / 1024)
// Its documents are whole blocks. Here they may begin anywhere, and blocks begin at multiples of 1024 of the sequence.
//
// Source: Bu et al. 2025, Long-Context Attention Benchmark (arXiv:2510.17896), mask "block causal document";
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
  %blocks = attn.mask.block_causal size(1024)
  %mask = attn.mask.and %documents, %blocks
  %keys = attn.stream %k, %v mask %mask : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o, %lse = attn.attend %q over %keys : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
}
