// Subsampled self-attention (SSA): a random subset of the keys, the same for all heads; causal. keep[b, j] is not 0 for
// the keys of the subset, which is drawn outside.
// visible(b, i, j) = j <= i and keep[b, j] != 0
// Details of the draw are unconfirmed. Chosen: one subset per sequence, nothing forced, so that a row before the first
// kept key is empty and gives 0.
//
// Source: Hussain et al. 2023, The Information Pathways Hypothesis (arXiv:2306.01705).
//
// CPU-VARIANTS: v3, v4, v4bf16, amx
// RUN: %python %S/Inputs/systems.py %s --work=%t | FileCheck %S/Inputs/systems.txt
func.func @main(
    %q: tensor<?x4x?x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x4x?x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x4x?x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]},
    %keep: tensor<?x?xi32> {attn.name = "keep", attn.shape = ["B", "L"], attn.random = "segments"})
    -> (tensor<?x4x?x64xf32> {attn.name = "o"}, tensor<?x4x?xf32> {attn.name = "lse"}) {
  %causal = attn.mask.causal
  %kept = attn.mask.columns %keep : tensor<?x?xi32>
  %mask = attn.mask.and %kept, %causal
  %keys = attn.stream %k, %v mask %mask : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o, %lse = attn.attend %q over %keys : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
}
