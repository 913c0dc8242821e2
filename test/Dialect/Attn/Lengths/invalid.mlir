// RUN: attn-opt %s --split-input-file --verify-diagnostics

func.func @lengths_per_batch_c1(%lens: tensor<2x2xi32>) {
  // expected-error @below {{expects 'table' of shape [B] and element type i32 but got 'tensor<2x2xi32>'}}
  %l = attn.lengths.per_batch %lens : tensor<2x2xi32>
  return
}

// -----

func.func @lengths_packed_c1(%offsets: tensor<3xi64>) {
  // expected-error @below {{expects 'offsets' of shape [B + 1] and element type i32 but got 'tensor<3xi64>'}}
  %l = attn.lengths.packed %offsets : tensor<3xi64>
  return
}

// -----

func.func @lengths_packed_c1_empty(%offsets: tensor<0xi32>) {
  // expected-error @below {{expects 'offsets' of size 1 or more, one more than there are sequences, but got 'tensor<0xi32>'}}
  %l = attn.lengths.packed %offsets : tensor<0xi32>
  return
}
