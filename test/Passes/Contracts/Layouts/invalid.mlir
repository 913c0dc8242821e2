// RUN: attn-opt %s --split-input-file --verify-diagnostics --attn-verify-stage=stage=input

func.func @reorder_c3(%q: tensor<1x2x64x16xf32>) -> tensor<1x2x64x16xf32> {
  %l = attn.layout.grid shape(8, 8) tile(4, 4)
  // expected-note @-1 {{the layout is made here}}
  %r = attn.reorder %q by %l : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  // expected-error @below {{takes tokens in the order of a layout; expected their own, by attn.restore}}
  return %r : tensor<1x2x64x16xf32>
}

// -----

func.func @reorder_c3_result(%q: tensor<1x2x64x16xf32>) -> (tensor<1x2x64x16xf32>, tensor<1x2x64xf32>) {
  %l = attn.layout.grid shape(8, 8) tile(4, 4)
  // expected-note @-1 {{the layout is made here}}
  %r = attn.reorder %q by %l : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %s = attn.stream %r, %r : tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>
  %o, %lse = attn.attend %r over %s : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>, tensor<1x2x64xf32>
  %back = attn.restore %o by %l : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  // expected-error @below {{takes tokens in the order of a layout}}
  return %back, %lse : tensor<1x2x64x16xf32>, tensor<1x2x64xf32>
}

// -----

func.func @reorder_c3_twice(%q: tensor<1x2x64x16xf32>) {
  %l = attn.layout.grid shape(8, 8) tile(4, 4)
  // expected-note @-1 {{the layout is made here}}
  %r = attn.reorder %q by %l : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  // expected-error @below {{takes tokens in the order of a layout}}
  %t = attn.reorder %r by %l : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  return
}

// -----

func.func @reorder_c3_table(%q: tensor<1x2x64x16xf32>) -> tensor<1x2x64x16xf32> {
  %l = attn.layout.grid shape(8, 8) tile(4, 4)
  // expected-note @-1 {{the layout is made here}}
  %r = attn.reorder %q by %l : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %s = attn.stream %q, %q : tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>
  // expected-error @below {{takes tokens in the order of a layout}}
  %o = attn.attend %q over %s score(%r : tensor<1x2x64x16xf32>) {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %t: tensor<1x2x64x16xf32>):
    attn.yield %x : f32
  } : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  return %o : tensor<1x2x64x16xf32>
}

// -----

func.func @reorder_c4(%q: tensor<1x2x64x16xf32>) {
  %l = attn.layout.grid shape(8, 8) tile(4, 4)
  %r = attn.reorder %q by %l : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  // expected-error @below {{expects 'k' and 'v' in one order; reorder both by one layout, or neither}}
  %s = attn.stream %r, %q : tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>
  return
}

// -----

func.func @reorder_c4_lengths(%q: tensor<1x2x64x16xf32>, %sizes: tensor<1xi32>) {
  %l = attn.layout.grid shape(8, 8) tile(4, 4)
  // expected-note @-1 {{the layout is made here}}
  %r = attn.reorder %q by %l : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %n = attn.lengths.per_batch %sizes : tensor<1xi32>
  // expected-error @below {{has 'lengths' and keys in the order of a layout; expected one of the two}}
  %s = attn.stream %r, %r lengths(%n) : tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>
  return
}

// -----

func.func @reorder_c5(%q: tensor<1x2x64x16xf32>) {
  %l = attn.layout.grid shape(8, 8) tile(4, 4)
  %r = attn.reorder %q by %l : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %s = attn.stream %q, %q : tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>
  %o, %lse = attn.attend %r over %s : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>, tensor<1x2x64xf32>
  %s2 = attn.stream %q, %q : tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>
  %o2, %lse2 = attn.attend %q over %s2 : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>, tensor<1x2x64xf32>
  // expected-error @below {{expects parts in one order}}
  %state = attn.state %o, %lse2 : tensor<1x2x64x16xf32>, tensor<1x2x64xf32>
  return
}

