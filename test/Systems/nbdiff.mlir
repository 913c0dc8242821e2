// NBDiff, training: a sequence of n noised tokens, then the same n tokens clean. A noised token sees its own block and,
// of the clean tokens, the blocks before; a clean one sees the clean tokens up to itself. Blocks of 32.
// p(t) = t below n, else t - n; with n = floor(L / 2), block(t) = floor(p(t) / 32)
// visible(i, j) = j <  n: i < n and block(i) == block(j)
//                 j >= n: block(j) < block(i) if i < n, else j <= i
// L is of both together, 2 n.
//
// Source: Tian et al. 2025, NBDiff (arXiv:2512.06776).
//
// CPU-VARIANTS: v3, v4, v4bf16, amx
// RUN: %python %S/Inputs/systems.py %s --work=%t | FileCheck %S/Inputs/systems.txt
func.func @main(
    %q: tensor<?x4x?x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x4x?x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x4x?x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]})
    -> (tensor<?x4x?x64xf32> {attn.name = "o"}, tensor<?x4x?xf32> {attn.name = "lse"}) {
  %mask = attn.mask.two_stream size(32)
  %keys = attn.stream %k, %v mask %mask : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o, %lse = attn.attend %q over %keys : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
}
