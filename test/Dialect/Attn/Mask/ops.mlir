// RUN: %roundtrip

// CHECK-LABEL: func.func @causal
func.func @causal() {
  // CHECK: attn.mask.causal{{$}}
  %0 = attn.mask.causal
  // CHECK: attn.mask.causal offset(-1)
  %m = attn.mask.causal offset(-1)
  return
}

// CHECK-LABEL: func.func @window
func.func @window() {
  // CHECK: attn.mask.window left(255) right(0)
  %m = attn.mask.window left(255) right(0)
  // CHECK: attn.mask.window left(7){{$}}
  %1 = attn.mask.window left(7)
  // CHECK: attn.mask.window right(0)
  %2 = attn.mask.window right(0)
  return
}

// CHECK-LABEL: func.func @document
// CHECK-SAME:    %[[IDS:.*]]: tensor<?x?xi32>
func.func @document(%ids: tensor<?x?xi32>) {
  // CHECK: attn.mask.document %[[IDS]], %[[IDS]] : tensor<?x?xi32>, tensor<?x?xi32>
  %m = attn.mask.document %ids, %ids : tensor<?x?xi32>, tensor<?x?xi32>
  return
}

// CHECK-LABEL: func.func @conjunction
func.func @conjunction() {
  // CHECK: %[[CAUSAL:.*]] = attn.mask.causal
  %causal = attn.mask.causal
  // CHECK: %[[WINDOW:.*]] = attn.mask.window
  %window = attn.mask.window left(3)
  // CHECK: attn.mask.and %[[CAUSAL]], %[[WINDOW]]
  %m = attn.mask.and %causal, %window
  return
}

// CHECK-LABEL: func.func @disjunction
func.func @disjunction(%ids: tensor<4x9xi32>) {
  // CHECK: %[[DOCUMENT:.*]] = attn.mask.document
  %document = attn.mask.document %ids, %ids : tensor<4x9xi32>, tensor<4x9xi32>
  // CHECK: %[[WINDOW:.*]] = attn.mask.window
  %window = attn.mask.window right(2)
  // CHECK: attn.mask.or %[[WINDOW]], %[[DOCUMENT]]
  %m = attn.mask.or %window, %document
  return
}

// CHECK-LABEL: func.func @negation
func.func @negation(%ids: tensor<4x9xi32>) {
  // CHECK: %[[DOCUMENT:.*]] = attn.mask.document
  %document = attn.mask.document %ids, %ids : tensor<4x9xi32>, tensor<4x9xi32>
  // CHECK: attn.mask.not %[[DOCUMENT]]
  %m = attn.mask.not %document
  return
}
