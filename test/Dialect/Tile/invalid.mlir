// RUN: attn-opt %s --split-input-file --verify-diagnostics

func.func @fold_c1(%q: tensor<1x4x8x4xf32>) {
  %r = attn.route %q, %q : tensor<1x4x8x4xf32>, tensor<1x4x8x4xf32>
  // expected-error @below {{expects 'key_tile' of 1 or more but got 0}}
  %o = attn_tile.fold %q over %r tile(48, 0) scale(1.0) : tensor<1x4x8x4xf32> -> tensor<1x4x8x4xf32>
  return
}

// -----

func.func @fold_c2(%q: tensor<1x4x8x4xf32>) {
  %r = attn.route %q, %q : tensor<1x4x8x4xf32>, tensor<1x4x8x4xf32>
  // expected-error @below {{expects a finite 'scale' but got nan}}
  %o = attn_tile.fold %q over %r tile(48, 32) scale(0x7FF8000000000000) : tensor<1x4x8x4xf32> -> tensor<1x4x8x4xf32>
  return
}

// -----

func.func @fold_c3(%q: tensor<1x4x8x4xf32>) {
  %s = attn.stream %q, %q : tensor<1x4x8x4xf32>, tensor<1x4x8x4xf32>
  // expected-error @below {{expects streams to be made by attn.route in the same function}}
  %o = attn_tile.fold %q over %s tile(48, 32) scale(1.0) : tensor<1x4x8x4xf32> -> tensor<1x4x8x4xf32>
  return
}

// -----

func.func @fold_c4(%q: tensor<1x4x8x5xf32>, %k: tensor<1x4x8x4xf32>) {
  %r = attn.route %k, %k : tensor<1x4x8x4xf32>, tensor<1x4x8x4xf32>
  // expected-error @below {{expects 'q' and 'k' of one head size D}}
  %o = attn_tile.fold %q over %r tile(48, 32) scale(1.0) : tensor<1x4x8x5xf32> -> tensor<1x4x8x5xf32>
  return
}

// -----

func.func @summarize_c1(%ids: tensor<9xi32>) {
  // expected-error @below {{expects 'table' of shape [B, L] and element type i32 but got 'tensor<9xi32>'}}
  %0, %1 = attn_tile.summarize %ids tile(4) : tensor<9xi32> -> tensor<9xi32>
  return
}

// -----

func.func @summarize_c2(%ids: tensor<1x9xi32>) {
  // expected-error @below {{expects 'tile' of 1 or more but got 0}}
  %0, %1 = attn_tile.summarize %ids tile(0) : tensor<1x9xi32> -> tensor<1x9xi32>
  return
}

// -----

func.func @summarize_c3(%ids: tensor<1x9xi32>) {
  // expected-error @below {{expects 'min' and 'max' of type 'tensor<1x9xi32>' but got 'tensor<1x3xi32>'}}
  %0, %1 = attn_tile.summarize %ids tile(4) : tensor<1x9xi32> -> tensor<1x3xi32>
  return
}

// -----

func.func @merge_c1(%o: tensor<1x2x4x8xf32>, %lse: tensor<1x2x4xf32>) {
  %st = attn.state %o, %lse : tensor<1x2x4x8xf32>, tensor<1x2x4xf32>
  // expected-error @below {{expects 'rows' of 1 or more but got 0}}
  %r = attn_tile.merge %st, %st rows(0) : tensor<1x2x4x8xf32>
  return
}

// -----

func.func @merge_c2(%o: tensor<1x2x4x8xf32>, %lse: tensor<1x2x4xf32>) {
  // expected-note @below {{the state is made here}}
  %st = attn.state %o, %lse : tensor<1x2x4x8xf32>, tensor<1x2x4xf32>
  // expected-error @below {{expects states of the shapes}}
  %r = attn_tile.merge %st, %st rows(16) : tensor<1x2x5x8xf32>
  return
}
