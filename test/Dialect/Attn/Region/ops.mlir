// RUN: %roundtrip

// CHECK-LABEL: func.func @read_and_length
func.func @read_and_length(%q: tensor<1x8x4x8xf32>, %slopes: tensor<8xf32>, %bias: tensor<4x4xbf16>) -> tensor<1x8x4x8xf32> {
  %s = attn.stream %q, %q : tensor<1x8x4x8xf32>, tensor<1x8x4x8xf32>
  // CHECK: score(%{{.*}}, %{{.*}} : tensor<8xf32>, tensor<4x4xbf16>) {
  %o = attn.attend %q over %s score(%slopes, %bias : tensor<8xf32>, tensor<4x4xbf16>) {
    ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %slopes_: tensor<8xf32>, %bias_: tensor<4x4xbf16>):
      // CHECK: attn.length keys
      %lk = attn.length keys
      // CHECK: attn.length queries
      %lq = attn.length queries
      // CHECK: attn.read %{{.*}}[%{{.*}}, %{{.*}}] : tensor<4x4xbf16>
      %0 = attn.read %bias_[%i, %j] : tensor<4x4xbf16>
      %1 = arith.extf %0 : bf16 to f32
      // CHECK: %[[CAPPED:.*]] = arith.addf
      %capped = arith.addf %x, %1 : f32
      // CHECK: attn.yield %[[CAPPED]] : f32
      attn.yield %capped : f32
    } : tensor<1x8x4x8xf32> -> tensor<1x8x4x8xf32>
  return %o : tensor<1x8x4x8xf32>
}

// CHECK-LABEL: func.func @read_slope
func.func @read_slope(%q: tensor<1x8x4x8xf32>, %t: tensor<8xf32>) -> tensor<1x8x4x8xf32> {
  %s = attn.stream %q, %q : tensor<1x8x4x8xf32>, tensor<1x8x4x8xf32>
  %o = attn.attend %q over %s score(%t : tensor<8xf32>) {
    ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %slopes: tensor<8xf32>):
      // CHECK: attn.read %{{.*}}[%{{.*}}] : tensor<8xf32>
      %slope = attn.read %slopes[%h] : tensor<8xf32>
      attn.yield %slope : f32
    } : tensor<1x8x4x8xf32> -> tensor<1x8x4x8xf32>
  return %o : tensor<1x8x4x8xf32>
}

// CHECK-LABEL: func.func @read_range
func.func @read_range(%k: tensor<?x1x?x8xf32>, %t: tensor<?x?xi32>) {
  %r = attn.route %k, %k captures(%t : tensor<?x?xi32>)
      visible {
      ^bb0(%b: index, %h: index, %i: index, %j: index, %ids: tensor<?x?xi32>):
        %true = arith.constant true
        attn.yield %true : i1
      } classify {
      ^bb0(%b: index, %h: index, %q0: index, %q1: index, %k0: index, %k1: index, %ids: tensor<?x?xi32>):
        // CHECK: %[[MIN:.*]], %[[MAX:.*]] = attn.read_range %{{.*}}[%{{.*}}] from %{{.*}} to %{{.*}} : tensor<?x?xi32>
        %min, %max = attn.read_range %ids[%b] from %q0 to %q1 : tensor<?x?xi32>
        // CHECK: arith.cmpi eq, %[[MIN]], %[[MAX]]
        %all = arith.cmpi eq, %min, %max : i32
        attn.yield %all, %all : i1, i1
      } : tensor<?x1x?x8xf32>, tensor<?x1x?x8xf32>
  return
}

// CHECK-LABEL: func.func @read_box
func.func @read_box(%k: tensor<?x8x?x8xf32>, %t: tensor<8x?xi1>) {
  %r = attn.route %k, %k captures(%t : tensor<8x?xi1>)
      visible {
      ^bb0(%b: index, %h: index, %i: index, %j: index, %bits: tensor<8x?xi1>):
        %true = arith.constant true
        attn.yield %true : i1
      } classify {
      ^bb0(%b: index, %h: index, %q0: index, %q1: index, %k0: index, %k1: index, %bits: tensor<8x?xi1>):
        %size = arith.constant 64 : index
        %first = arith.floordivsi %k0, %size : index
        %last = arith.floordivsi %k1, %size : index
        // CHECK: %[[MIN:.*]], %[[MAX:.*]] = attn.read_box %{{.*}} from [%{{.*}}, %{{.*}}] to [%{{.*}}, %{{.*}}] : tensor<8x?xi1>
        %min, %max = attn.read_box %bits from [%h, %first] to [%h, %last] : tensor<8x?xi1>
        // CHECK: attn.yield %[[MAX]], %[[MIN]]
        attn.yield %max, %min : i1, i1
      } : tensor<?x8x?x8xf32>, tensor<?x8x?x8xf32>
  return
}
