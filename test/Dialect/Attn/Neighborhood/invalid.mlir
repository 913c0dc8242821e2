// RUN: attn-opt %s --split-input-file --verify-diagnostics

func.func @mask_neighborhood_c1() {
  // expected-error @below {{expects 'shape' of one to three axes but got 4}}
  %m = attn.mask.neighborhood shape(2, 2, 2, 2) window(1, 1, 1, 1)
  return
}

// -----

func.func @mask_neighborhood_c1_window() {
  // expected-error @below {{expects 'window' of one entry per axis of 'shape', 2, but got 1}}
  %m = attn.mask.neighborhood shape(8, 8) window(3)
  return
}

// -----

func.func @mask_neighborhood_c1_stride() {
  // expected-error @below {{expects 'stride' of one entry per axis of 'shape', 2, but got 3}}
  %m = attn.mask.neighborhood shape(8, 8) window(3, 3) stride(1, 1, 1)
  return
}

// -----

func.func @mask_neighborhood_c1_causal() {
  // expected-error @below {{expects 'causal' of one entry per axis of 'shape', 2, but got 1}}
  %m = attn.mask.neighborhood shape(8, 8) window(3, 3) causal(true)
  return
}

// -----

func.func @mask_neighborhood_c2() {
  // expected-error @below {{expects 'shape' of 1 token or more per axis but got 0 on axis 1}}
  %m = attn.mask.neighborhood shape(8, 0) window(3, 1)
  return
}

// -----

func.func @mask_neighborhood_c2_keys() {
  // expected-error @below {{expects 'keys' of fewer than 2^31 tokens but got more}}
  %m = attn.mask.neighborhood shape(8, 8) keys(65536, 65536) window(3, 3)
  return
}

// -----

func.func @mask_neighborhood_c3() {
  // expected-error @below {{expects 'window' of 1 or more, below 2^16, but got 0 on axis 1}}
  %m = attn.mask.neighborhood shape(8, 8) window(3, 0)
  return
}

// -----

func.func @mask_neighborhood_c3_stride() {
  // expected-error @below {{expects 'stride' of 1 or more, below 2^16, but got 0 on axis 0}}
  %m = attn.mask.neighborhood shape(8, 8) window(3, 3) stride(0, 1)
  return
}

// -----

func.func @mask_neighborhood_c3_dilation() {
  // expected-error @below {{expects 'dilation' of 1 or more, below 2^16, but got 65536 on axis 0}}
  %m = attn.mask.neighborhood shape(8) window(3) dilation(65536)
  return
}

// -----

func.func @mask_neighborhood_c4() {
  // expected-error @below {{expects strides of at most the window, 3 on axis 1, but got 4}}
  %m = attn.mask.neighborhood shape(8, 8) window(3, 3) stride(1, 4)
  return
}

// -----

func.func @mask_neighborhood_c5() {
  // expected-error @below {{expects windows inside the axis, but axis 1 has 8 keys and the window spans 3 * 3 = 9; make it smaller, or say edge(shrink)}}
  %m = attn.mask.neighborhood shape(16, 16) keys(16, 8) window(3, 3) dilation(1, 3)
  return
}

// -----

func.func @mask_neighborhood_c6() {
  // expected-error @below {{expects window and stride both odd or both even under edge(shrink), but axis 0 has window 4 and stride 1}}
  %m = attn.mask.neighborhood shape(16) window(4) edge(shrink)
  return
}

// -----

func.func @mask_neighborhood_c7() {
  // expected-error @below {{expects 1 sizes as values but got 0}}
  %m = "attn.mask.neighborhood"() <{shape = array<i64: -9223372036854775808>, window = array<i64: 3>}> : () -> !attn.mask
  return
}
