// RUN: attn-opt %s --split-input-file --attn-mask-to-routes | FileCheck %s

// No mask: every key of the length, no region.
//
// CHECK-DAG: #[[$ZERO:.*]] = affine_map<(d0, d1)[s0, s1] -> (0)>
// CHECK-DAG: #[[$LK:.*]] = affine_map<(d0, d1)[s0, s1] -> (s1)>
// CHECK-LABEL: func.func @full
// CHECK:         attn.route %{{.*}}, %{{.*}} lower(#[[$ZERO]]) upper(#[[$LK]]) full_lower(#[[$ZERO]]) full_upper(#[[$LK]]) :
// CHECK-NOT:     visible
func.func @full(%q: tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32> {
  %s = attn.stream %q, %q : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
  return %o : tensor<1x1x4x8xf32>
}

// -----

// A causal mask is a range: the last row of a run gives the union, the first the
// intersection. Nothing is left to classify.
//
// CHECK-DAG: #[[$UNION:.*]] = affine_map<(d0, d1)[s0, s1] -> (s1, d1 - s0 + s1 - 1)>
// CHECK-DAG: #[[$SHARED:.*]] = affine_map<(d0, d1)[s0, s1] -> (s1, d0 - s0 + s1 - 1)>
// CHECK-LABEL: func.func @causal_with_offset
// CHECK:         upper(#[[$UNION]]) full_lower(#{{.*}}) full_upper(#[[$SHARED]]) visible {
// CHECK:           %[[OK:.*]] = arith.cmpi sle
// CHECK:           attn.yield %[[OK]] : i1
// CHECK-NOT:     classify
// CHECK:         attn.attend
func.func @causal_with_offset(%q: tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32> {
  %m = attn.mask.causal offset(-2)
  %s = attn.stream %q, %q mask %m : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
  return %o : tensor<1x1x4x8xf32>
}

// -----

// A window and a causal mask together are one range, with a lower bound too. The
// double negation is seen through.
//
// CHECK-DAG: affine_map<(d0, d1)[s0, s1] -> (0, d0 - s0 + s1 - 5)>
// CHECK-DAG: affine_map<(d0, d1)[s0, s1] -> (0, d1 - s0 + s1 - 5)>
// CHECK-LABEL: func.func @window_and_causal
// CHECK-NOT:     attn.mask
// CHECK:         attn.route
// CHECK-NOT:     classify
// CHECK:         return
func.func @window_and_causal(%q: tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32> {
  %c = attn.mask.causal
  %w = attn.mask.window left(5)
  %n = attn.mask.not %w
  %nn = attn.mask.not %n
  %m = attn.mask.and %c, %nn
  %s = attn.stream %q, %q mask %m : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
  return %o : tensor<1x1x4x8xf32>
}

// -----

// The negation of a causal mask is the range of keys behind the query.
//
// CHECK-DAG: affine_map<(d0, d1)[s0, s1] -> (0, d0 - s0 + s1 + 1)>
// CHECK-LABEL: func.func @not_causal
// CHECK-NOT:     classify
func.func @not_causal(%q: tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32> {
  %c = attn.mask.causal
  %m = attn.mask.not %c
  %s = attn.stream %q, %q mask %m : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
  return %o : tensor<1x1x4x8xf32>
}

// -----

// Documents are no range: tiles are classified by the extremes of their ids. The
// causal half still bounds the keys and is not classified again.
//
// CHECK-DAG: affine_map<(d0, d1)[s0, s1] -> (s1, d1 - s0 + s1 + 1)>
// CHECK-LABEL: func.func @causal_documents
// CHECK-SAME:    %[[Q:.*]]: tensor<1x1x4x8xf32>, %[[IDS:.*]]: tensor<1x4xi32>
// CHECK:         attn.route %[[Q]], %[[Q]] captures(%[[IDS]] : tensor<1x4xi32>)
// CHECK:         visible {
// CHECK:         } classify {
// CHECK-NEXT:    ^bb0(%[[B:.*]]: index, %{{.*}}: index, %[[Q0:.*]]: index, %[[Q1:.*]]: index, %[[K0:.*]]: index, %[[K1:.*]]: index, %[[T:.*]]: tensor<1x4xi32>):
// CHECK:           %[[QMIN:.*]], %[[QMAX:.*]] = attn.read_range %[[T]][%[[B]]] from %[[Q0]] to %[[Q1]]
// CHECK:           %[[KMIN:.*]], %[[KMAX:.*]] = attn.read_range %[[T]][%[[B]]] from %[[K0]] to %[[K1]]
// CHECK-NOT:       arith.addi
// CHECK:           attn.yield
func.func @causal_documents(%q: tensor<1x1x4x8xf32>, %ids: tensor<1x4xi32>) -> tensor<1x1x4x8xf32> {
  %c = attn.mask.causal
  %d = attn.mask.document %ids, %ids : tensor<1x4xi32>, tensor<1x4xi32>
  %m = attn.mask.and %d, %c
  %s = attn.stream %q, %q mask %m : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
  return %o : tensor<1x1x4x8xf32>
}

// -----

// A disjunction is classified as a whole, on intervals.
//
// CHECK-DAG: #[[$LK:.*]] = affine_map<(d0, d1)[s0, s1] -> (s1)>
// CHECK-LABEL: func.func @window_or_document
// CHECK:         upper(#[[$LK]])
// CHECK:         classify {
// CHECK:           attn.read_range
// CHECK:           arith.ori
// CHECK:           attn.yield
func.func @window_or_document(%q: tensor<1x1x4x8xf32>, %ids: tensor<1x4xi32>) -> tensor<1x1x4x8xf32> {
  %w = attn.mask.window left(5)
  %d = attn.mask.document %ids, %ids : tensor<1x4xi32>, tensor<1x4xi32>
  %m = attn.mask.or %d, %w
  %s = attn.stream %q, %q mask %m : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
  return %o : tensor<1x1x4x8xf32>
}
