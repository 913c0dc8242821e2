// Attends may follow each other; what lies between is rounded to its type. The
// check knows how much the unfused chain may be off.
//
// RUN: attn-run %s --device=reference --random --set=L=70 --against=reference | FileCheck %s
// CHECK: o: max error/bound 0.{{.*}} (140 rows, all)
// CHECK: lse: max error/bound 0.{{.*}} (140 rows, all)

func.func @main(
    %q: tensor<1x2x?x16xbf16> {attn.name = "q", attn.shape = ["B", "H", "L", "D"]},
    %k: tensor<1x2x?x16xbf16> {attn.name = "k", attn.shape = ["B", "H", "L", "D"]})
    -> (tensor<1x2x?x16xbf16> {attn.name = "o"}, tensor<1x2x?xf32> {attn.name = "lse"}) {
  %causal = attn.mask.causal
  %0 = attn.stream %k, %k mask %causal : tensor<1x2x?x16xbf16>, tensor<1x2x?x16xbf16>
  %1 = attn.attend %q over %0 : tensor<1x2x?x16xbf16> -> tensor<1x2x?x16xbf16>
  %2 = attn.stream %1, %k : tensor<1x2x?x16xbf16>, tensor<1x2x?x16xbf16>
  %o, %lse = attn.attend %1 over %2 : tensor<1x2x?x16xbf16> -> tensor<1x2x?x16xbf16>, tensor<1x2x?xf32>
  return %o, %lse : tensor<1x2x?x16xbf16>, tensor<1x2x?xf32>
}
