// Sizes that only the launch knows must fit together.
//
// RUN: not run-reference %s 5 2>&1 | FileCheck %s
// RUN: run-reference %s 4 | FileCheck %s --check-prefix=GOOD
//
// CHECK: sizes.mlir:[[#@LINE+5]]:8: error: 'attn.mask.document' op has queryIds [1, 5]; expected [B, Lq] = [1, 4]
// GOOD: 1

func.func @main(%q: tensor<1x2x4x8xf32>,
                %ids: tensor<1x?xi32> {attn.shape = ["B", "N"]}) -> tensor<1x2x4x8xf32> {
  %m = attn.mask.document %ids, %ids : tensor<1x?xi32>, tensor<1x?xi32>
  %s = attn.stream %q, %q mask %m : tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>
  %o = attn.attend %q over %s : tensor<1x2x4x8xf32> -> tensor<1x2x4x8xf32>
  return %o : tensor<1x2x4x8xf32>
}
