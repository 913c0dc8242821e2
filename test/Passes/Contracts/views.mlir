// RUN: attn-opt %s --split-input-file --verify-diagnostics --attn-verify-stage=stage=input

// What boundary-C6 allows.
func.func @legal(%q: tensor<?x4xf32> {attn.shape = ["L", "D"]}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %l = tensor.dim %q, %c0 : tensor<?x4xf32>
  %d = tensor.dim %q, %c1 : tensor<?x4xf32>
  %m = attn.mask.free (%l, %d, %c1 : index, index, index) {
  ^bb0(%b: index, %h: index, %i: index, %j: index, %x: index, %y: index, %z: index):
    %v = arith.cmpi slt, %x, %y : index
    attn.yield %v : i1
  }
  return
}

// -----

func.func @boundary_c6_constant() {
  // expected-error @below {{expects an index of 0 or more, below 2^31, but got 1.000000e+00 : f32; other constants stand inside regions}}
  %c = arith.constant 1.0 : f32
  return
}

// -----

func.func @boundary_c6_negative() {
  // expected-error @below {{expects an index of 0 or more, below 2^31, but got -1 : index}}
  %c = arith.constant -1 : index
  return
}

// -----

func.func @boundary_c6_axis(%q: tensor<4x4xf32>) {
  %c2 = arith.constant 2 : index
  // expected-error @below {{expects a constant axis of 'tensor<4x4xf32>'}}
  %l = tensor.dim %q, %c2 : tensor<4x4xf32>
  return
}

// -----

func.func @boundary_c6_computed_axis(%q: tensor<4x4xf32>) {
  %c1 = arith.constant 1 : index
  %l = tensor.dim %q, %c1 : tensor<4x4xf32>
  // expected-error @below {{expects a constant axis of 'tensor<4x4xf32>'}}
  %n = tensor.dim %q, %l : tensor<4x4xf32>
  return
}

// -----

func.func @boundary_c6_source(%q: tensor<1x1x4x8xf32>) {
  %c2 = arith.constant 2 : index
  %s = attn.stream %q, %q : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
  // expected-error @below {{expects an argument of the function; take the size of the argument that has this letter}}
  %l = tensor.dim %o, %c2 : tensor<1x1x4x8xf32>
  return
}
