// E-MMDiT, alternating subregion attention: 4 groups, token t is of group t mod 4 and sees its own.
// visible(i, j) = i mod 4 == j mod 4
// Layers cycle through no groups, these, and groups of runs of 4, floor(t / 4) mod 4; the second of them is here.
//
// Source: Shen et al. 2025, E-MMDiT (arXiv:2510.27135).
//
// CPU-VARIANTS: v3, v4
// RUN: %python %S/Inputs/systems.py %s --work=%t | FileCheck %S/Inputs/systems.txt
func.func @main(
    %q: tensor<?x4x?x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x4x?x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x4x?x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]})
    -> (tensor<?x4x?x64xf32> {attn.name = "o"}, tensor<?x4x?xf32> {attn.name = "lse"}) {
  // The tokens of a group one after the other: then its pairs are blocks, and all other tiles are skipped.
  %c2 = arith.constant 2 : index
  %n = tensor.dim %q, %c2 : tensor<?x4x?x64xf32>
  %groups = attn.layout.grid shape(%n) dilation(4)
  %qg = attn.reorder %q by %groups : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  %kg = attn.reorder %k by %groups : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  %vg = attn.reorder %v by %groups : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  %mask = attn.mask.stride every(4) relative
  %keys = attn.stream %kg, %vg mask %mask : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %og, %lseg = attn.attend %qg over %keys : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  %o = attn.restore %og by %groups : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  %lse = attn.restore %lseg by %groups : tensor<?x4x?xf32> -> tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
}
