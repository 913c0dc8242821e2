// Key-driven grouped query attention: as many query heads read a key head as its norm has a share; norms[g] is of
// key head g. Shares are of norms scaled to [0, 1] between the least and the greatest, so that of two key heads the one
// with the larger norm gets all query heads; of equal norms, where the formula divides 0 by 0, each gets half (chosen).
// head(h) = 0 if norms[0] > norms[1], 1 if norms[1] > norms[0], else floor(h / 4)
// A map of heads that tensors decide is a stream per key head, each seen by the query heads that read it: nothing of a
// stream is visited for the others. Norms are computed outside.
//
// Source: Khan et al. 2024, Key-Driven GQA (arXiv:2408.08454).
//
// CPU-VARIANTS: v3, v4, v4bf16, amx
// RUN: %python %S/Inputs/systems.py %s --work=%t | FileCheck %S/Inputs/systems.txt
func.func @main(
    %q: tensor<?x8x?x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x2x?x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x2x?x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]},
    %norms: tensor<2xf32> {attn.name = "norms", attn.shape = ["Hk"]})
    -> (tensor<?x8x?x64xf32> {attn.name = "o"}, tensor<?x8x?xf32> {attn.name = "lse"}) {
  %ofFirst = attn.mask.free (%norms : tensor<2xf32>) {
  ^bb0(%b: index, %h: index, %i: index, %j: index, %t: tensor<2xf32>):
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %x = attn.read %t[%c0] : tensor<2xf32>
    %y = attn.read %t[%c1] : tensor<2xf32>
    %isMore = arith.cmpf ogt, %x, %y : f32
    %isSame = arith.cmpf oeq, %x, %y : f32
    %isLow = arith.cmpi ult, %h, %c4 : index
    %isHalf = arith.andi %isSame, %isLow : i1
    %visible = arith.ori %isMore, %isHalf : i1
    attn.yield %visible : i1
  }
  %ofSecond = attn.mask.not %ofFirst
  %first = attn.stream %k, %v mask %ofFirst heads [0, 0, 0, 0, 0, 0, 0, 0]
      : tensor<?x2x?x64xf32>, tensor<?x2x?x64xf32>
  %second = attn.stream %k, %v mask %ofSecond heads [1, 1, 1, 1, 1, 1, 1, 1]
      : tensor<?x2x?x64xf32>, tensor<?x2x?x64xf32>
  %o, %lse = attn.attend %q over %first, %second : tensor<?x8x?x64xf32> -> tensor<?x8x?x64xf32>, tensor<?x8x?xf32>
  return %o, %lse : tensor<?x8x?x64xf32>, tensor<?x8x?xf32>
}
