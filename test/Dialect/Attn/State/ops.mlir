// RUN: %roundtrip

!o = tensor<?x8x?x128xbf16>
!n = tensor<?x8x?xf32>
!acc = tensor<?x8x?x128xf32>

// CHECK-LABEL: func.func @resume
func.func @resume(%q: !o, %k: !o, %out: !o, %lse: !n) -> (!o, !n) {
  // CHECK: %[[ST:.*]] = attn.state %{{.*}}, %{{.*}} : tensor<?x8x?x128xbf16>, tensor<?x8x?xf32>
  %st = attn.state %out, %lse : tensor<?x8x?x128xbf16>, tensor<?x8x?xf32>
  %s = attn.stream %k, %k : !o, !o
  // CHECK: attn.attend %{{.*}} over %{{.*}} from %[[ST]] : tensor<?x8x?x128xbf16> -> tensor<?x8x?x128xbf16>, tensor<?x8x?xf32>
  %o, %l = attn.attend %q over %s from %st : !o -> !o, !n
  return %o, %l : !o, !n
}

// CHECK-LABEL: func.func @state_of_parts
func.func @state_of_parts(%q: !o, %k: !o) -> !o {
  %s = attn.stream %k, %k : !o, !o
  // CHECK: attn.attend %{{.*}} over %{{.*}} : tensor<?x8x?x128xbf16> -> tensor<?x8x?x128xbf16> state(tensor<?x8x?xf32>, tensor<?x8x?xf32>, tensor<?x8x?x128xf32>)
  %o, %m, %l, %a = attn.attend %q over %s : !o -> !o state(!n, !n, !acc)
  // CHECK: attn.state %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x8x?xf32>, tensor<?x8x?xf32>, tensor<?x8x?x128xf32>
  %st = attn.state %m, %l, %a : !n, !n, !acc
  %o2 = attn.attend %q over %s from %st : !o -> !o
  return %o2 : !o
}

// CHECK-LABEL: func.func @merge
func.func @merge(%o1: !o, %l1: !n, %o2: !o, %l2: !n) -> (!o, !n) {
  %near = attn.state %o1, %l1 : !o, !n
  %far = attn.state %o2, %l2 : !o, !n
  // CHECK: attn.merge %{{.*}}, %{{.*}} : tensor<?x8x?x128xbf16>, tensor<?x8x?xf32>
  %o, %lse = attn.merge %near, %far : tensor<?x8x?x128xbf16>, tensor<?x8x?xf32>
  return %o, %lse : !o, !n
}

// CHECK-LABEL: func.func @merge_packed
func.func @merge_packed(%o1: tensor<2x?x8xf32>, %l1: tensor<2x?xf32>) -> tensor<2x?x8xf32> {
  %near = attn.state %o1, %l1 : tensor<2x?x8xf32>, tensor<2x?xf32>
  // CHECK: attn.merge %[[ST:.*]], %[[ST]] : tensor<2x?x8xf32>
  %o = attn.merge %near, %near : tensor<2x?x8xf32>
  return %o : tensor<2x?x8xf32>
}
