// Dilated neighborhood attention (DiNA): 7 x 7 tokens, each 8 apart, on a grid of H x W.
// Per axis of n tokens only x and y with x mod 8 == y mod 8 meet; their class has m = ceil((n - x mod 8) / 8)
// members, the query is number x' = floor(x / 8). With w = min(7, m),
// start(x') = min(max(x' - floor(7 / 2), 0), m - w), it sees numbers start(x') .. start(x') + w - 1,
// visible(i, j) = yi sees yj and xi sees xj, token i at (i / W, i % W).
// Models have window times dilation at most n; of smaller classes a query sees all. The dilation of DiNAT
// alternates between 1 and the largest that fits, 8, 4, 2, 1 by stage: here the first of them, 8.
//
// Source: Hassani, Shi 2022, Dilated Neighborhood Attention Transformer (arXiv:2209.15001), section 3.1; the
// repository SHI-Labs/NATTEN.
//
// CPU-VARIANTS: v3, v4, v4bf16, amx
// RUN: %python %S/Inputs/systems.py %s --work=%t | FileCheck %S/Inputs/systems.txt
func.func @main(
    %q: tensor<?x4x?x?x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "H", "W", "D"]},
    %k: tensor<?x4x?x?x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "H", "W", "D"]},
    %v: tensor<?x4x?x?x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "H", "W", "D"]})
    -> (tensor<?x4x?x?x64xf32> {attn.name = "o"}, tensor<?x4x?x?xf32> {attn.name = "lse"}) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %batch = tensor.dim %q, %c0 : tensor<?x4x?x?x64xf32>
  %height = tensor.dim %q, %c2 : tensor<?x4x?x?x64xf32>
  %width = tensor.dim %q, %c3 : tensor<?x4x?x?x64xf32>
  %queries = tensor.collapse_shape %q [[0], [1], [2, 3], [4]] : tensor<?x4x?x?x64xf32> into tensor<?x4x?x64xf32>
  %tokens = tensor.collapse_shape %k [[0], [1], [2, 3], [4]] : tensor<?x4x?x?x64xf32> into tensor<?x4x?x64xf32>
  %values = tensor.collapse_shape %v [[0], [1], [2, 3], [4]] : tensor<?x4x?x?x64xf32> into tensor<?x4x?x64xf32>
  %mask = attn.mask.neighborhood shape(%height, %width) window(7, 7) dilation(8, 8)
  %keys = attn.stream %tokens, %values mask %mask : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %rows, %sums = attn.attend %queries over %keys : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  %o = tensor.expand_shape %rows [[0], [1], [2, 3], [4]] output_shape [%batch, 4, %height, %width, 64]
      : tensor<?x4x?x64xf32> into tensor<?x4x?x?x64xf32>
  %lse = tensor.expand_shape %sums [[0], [1], [2, 3]] output_shape [%batch, 4, %height, %width]
      : tensor<?x4x?xf32> into tensor<?x4x?x?xf32>
  return %o, %lse : tensor<?x4x?x?x64xf32>, tensor<?x4x?x?xf32>
}
