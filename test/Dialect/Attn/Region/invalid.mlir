// RUN: attn-opt %s --split-input-file --verify-diagnostics --allow-unregistered-dialect

func.func @read_c1(%q: tensor<1x8x4x8xf32>, %t: tensor<8x2xf32>) {
  %s = attn.stream %q, %q : tensor<1x8x4x8xf32>, tensor<1x8x4x8xf32>
  %o = attn.attend %q over %s score(%t : tensor<8x2xf32>) {
    ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %table: tensor<8x2xf32>):
      // expected-error @below {{expects 2 indices for 'tensor<8x2xf32>' but got 1}}
      %0 = attn.read %table[%h] : tensor<8x2xf32>
      attn.yield %0 : f32
    } : tensor<1x8x4x8xf32> -> tensor<1x8x4x8xf32>
  return
}

// -----

func.func @read_c2() {
  %t = "test.tensor"() : () -> tensor<8xf32>
  %h = arith.constant 0 : index
  // expected-error @below {{expects its table to be a block argument of the region; pass the tensor as a capture}}
  %0 = attn.read %t[%h] : tensor<8xf32>
  return
}

// -----

func.func @read_range_c1(%t: tensor<8x2xi32>) {
  %h = arith.constant 0 : index
  // expected-error @below {{expects 1 indices for 'tensor<8x2xi32>' but got 2}}
  %0, %1 = attn.read_range %t[%h, %h] from %h to %h : tensor<8x2xi32>
  return
}

// -----

func.func @read_range_c2(%t: tensor<8xf32>) {
  %h = arith.constant 0 : index
  // expected-error @below {{expects a table of integers but got 'tensor<8xf32>'}}
  %0, %1 = attn.read_range %t[] from %h to %h : tensor<8xf32>
  return
}

// -----

func.func @read_box_c1(%t: tensor<8x2xi1>) {
  %h = arith.constant 0 : index
  // expected-error @below {{expects 2 indices for 'tensor<8x2xi1>' but got 1}}
  %0, %1 = attn.read_box %t from [%h] to [%h] : tensor<8x2xi1>
  return
}

// -----

func.func @read_box_c2(%t: tensor<8xf32>) {
  %h = arith.constant 0 : index
  // expected-error @below {{expects a table of integers but got 'tensor<8xf32>'}}
  %0, %1 = attn.read_box %t from [%h] to [%h] : tensor<8xf32>
  return
}
