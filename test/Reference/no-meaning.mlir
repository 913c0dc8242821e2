// What has no meaning is an error, not a number: here 7 / (table - 1) where every
// element of the table is 1.
//
// RUN: not run-reference %s 4 2>&1 | FileCheck %s
// CHECK: no-meaning.mlir:[[#@LINE+10]]:10: error: 'arith.divsi' op divides by zero (batch 0, head 0, query 0)

func.func @main(%q: tensor<1x2x4x8xf32>, %t: tensor<4xi32>) -> tensor<1x2x4x8xf32> {
  %s = attn.stream %q, %q : tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>
  %o = attn.attend %q over %s score(%t : tensor<4xi32>) {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %u: tensor<4xi32>):
    %c1 = arith.constant 1 : i32
    %c7 = arith.constant 7 : i32
    %0 = attn.read %u[%i] : tensor<4xi32>
    %1 = arith.subi %0, %c1 : i32
    %2 = arith.divsi %c7, %1 : i32
    %3 = arith.sitofp %2 : i32 to f32
    %y = arith.addf %x, %3 : f32
    attn.yield %y : f32
  } : tensor<1x2x4x8xf32> -> tensor<1x2x4x8xf32>
  return %o : tensor<1x2x4x8xf32>
}
