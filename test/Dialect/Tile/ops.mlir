// RUN: %roundtrip

// CHECK-LABEL: func.func @fold
func.func @fold(%q: tensor<?x8x?x128xbf16>, %k: tensor<?x8x?x128xbf16>) -> (tensor<?x8x?x128xbf16>, tensor<?x8x?xf32>) {
  %r = attn.route %k, %k
      : tensor<?x8x?x128xbf16>, tensor<?x8x?x128xbf16>
  // CHECK: attn_tile.fold %{{.*}} over %{{.*}} tile(48, 32) scale(1.250000e-01) : tensor<?x8x?x128xbf16> -> tensor<?x8x?x128xbf16>, tensor<?x8x?xf32>
  %o, %lse = attn_tile.fold %q over %r tile(48, 32) scale(0.125)
      : tensor<?x8x?x128xbf16> -> tensor<?x8x?x128xbf16>, tensor<?x8x?xf32>
  // CHECK: attn_tile.fold %{{.*}} over %{{.*}} tile(48, 32) scale(1.250000e-01) score {
  %p = attn_tile.fold %q over %r tile(48, 32) scale(0.125) score {
    ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
      attn.yield %x : f32
    } : tensor<?x8x?x128xbf16> -> tensor<?x8x?x128xbf16>
  return %p, %lse : tensor<?x8x?x128xbf16>, tensor<?x8x?xf32>
}

// CHECK-LABEL: func.func @summarize
func.func @summarize(%ids: tensor<?x?xi32>) {
  // CHECK: attn_tile.summarize %{{.*}} tile(32) : tensor<?x?xi32> -> tensor<?x?xi32>
  %min, %max = attn_tile.summarize %ids tile(32) : tensor<?x?xi32> -> tensor<?x?xi32>
  return
}

// CHECK-LABEL: func.func @merge
func.func @merge(%out: tensor<?x8x?x128xbf16>, %lses: tensor<?x8x?xf32>) -> (tensor<?x8x?x128xbf16>, tensor<?x8x?xf32>) {
  %near = attn.state %out, %lses : tensor<?x8x?x128xbf16>, tensor<?x8x?xf32>
  %far = attn.state %out, %lses : tensor<?x8x?x128xbf16>, tensor<?x8x?xf32>
  // CHECK: attn_tile.merge %{{.*}}, %{{.*}} rows(16) : tensor<?x8x?x128xbf16>, tensor<?x8x?xf32>
  %o, %lse = attn_tile.merge %near, %far rows(16) : tensor<?x8x?x128xbf16>, tensor<?x8x?xf32>
  return %o, %lse : tensor<?x8x?x128xbf16>, tensor<?x8x?xf32>
}

// CHECK-LABEL: func.func @operand_lengths
func.func @operand_lengths(%q: tensor<?x8x?x128xbf16>, %lses: tensor<?x8x?xf32>, %a: tensor<?xi32>, %b: tensor<?xi32>) -> tensor<?x8x?x128xbf16> {
  %l = attn.lengths.per_batch %a : tensor<?xi32>
  %m = attn.lengths.per_batch %b : tensor<?xi32>
  %near = attn.state %q, %lses : tensor<?x8x?x128xbf16>, tensor<?x8x?xf32>
  %far = attn.state %q, %lses : tensor<?x8x?x128xbf16>, tensor<?x8x?xf32>
  // CHECK: attn_tile.merge %{{.*}}, %{{.*}} operand_lengths(%{{.*}}) rows(16) : tensor<?x8x?x128xbf16>, tensor<?x8x?xf32>
  %o, %lse = attn_tile.merge %near, %far operand_lengths(%l) rows(16)
      : tensor<?x8x?x128xbf16>, tensor<?x8x?xf32>
  %r = attn.route %q, %q : tensor<?x8x?x128xbf16>, tensor<?x8x?x128xbf16>
  // CHECK: attn_tile.fold %{{.*}} lengths(%[[L:.*]]) over %{{.*}} from %{{.*}} operand_lengths(%{{.*}}, %[[L]]) tile(48, 32)
  %p = attn_tile.fold %q lengths(%l) over %r from %near operand_lengths(%m, %l) tile(48, 32) scale(0.125)
      : tensor<?x8x?x128xbf16> -> tensor<?x8x?x128xbf16>
  // CHECK: attn_sched.forward %{{.*}} over %{{.*}} operand_lengths(%[[L]]) tile(128, 128)
  %f = attn_sched.forward %q over %r operand_lengths(%l) tile(128, 128) scale(0.125) threads(384) shared(0) {
  } : tensor<?x8x?x128xbf16> -> tensor<?x8x?x128xbf16>
  return %p : tensor<?x8x?x128xbf16>
}
