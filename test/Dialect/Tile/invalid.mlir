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

// -----

func.func @merge_c3(%o: tensor<1x2x4x8xf32>, %lse: tensor<1x2x4xf32>, %offsets: tensor<2xi32>) {
  %l = attn.lengths.packed %offsets : tensor<2xi32>
  %st = attn.state %o, %lse : tensor<1x2x4x8xf32>, tensor<1x2x4xf32>
  // expected-error @below {{expects 'operand_lengths' to be per batch for 'out' [B, Hq, Lq, Dv] but got attn.lengths.packed}}
  %r = attn_tile.merge %st, %st operand_lengths(%l) rows(16) : tensor<1x2x4x8xf32>
  return
}

// -----

func.func @merge_c3_packed(%o: tensor<2x4x8xf32>, %lse: tensor<2x4xf32>, %table: tensor<2xi32>) {
  %l = attn.lengths.per_batch %table : tensor<2xi32>
  %st = attn.state %o, %lse : tensor<2x4x8xf32>, tensor<2x4xf32>
  // expected-error @below {{expects 'operand_lengths' to be packed as 'out' [Hq, T, Dv] is but got attn.lengths.per_batch}}
  %r = attn_tile.merge %st, %st operand_lengths(%l) rows(16) : tensor<2x4x8xf32>
  return
}

// -----

func.func @merge_c3_batch(%o: tensor<1x2x4x8xf32>, %lse: tensor<1x2x4xf32>, %table: tensor<2xi32>) {
  // expected-note @below {{the lengths are made here}}
  %l = attn.lengths.per_batch %table : tensor<2xi32>
  %st = attn.state %o, %lse : tensor<1x2x4x8xf32>, tensor<1x2x4xf32>
  // expected-error @below {{expects one length per sequence of 'out' 'tensor<1x2x4x8xf32>' but got 'tensor<2xi32>'}}
  %r = attn_tile.merge %st, %st operand_lengths(%l) rows(16) : tensor<1x2x4x8xf32>
  return
}

// -----

func.func @fold_c5(%q: tensor<1x4x8x4xf32>, %l: !attn.lengths) {
  %r = attn.route %q, %q : tensor<1x4x8x4xf32>, tensor<1x4x8x4xf32>
  // expected-error @below {{expects 'lengths' to be made by an attn.lengths op in the same function but got a function argument}}
  %o = attn_tile.fold %q over %r operand_lengths(%l) tile(48, 32) scale(1.0) : tensor<1x4x8x4xf32> -> tensor<1x4x8x4xf32>
  return
}

// -----

func.func @fold_c6(%q: tensor<1x4x8x4xf32>) {
  %r = attn.route %q, %q : tensor<1x4x8x4xf32>, tensor<1x4x8x4xf32>
  // expected-error @below {{expects 'split' and 'parts' together}}
  %o = attn_tile.fold %q over %r tile(48, 32) scale(1.0) split(<rows = 16, heads = 1, keys = 256, tasks = 64>) : tensor<1x4x8x4xf32> -> tensor<1x4x8x4xf32>
  return
}

// -----

func.func @fold_c6(%q: tensor<1x4x8x4xf32>) {
  %r = attn.route %q, %q : tensor<1x4x8x4xf32>, tensor<1x4x8x4xf32>
  // expected-error @below {{expects 'parts' of type tensor<?x?x?x?xf32> but got 'tensor<?x?xf32>'}}
  %o, %p = attn_tile.fold %q over %r tile(48, 32) scale(1.0) split(<rows = 16, heads = 1, keys = 256, tasks = 64>) : tensor<1x4x8x4xf32> -> tensor<1x4x8x4xf32> parts(tensor<?x?xf32>)
  return
}

// -----

func.func @fold_c6(%q: tensor<1x4x8x4xf32>) {
  %r = attn.route %q, %q : tensor<1x4x8x4xf32>, tensor<1x4x8x4xf32>
  // expected-error @below {{expects numbers of 1 or more in 'split' but got 0}}
  %o, %p = attn_tile.fold %q over %r tile(48, 32) scale(1.0) split(<rows = 16, heads = 1, keys = 0, tasks = 64>) : tensor<1x4x8x4xf32> -> tensor<1x4x8x4xf32> parts(tensor<?x?x?x?xf32>)
  return
}

// -----

func.func @fold_c6(%q: tensor<1x4x8x4xf32>) {
  %r = attn.route %q, %q : tensor<1x4x8x4xf32>, tensor<1x4x8x4xf32>
  // expected-error @below {{expects 'heads' of 'split' to divide the query heads but got 3}}
  %o, %p = attn_tile.fold %q over %r tile(48, 32) scale(1.0) split(<rows = 16, heads = 3, keys = 256, tasks = 64>) : tensor<1x4x8x4xf32> -> tensor<1x4x8x4xf32> parts(tensor<?x?x?x?xf32>)
  return
}

// -----

func.func @fold_c6(%q: tensor<4x8x4xf32>, %offsets: tensor<3xi32>) {
  %l = attn.lengths.packed %offsets : tensor<3xi32>
  %r = attn.route %q, %q lengths(%l) : tensor<4x8x4xf32>, tensor<4x8x4xf32>
  // expected-error @below {{expects no 'split' of packed queries}}
  %o, %p = attn_tile.fold %q lengths(%l) over %r tile(48, 32) scale(1.0) split(<rows = 16, heads = 1, keys = 256, tasks = 64>) : tensor<4x8x4xf32> -> tensor<4x8x4xf32> parts(tensor<?x?x?x?xf32>)
  return
}
