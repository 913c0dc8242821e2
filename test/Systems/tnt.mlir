// Transformer in Transformer (TNT), the inner attention: the 16 words of a patch see each other.
// visible(i, j) = floor(i / 16) == floor(j / 16)
// The outer attention, over patches, is dense; what stands between the two is linear layers.
//
// Source: Han et al. 2021, Transformer in Transformer (arXiv:2103.00112).
//
// CPU-VARIANTS: v3, v4, v4bf16, amx
// RUN: %python %S/Inputs/systems.py %s --work=%t | FileCheck %S/Inputs/systems.txt
func.func @main(
    %q: tensor<?x4x?x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x4x?x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x4x?x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]})
    -> (tensor<?x4x?x64xf32> {attn.name = "o"}, tensor<?x4x?xf32> {attn.name = "lse"}) {
  %mask = attn.mask.block size(16)
  %keys = attn.stream %k, %v mask %mask : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o, %lse = attn.attend %q over %keys : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
}
