// RUN: %roundtrip

// CHECK-LABEL: func.func @per_batch
func.func @per_batch(%q: tensor<?x8x?x128xbf16>, %k: tensor<?x8x?x128xbf16>, %lens: tensor<?xi32>) -> tensor<?x8x?x128xbf16> {
  // CHECK: %[[L:.*]] = attn.lengths.per_batch %{{.*}} : tensor<?xi32>
  %l = attn.lengths.per_batch %lens : tensor<?xi32>
  // CHECK: attn.stream %{{.*}}, %{{.*}} lengths(%[[L]]) : tensor<?x8x?x128xbf16>, tensor<?x8x?x128xbf16>
  %s = attn.stream %k, %k lengths(%l) : tensor<?x8x?x128xbf16>, tensor<?x8x?x128xbf16>
  // CHECK: attn.attend %{{.*}} lengths(%[[L]]) over %{{.*}} : tensor<?x8x?x128xbf16> -> tensor<?x8x?x128xbf16>
  %o = attn.attend %q lengths(%l) over %s : tensor<?x8x?x128xbf16> -> tensor<?x8x?x128xbf16>
  return %o : tensor<?x8x?x128xbf16>
}

// CHECK-LABEL: func.func @packed
func.func @packed(%q: tensor<8x?x64xf16>, %k: tensor<2x?x64xf16>, %v: tensor<2x?x32xf16>, %offsets: tensor<?xi32>) -> (tensor<8x?x32xf16>, tensor<8x?xf32>) {
  // CHECK: %[[L:.*]] = attn.lengths.packed %{{.*}} : tensor<?xi32>
  %l = attn.lengths.packed %offsets : tensor<?xi32>
  %m = attn.mask.causal
  // CHECK: attn.stream %{{.*}}, %{{.*}} mask %{{.*}} lengths(%[[L]]) : tensor<2x?x64xf16>, tensor<2x?x32xf16>
  %s = attn.stream %k, %v mask %m lengths(%l) : tensor<2x?x64xf16>, tensor<2x?x32xf16>
  // CHECK: attn.attend %{{.*}} lengths(%[[L]]) over %{{.*}} : tensor<8x?x64xf16> -> tensor<8x?x32xf16>, tensor<8x?xf32>
  %o, %lse = attn.attend %q lengths(%l) over %s : tensor<8x?x64xf16> -> tensor<8x?x32xf16>, tensor<8x?xf32>
  return %o, %lse : tensor<8x?x32xf16>, tensor<8x?xf32>
}

// Queries of full length over packed keys: both have two sequences.
//
// CHECK-LABEL: func.func @mixed
func.func @mixed(%q: tensor<2x4x1x8xf32>, %k: tensor<4x?x8xf32>, %offsets: tensor<3xi32>) -> tensor<2x4x1x8xf32> {
  %l = attn.lengths.packed %offsets : tensor<3xi32>
  %s = attn.stream %k, %k lengths(%l) : tensor<4x?x8xf32>, tensor<4x?x8xf32>
  // CHECK: attn.attend %{{.*}} over %{{.*}} : tensor<2x4x1x8xf32> -> tensor<2x4x1x8xf32>
  %o = attn.attend %q over %s : tensor<2x4x1x8xf32> -> tensor<2x4x1x8xf32>
  return %o : tensor<2x4x1x8xf32>
}
