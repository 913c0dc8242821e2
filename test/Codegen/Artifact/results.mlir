// RUN: split-file %s %t
// RUN: not attnc %t/argument.mlir -o %t/a.attn 2>&1 | FileCheck %s --check-prefix=ARGUMENT
// RUN: not attnc %t/twice.mlir -o %t/a.attn 2>&1 | FileCheck %s --check-prefix=TWICE
// RUN: not attnc %t/type.mlir -o %t/a.attn 2>&1 | FileCheck %s --check-prefix=TYPE
// RUN: not ls %t/a.attn

// ARGUMENT: argument.mlir:2:{{[0-9]+}}: error: returns 'arg0' as result 'result0'; expected a value that an op computes, each returned once
// TWICE: error: returns 'result0' as result 'result1'
// TYPE: error: 'func.func' op has argument 'arg1' of type 'tensor<4xf8E4M3FN>', which can not cross the boundary

//--- argument.mlir
func.func @main(%q: tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32> {
  return %q : tensor<1x1x4x8xf32>
}
//--- twice.mlir
func.func @main(%q: tensor<1x1x4x8xf32>) -> (tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>) {
  %s = attn.stream %q, %q : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
  return %o, %o : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
}
//--- type.mlir
func.func @main(%q: tensor<1x1x4x8xf32>, %x: tensor<4xf8E4M3FN>) -> tensor<1x1x4x8xf32> {
  %s = attn.stream %q, %q : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
  return %o : tensor<1x1x4x8xf32>
}
