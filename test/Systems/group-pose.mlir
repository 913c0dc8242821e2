// Group Pose, self-attention of its decoder. Instances of 18 queries (17 keypoints and one) stand one after the other.
// First each instance by itself, then across instances, each query with those of its own type.
// x = attention(q, k, v), visible(i, j) = floor(i / 18) == floor(j / 18)
// o = attention(x, x, x), visible(i, j) = i mod 18 == j mod 18; lse is of the second
// The layers between the two are not here, nor is the deformable cross-attention.
//
// Source: Liu et al. 2023, Group Pose (arXiv:2308.07313).
//
// RUN: %python %S/Inputs/systems.py %s --work=%t | FileCheck %S/Inputs/systems.txt
func.func @main(
    %q: tensor<?x4x?x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x4x?x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x4x?x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]})
    -> (tensor<?x4x?x64xf32> {attn.name = "o"}, tensor<?x4x?xf32> {attn.name = "lse"}) {
  %instance = attn.mask.block size(18)
  %type = attn.mask.stride every(18) relative
  %inside = attn.stream %k, %v mask %instance : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %x = attn.attend %q over %inside : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  %across = attn.stream %x, %x mask %type : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o, %lse = attn.attend %x over %across : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
}
