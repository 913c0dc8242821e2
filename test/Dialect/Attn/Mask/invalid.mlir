// RUN: attn-opt %s --split-input-file --verify-diagnostics

func.func @mask_causal_c1() {
  // expected-error @below {{expects an 'offset' of 32 bits but got 4294967296}}
  %m = attn.mask.causal offset(4294967296)
  return
}

// -----

func.func @mask_window_c1() {
  // expected-error @below {{expects 'left' of 0 keys or more, below 2^31, but got -3; leave it out for an unbounded side}}
  %m = attn.mask.window left(-3) right(0)
  return
}

// -----

func.func @mask_window_c1_right() {
  // expected-error @below {{expects 'right' of 0 keys or more, below 2^31, but got 2147483648}}
  %m = attn.mask.window right(2147483648)
  return
}

// -----

func.func @mask_window_c2() {
  // expected-error @below {{expects 'left', 'right' or both but got neither; without a mask every key is visible}}
  %m = attn.mask.window
  return
}

// -----

func.func @mask_document_c1(%ids: tensor<4xi32>) {
  // expected-error @below {{expects 'queryIds' of shape [B, Lq] and element type i32 but got 'tensor<4xi32>'}}
  %m = attn.mask.document %ids, %ids : tensor<4xi32>, tensor<4xi32>
  return
}

// -----

func.func @mask_document_c1_type(%q: tensor<1x4xi32>, %k: tensor<1x4xi64>) {
  // expected-error @below {{expects 'keyIds' of shape [B, Lk] and element type i32 but got 'tensor<1x4xi64>'}}
  %m = attn.mask.document %q, %k : tensor<1x4xi32>, tensor<1x4xi64>
  return
}

// -----

func.func @mask_and_c1() {
  %a = attn.mask.causal
  // expected-error @below {{expects two masks or more but got 1}}
  %m = attn.mask.and %a
  return
}

// -----

func.func @mask_or_c1() {
  %a = attn.mask.causal
  // expected-error @below {{expects two masks or more but got 1}}
  %m = attn.mask.or %a
  return
}
