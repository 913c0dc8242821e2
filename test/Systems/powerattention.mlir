// PowerAttention: the first block of 256, the last 5, and those at a distance of a power of two; causal.
// visible(i, j) = j <= i and (j < 256 or d < 5 or d is a power of two) with d = floor(i / 256) - floor(j / 256)
//
// Source: Chen et al. 2025, PowerAttention (arXiv:2503.03588).
//
// CPU-VARIANTS: v3, v4, v4bf16, amx
// RUN: %python %S/Inputs/systems.py %s --work=%t | FileCheck %S/Inputs/systems.txt
func.func @main(
    %q: tensor<?x4x?x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x4x?x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x4x?x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]})
    -> (tensor<?x4x?x64xf32> {attn.name = "o"}, tensor<?x4x?xf32> {attn.name = "lse"}) {
  %causal = attn.mask.causal
  %sink = attn.mask.first count(256)
  %earlier = attn.mask.block_causal size(256) offset(-5)
  %local = attn.mask.not %earlier
  %powers = attn.mask.power_of_two size(256)
  %blocks = attn.mask.or %sink, %local, %powers
  %mask = attn.mask.and %blocks, %causal
  %keys = attn.stream %k, %v mask %mask : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o, %lse = attn.attend %q over %keys : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
}