// -----

func.func @reorder_c5_states(%q: tensor<1x2x64x16xf32>) -> tensor<1x2x64x16xf32> {
  %l = attn.layout.grid shape(8, 8) tile(4, 4)
  %r = attn.reorder %q by %l : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %s = attn.stream %q, %q : tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>
  %o, %lse = attn.attend %r over %s : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>, tensor<1x2x64xf32>
  %state = attn.state %o, %lse : tensor<1x2x64x16xf32>, tensor<1x2x64xf32>
  %s2 = attn.stream %q, %q : tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>
  // expected-error @below {{expects states whose rows are in the order of its own}}
  %o2 = attn.attend %q over %s2 from %state : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  return %o2 : tensor<1x2x64x16xf32>
}

// -----

func.func @reorder_c6(%q: tensor<1x2x64x16xf32>) -> tensor<1x2x64x16xf32> {
  %l = attn.layout.grid shape(8, 8) tile(4, 4)
  %r = attn.reorder %q by %l : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %s = attn.stream %q, %q : tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>
  // expected-error @below {{has queries in another order than another fold over the same stream; expected a stream for each}}
  %o = attn.attend %r over %s : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  // expected-note @below {{the other fold is here}}
  %o2 = attn.attend %q over %s : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  return %o2 : tensor<1x2x64x16xf32>
}

// -----

func.func @reorder_c6_lengths(%q: tensor<1x2x64x16xf32>, %sizes: tensor<1xi32>) {
  %l = attn.layout.grid shape(8, 8) tile(4, 4)
  // expected-note @-1 {{the layout is made here}}
  %r = attn.reorder %q by %l : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %n = attn.lengths.per_batch %sizes : tensor<1xi32>
  %s = attn.stream %q, %q : tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>
  // expected-error @below {{has 'lengths' and queries in the order of a layout; expected one of the two}}
  %o = attn.attend %r lengths(%n) over %s : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  return
}

// -----

func.func @reorder_c6_score(%q: tensor<1x2x64x16xf32>) -> tensor<1x2x64x16xf32> {
  %l = attn.layout.grid shape(8, 8) tile(4, 4)
  %r = attn.reorder %q by %l : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %s = attn.stream %q, %q : tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>
  %s2 = attn.stream %r, %r : tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>
  // expected-error @below {{has a score over streams of keys in different orders; expected one layout for all, or none}}
  %o = attn.attend %q over %s, %s2 score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    attn.yield %x : f32
  } : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  return %o : tensor<1x2x64x16xf32>
}

// -----

func.func @reorder_c7(%q: tensor<1x2x64x16xf32>) {
  %l = attn.layout.grid shape(8, 8) tile(4, 4)
  // expected-error @below {{is 'in_place', but 'attn.stream' takes the tensor; expected q of folds of stage tiles, and k or v of routes}}
  %r = attn.reorder %q by %l in_place : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  // expected-note @below {{it is taken here}}
  %s = attn.stream %r, %r : tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>
  return
}

// -----

func.func @reorder_c7_attend(%q: tensor<1x2x64x16xf32>) {
  %l = attn.layout.grid shape(8, 8) tile(4, 4)
  // expected-error @below {{is 'in_place', but 'attn.attend' takes the tensor}}
  %r = attn.reorder %q by %l in_place : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %s = attn.stream %q, %q : tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>
  // expected-note @below {{it is taken here}}
  %o = attn.attend %r over %s : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  return
}

// -----

func.func @restore_c2(%q: tensor<1x2x64x16xf32>) -> tensor<1x2x64x16xf32> {
  %l = attn.layout.grid shape(8, 8) tile(4, 4)
  %r = attn.reorder %q by %l : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %s = attn.stream %q, %q : tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>
  %ot = attn.attend %r over %s : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  // expected-error @below {{is 'in_place'; expected the only op that takes this result of a fold of stage tiles}}
  %o = attn.restore %ot by %l in_place : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  return %o : tensor<1x2x64x16xf32>
}
