// Group Pose, self-attention of its decoder. Instances of 18 queries (17 keypoints and one) stand one after the other.
// First each instance by itself, then across instances, each query with those of its own type.
// x = attention(q, k, v), visible(i, j) = floor(i / 18) == floor(j / 18)
// o = attention(x, x, x), visible(i, j) = i mod 18 == j mod 18; lse is of the second
// The layers between the two are not here, nor is the deformable cross-attention.
//
// Source: Liu et al. 2023, Group Pose (arXiv:2308.07313).
//
// CPU-VARIANTS: v3, v4, v4bf16, amx
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
  // Queries of a type one after the other: then its pairs are blocks, and all other tiles are skipped.
  %c2 = arith.constant 2 : index
  %n = tensor.dim %q, %c2 : tensor<?x4x?x64xf32>
  %types = attn.layout.grid shape(%n) dilation(18)
  %xt = attn.reorder %x by %types : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  %across = attn.stream %xt, %xt mask %type : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %ot, %lset = attn.attend %xt over %across : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  %o = attn.restore %ot by %types : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  %lse = attn.restore %lset by %types : tensor<?x4x?xf32> -> tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
}
