// RUN: attn-opt %s --split-input-file --verify-diagnostics --attn-verify-stage=stage=input

func.func @boundary_c6() {
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

// -----

func.func @boundary_c7(%q: tensor<1x4x8x2x32xf32>) {
  // expected-error @below {{makes one axis of axes 3 and 4 of 'tensor<1x4x8x2x32xf32>', the place of channels; expected tokens only, axis 2 of the view}}
  %f = tensor.collapse_shape %q [[0], [1], [2], [3, 4]] : tensor<1x4x8x2x32xf32> into tensor<1x4x8x64xf32>
  %s = attn.stream %f, %f : tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>
  return
}

// -----

func.func @boundary_c7_heads(%q: tensor<1x2x4x8x64xf32>) {
  // expected-error @below {{makes one axis of axes 1 and 2 of 'tensor<1x2x4x8x64xf32>', the place of heads}}
  %f = tensor.collapse_shape %q [[0], [1, 2], [3], [4]] : tensor<1x2x4x8x64xf32> into tensor<1x8x8x64xf32>
  %s = attn.stream %f, %f : tensor<1x8x8x64xf32>, tensor<1x8x8x64xf32>
  return
}

// -----

func.func @boundary_c7_batches(%q: tensor<3x2x4x8x64xf32>, %k: tensor<6x4x8x64xf32>) -> tensor<6x4x8x64xf32> {
  // expected-error @below {{makes one axis of axes 0 and 1 of 'tensor<3x2x4x8x64xf32>', the place of batches}}
  %f = tensor.collapse_shape %q [[0, 1], [2], [3], [4]] : tensor<3x2x4x8x64xf32> into tensor<6x4x8x64xf32>
  %s = attn.stream %k, %k : tensor<6x4x8x64xf32>, tensor<6x4x8x64xf32>
  %o = attn.attend %f over %s : tensor<6x4x8x64xf32> -> tensor<6x4x8x64xf32>
  return %o : tensor<6x4x8x64xf32>
}

// -----

func.func @boundary_c7_numbers(%o: tensor<1x4x8x64xf32>, %l: tensor<1x2x2x8xf32>) {
  // expected-error @below {{makes one axis of axes 1 and 2 of 'tensor<1x2x2x8xf32>', the place of heads}}
  %f = tensor.collapse_shape %l [[0], [1, 2], [3]] : tensor<1x2x2x8xf32> into tensor<1x4x8xf32>
  %s = attn.state %o, %f : tensor<1x4x8x64xf32>, tensor<1x4x8xf32>
  return
}

// -----

func.func @boundary_c7_source(%q: tensor<1x1x4x8xf32>) -> tensor<1x1x32xf32> {
  %s = attn.stream %q, %q : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
  // expected-error @below {{expects an argument of the function; an intermediate tensor has one token axis}}
  %f = tensor.collapse_shape %o [[0], [1], [2, 3]] : tensor<1x1x4x8xf32> into tensor<1x1x32xf32>
  return %f : tensor<1x1x32xf32>
}

// -----

func.func @boundary_c8(%q: tensor<1x1x4x8xf32>) -> tensor<1x1x2x2x8xf32> {
  // expected-error @below {{expects a result of attn.attend, attn.merge or attn.restore}}
  %e = tensor.expand_shape %q [[0], [1], [2, 3], [4]] output_shape [1, 1, 2, 2, 8] : tensor<1x1x4x8xf32> into tensor<1x1x2x2x8xf32>
  return %e : tensor<1x1x2x2x8xf32>
}

// -----

func.func @boundary_c8_channels(%q: tensor<1x1x4x8xf32>) -> tensor<1x1x4x2x4xf32> {
  %s = attn.stream %q, %q : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
  // expected-error @below {{makes one axis of axes 3 and 4 of 'tensor<1x1x4x2x4xf32>', the place of channels}}
  %e = tensor.expand_shape %o [[0], [1], [2], [3, 4]] output_shape [1, 1, 4, 2, 4] : tensor<1x1x4x8xf32> into tensor<1x1x4x2x4xf32>
  return %e : tensor<1x1x4x2x4xf32>
}

// -----

func.func @boundary_c8_user(%q: tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32> {
  %s = attn.stream %q, %q : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
  // expected-error @below {{expects to be returned; 'tensor.collapse_shape' takes the tensor before}}
  %e = tensor.expand_shape %o [[0], [1], [2, 3], [4]] output_shape [1, 1, 2, 2, 8] : tensor<1x1x4x8xf32> into tensor<1x1x2x2x8xf32>
  %c = tensor.collapse_shape %e [[0], [1], [2, 3], [4]] : tensor<1x1x2x2x8xf32> into tensor<1x1x4x8xf32>
  return %o : tensor<1x1x4x8xf32>
}

// -----

func.func @boundary_c8_size(%q: tensor<1x1x?x8xf32> {attn.shape = ["B", "Hq", "L", "D"]}) -> tensor<1x1x?x?x8xf32> {
  %c2 = arith.constant 2 : index
  %l = tensor.dim %q, %c2 : tensor<1x1x?x8xf32>
  %s = attn.stream %q, %q : tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x?x8xf32> -> tensor<1x1x?x8xf32>
  // expected-error @below {{expects sizes that are tensor.dim of an argument's axes with a '?'; write the others into the type}}
  %e = tensor.expand_shape %o [[0], [1], [2, 3], [4]] output_shape [1, 1, %c2, %l, 8] : tensor<1x1x?x8xf32> into tensor<1x1x?x?x8xf32>
  return %e : tensor<1x1x?x?x8xf32>
}
