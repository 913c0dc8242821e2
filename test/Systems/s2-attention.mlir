// S2-Attention: the last 4 blocks of 64, and every 8th block of the sequence, another one for each head; causal.
// visible(h, i, j) = j <= i and (d < 4 or (floor(j / 64) + 2 h) mod 8 == 0) with d = floor(i / 64) - floor(j / 64)
// The step of 2 is max(1, 8 / Hq). Blocks count from the first key, so what a key is to later queries does not change.
//
// Source: Lin et al. 2024, S2-Attention (arXiv:2407.17678).
//
// CPU-VARIANTS: v3, v4, v4bf16, amx
// RUN: %python %S/Inputs/systems.py %s --work=%t | FileCheck %S/Inputs/systems.txt
func.func @main(
    %q: tensor<?x4x?x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x4x?x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x4x?x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]})
    -> (tensor<?x4x?x64xf32> {attn.name = "o"}, tensor<?x4x?xf32> {attn.name = "lse"}) {
  %causal = attn.mask.causal
  %earlier = attn.mask.block_causal size(64) offset(-4)
  %local = attn.mask.not %earlier
  %strided = attn.mask.stride every(8) size(64) step(2)
  %blocks = attn.mask.or %local, %strided
  %mask = attn.mask.and %blocks, %causal
  %keys = attn.stream %k, %v mask %mask : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o, %lse = attn.attend %q over %keys : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
}
