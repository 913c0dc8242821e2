// RUN: %roundtrip

// CHECK-LABEL: func.func @stream
// CHECK-SAME:    (%[[K:.*]]: tensor<?x8x?x128xbf16>, %[[V:.*]]: tensor<?x8x?x128xbf16>)
func.func @stream(%k: tensor<?x8x?x128xbf16>, %v: tensor<?x8x?x128xbf16>) {
  // CHECK: %[[M:.*]] = attn.mask.causal
  %m = attn.mask.causal
  // CHECK: attn.stream %[[K]], %[[V]] mask %[[M]] : tensor<?x8x?x128xbf16>, tensor<?x8x?x128xbf16>
  %s = attn.stream %k, %v mask %m : tensor<?x8x?x128xbf16>, tensor<?x8x?x128xbf16>
  return
}

// The head size of the values may differ, and there need not be a mask.
//
// CHECK-LABEL: func.func @values_of_another_size
func.func @values_of_another_size(%q: tensor<1x4x5x16xf32>, %k: tensor<1x2x7x16xf32>, %v: tensor<1x2x7x3xf32>) -> tensor<1x4x5x3xf32> {
  // CHECK: attn.stream %{{.*}}, %{{.*}} : tensor<1x2x7x16xf32>, tensor<1x2x7x3xf32>
  %s = attn.stream %k, %v : tensor<1x2x7x16xf32>, tensor<1x2x7x3xf32>
  // CHECK: attn.attend %{{.*}} over %{{.*}} : tensor<1x4x5x16xf32> -> tensor<1x4x5x3xf32>
  %o = attn.attend %q over %s : tensor<1x4x5x16xf32> -> tensor<1x4x5x3xf32>
  return %o : tensor<1x4x5x3xf32>
}

// CHECK-LABEL: func.func @attend
func.func @attend(%q: tensor<?x8x?x64xf32>, %k: tensor<?x2x?x64xf32>, %slopes: tensor<8xf32>) -> (tensor<?x8x?x64xf32>, tensor<?x8x?xf32>) {
  %s = attn.stream %k, %k : tensor<?x2x?x64xf32>, tensor<?x2x?x64xf32>
  // CHECK: attn.attend %{{.*}} over %{{.*}} scale(1.250000e-01) score(%{{.*}} : tensor<8xf32>) {
  // CHECK-NEXT: ^bb0(%[[X:.*]]: f32, %[[B:.*]]: index, %[[H:.*]]: index, %[[I:.*]]: index, %[[J:.*]]: index, %[[T:.*]]: tensor<8xf32>):
  // CHECK: attn.read %[[T]][%[[H]]] : tensor<8xf32>
  // CHECK: attn.yield %{{.*}} : f32
  // CHECK: } : tensor<?x8x?x64xf32> -> tensor<?x8x?x64xf32>, tensor<?x8x?xf32>
  %o, %lse = attn.attend %q over %s scale(0.125)
      score(%slopes : tensor<8xf32>) {
    ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %table: tensor<8xf32>):
      %slope = attn.read %table[%h] : tensor<8xf32>
      %distance = arith.subi %j, %i : index
      %d = arith.index_cast %distance : index to i32
      %f = arith.sitofp %d : i32 to f32
      %bias = arith.mulf %slope, %f : f32
      %y = arith.addf %x, %bias : f32
      attn.yield %y : f32
    } : tensor<?x8x?x64xf32> -> tensor<?x8x?x64xf32>, tensor<?x8x?xf32>
  return %o, %lse : tensor<?x8x?x64xf32>, tensor<?x8x?xf32>
}

// CHECK-LABEL: func.func @score_without_captures
func.func @score_without_captures(%q: tensor<1x1x4x8xf16>) -> tensor<1x1x4x8xf16> {
  %s = attn.stream %q, %q : tensor<1x1x4x8xf16>, tensor<1x1x4x8xf16>
  // CHECK: attn.attend %{{.*}} over %{{.*}} score {
  %o = attn.attend %q over %s score {
    ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
      %y = math.tanh %x : f32
      attn.yield %y : f32
    } : tensor<1x1x4x8xf16> -> tensor<1x1x4x8xf16>
  return %o : tensor<1x1x4x8xf16>
}

