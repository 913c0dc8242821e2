// The reference reads stage `input` and nothing later.
//
// RUN: attn-opt %s --attn-mask-to-routes -o %t.mlir
// RUN: not run-reference %t.mlir 4 2>&1 | FileCheck %s
// CHECK: error: the reference does not evaluate 'attn.route'; expected ops of stage 'input'

func.func @main(%q: tensor<1x2x4x8xf32>) -> tensor<1x2x4x8xf32> {
  %s = attn.stream %q, %q : tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>
  %o = attn.attend %q over %s : tensor<1x2x4x8xf32> -> tensor<1x2x4x8xf32>
  return %o : tensor<1x2x4x8xf32>
}
