// RUN: attn-opt %s --split-input-file --verify-diagnostics --attn-verify-stage=stage=tiles

// Rules of stage tiles about layouts in place: test/Passes/Contracts/Layouts/invalid.mlir has those of stage input.
func.func @reorder_c7_state(%q: tensor<1x2x64x16xf32>) -> tensor<1x2x64x16xf32> {
  %l = attn.layout.grid shape(8, 8) tile(4, 4)
  // expected-error @below {{is 'in_place', but 'attn.state' takes the tensor}}
  %r = attn.reorder %q by %l in_place : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %t = attn.route %r, %r : tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>
  %a, %la = attn_tile.fold %r over %t tile(16, 16) scale(0.25) : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>, tensor<1x2x64xf32>
  // expected-note @below {{it is taken here}}
  %s = attn.state %r, %la : tensor<1x2x64x16xf32>, tensor<1x2x64xf32>
  %ot = attn_tile.fold %r over %t from %s tile(16, 16) scale(0.25) : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %o = attn.restore %ot by %l : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  return %o : tensor<1x2x64x16xf32>
}

// -----

func.func @restore_c2_twice(%q: tensor<1x2x64x16xf32>) -> (tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>) {
  %l = attn.layout.grid shape(8, 8) tile(4, 4)
  %r = attn.reorder %q by %l in_place : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %t = attn.route %r, %r : tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>
  %a = attn_tile.fold %r over %t tile(16, 16) scale(0.25) : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  // expected-error @below {{is 'in_place'; expected the only op that takes this result of a fold of stage tiles}}
  %o = attn.restore %a by %l in_place : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %bt = attn_tile.fold %a over %t tile(16, 16) scale(0.25) : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %b = attn.restore %bt by %l in_place : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  return %o, %b : tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>
}