// CHECK-LABEL: func.func @route
func.func @route(%k: tensor<?x8x?x128xbf16>, %v: tensor<?x8x?x128xbf16>) {
  // CHECK: attn.route %{{.*}}, %{{.*}} bounds {
  // CHECK: } : tensor<?x8x?x128xbf16>, tensor<?x8x?x128xbf16>
  %r = attn.route %k, %v
      bounds {
      ^bb0(%b: index, %h: index, %q0: index, %q1: index):
        %zero = arith.constant 0 : index
        %one = arith.constant 1 : index
        %lq = attn.length queries
        %lk = attn.length keys
        %shift = arith.subi %lk, %lq : index
        %p0 = arith.addi %q0, %shift : index
        %p1 = arith.addi %q1, %shift : index
        %upper = arith.addi %p1, %one : index
        %full = arith.addi %p0, %one : index
        attn.yield %zero, %upper, %zero, %full : index, index, index, index
      } visible {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %lq = attn.length queries
        %lk = attn.length keys
        %0 = arith.subi %lk, %lq : index
        %p = arith.addi %i, %0 : index
        %ok = arith.cmpi sle, %j, %p : index
        attn.yield %ok : i1
      } : tensor<?x8x?x128xbf16>, tensor<?x8x?x128xbf16>
  return
}

// CHECK-LABEL: func.func @route_with_classes
func.func @route_with_classes(%k: tensor<2x1x9x8xf32>, %ids: tensor<2x9xi32>) {
  // CHECK: attn.route %{{.*}}, %{{.*}} captures(%{{.*}} : tensor<2x9xi32>) visible {
  // CHECK: } classify {
  // CHECK: attn.yield %{{.*}}, %{{.*}} : i1, i1
  %r = attn.route %k, %k captures(%ids : tensor<2x9xi32>)
      visible {
      ^bb0(%b: index, %h: index, %i: index, %j: index, %t: tensor<2x9xi32>):
        %0 = attn.read %t[%b, %j] : tensor<2x9xi32>
        %zero = arith.constant 0 : i32
        %ok = arith.cmpi eq, %0, %zero : i32
        attn.yield %ok : i1
      } classify {
      ^bb0(%b: index, %h: index, %q0: index, %q1: index, %k0: index, %k1: index, %t: tensor<2x9xi32>):
        %true = arith.constant true
        %false = arith.constant false
        attn.yield %true, %false : i1, i1
      } : tensor<2x1x9x8xf32>, tensor<2x1x9x8xf32>
  return
}

// CHECK-LABEL: func.func @streams
func.func @streams(%q: tensor<?x8x?x64xf32>, %k: tensor<?x2x?x64xf32>, %w: tensor<?x4x?x64xf32>, %logits: tensor<8xf32>) -> (tensor<?x8x?x64xf32>, tensor<?x8x?xf32>, tensor<?x8x?xf32>, tensor<?x8x?xf32>) {
  // CHECK: %[[A:.*]] = attn.stream %{{.*}}, %{{.*}} heads [0, 1, 0, 1, 0, 1, 0, 1] : tensor<?x2x?x64xf32>, tensor<?x2x?x64xf32>
  %a = attn.stream %k, %k heads [0, 1, 0, 1, 0, 1, 0, 1] : tensor<?x2x?x64xf32>, tensor<?x2x?x64xf32>
  // CHECK: %[[B:.*]] = attn.stream
  %b = attn.stream %w, %w : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  // CHECK: attn.attend %{{.*}} over %[[A]], %[[B]] scale(1.000000e+00) sink(%{{.*}} : tensor<8xf32>) : tensor<?x8x?x64xf32> -> tensor<?x8x?x64xf32>, tensor<?x8x?xf32> mass(tensor<?x8x?xf32>, tensor<?x8x?xf32>)
  %o, %lse, %m0, %m1 = attn.attend %q over %a, %b scale(1.0) sink(%logits : tensor<8xf32>)
      : tensor<?x8x?x64xf32> -> tensor<?x8x?x64xf32>, tensor<?x8x?xf32> mass(tensor<?x8x?xf32>, tensor<?x8x?xf32>)
  return %o, %lse, %m0, %m1 : tensor<?x8x?x64xf32>, tensor<?x8x?xf32>, tensor<?x8x?xf32>, tensor<?x8x?xf32>
}
