// An index that leaves its table is an error that names table, index, size and op.
//
// RUN: not run-reference %s 3 2>&1 | FileCheck %s
// RUN: run-reference %s 4 | FileCheck %s --check-prefix=GOOD
//
// CHECK: read-range.mlir:[[#@LINE+9]]:10: error: 'attn.read' op reads 'table' at index 3 of axis 0, whose size is 3; expected an index in [0, size)
// CHECK-SAME: (batch 0, head 0, query 3)
// GOOD: 1

func.func @main(%q: tensor<1x2x4x8xf32>,
                %t: tensor<?xf32> {attn.name = "table", attn.shape = ["N"]}) -> tensor<1x2x4x8xf32> {
  %s = attn.stream %q, %q : tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>
  %o = attn.attend %q over %s score(%t : tensor<?xf32>) {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %u: tensor<?xf32>):
    %0 = attn.read %u[%i] : tensor<?xf32>
    %y = arith.addf %x, %0 : f32
    attn.yield %y : f32
  } : tensor<1x2x4x8xf32> -> tensor<1x2x4x8xf32>
  return %o : tensor<1x2x4x8xf32>
}
