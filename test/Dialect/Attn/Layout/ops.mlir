// RUN: %roundtrip

// CHECK-LABEL: func.func @orders
// CHECK-SAME: %[[H:.*]]: index, %[[W:.*]]: index
func.func @orders(%h: index, %w: index) {
  // CHECK: attn.layout.grid shape(%[[H]], %[[W]]) tile(8, 8) shift(4, 4)
  %windows = attn.layout.grid shape(%h, %w) tile(8, 8) shift(4, 4)
  // CHECK: attn.layout.grid shape(30, %[[H]], %[[W]]) dilation(1, 2, 4) tile(2, 8, 8)
  %video = attn.layout.grid shape(30, %h, %w) dilation(1, 2, 4) tile(2, 8, 8)
  // CHECK: attn.layout.grid shape(1000){{$}}
  %line = attn.layout.grid shape(1000)
  return
}

// CHECK-LABEL: func.func @reordered
func.func @reordered(%q: tensor<?x4x?x64xf32>, %h: index, %w: index) -> (tensor<?x4x?x64xf32>, tensor<?x4x?xf32>) {
  %windows = attn.layout.grid shape(%h, %w) tile(8, 8) shift(4, 4)
  // CHECK: attn.reorder %{{.*}} by %{{.*}} : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  %qt = attn.reorder %q by %windows : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  %s = attn.stream %qt, %qt : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %ot, %lt = attn.attend %qt over %s : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  // CHECK: attn.restore %{{.*}} by %{{.*}} : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  %o = attn.restore %ot by %windows : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  // CHECK: attn.restore %{{.*}} by %{{.*}} : tensor<?x4x?xf32> -> tensor<?x4x?xf32>
  %l = attn.restore %lt by %windows : tensor<?x4x?xf32> -> tensor<?x4x?xf32>
  return %o, %l : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
}

// The example of dialect/README.md.
// CHECK-LABEL: func.func @tiles
func.func @tiles(%q: tensor<?x4x?x64xf32>, %k: tensor<?x4x?x64xf32>, %v: tensor<?x4x?x64xf32>, %h: index, %w: index) -> tensor<?x4x?x64xf32> {
  %tiles = attn.layout.grid shape(%h, %w) tile(8, 8)
  %qt = attn.reorder %q by %tiles : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  %kt = attn.reorder %k by %tiles : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  %vt = attn.reorder %v by %tiles : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  %near = attn.mask.neighborhood shape(%h, %w) window(7, 7)
  %keys = attn.stream %kt, %vt mask %near : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %ot = attn.attend %qt over %keys : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  %o = attn.restore %ot by %tiles : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  // CHECK: attn.restore
  return %o : tensor<?x4x?x64xf32>
}

// What stage tiles makes of it.
// CHECK-LABEL: func.func @in_place
func.func @in_place(%q: tensor<1x2x64x16xf32>) -> tensor<1x2x64x16xf32> {
  %l = attn.layout.grid shape(8, 8) tile(4, 4)
  // CHECK: attn.reorder %{{.*}} by %{{.*}} in_place : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %t = attn.reorder %q by %l in_place : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %r = attn.route %t, %t : tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>
  %ot = attn_tile.fold %t over %r tile(16, 16) scale(0.25) : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  // CHECK: attn.restore %{{.*}} by %{{.*}} in_place : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %o = attn.restore %ot by %l in_place : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  return %o : tensor<1x2x64x16xf32>
}
