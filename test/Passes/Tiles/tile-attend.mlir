// RUN: attn-opt %s --attn-mask-to-routes --attn-attach-target --attn-tile-attend | FileCheck %s
// RUN: not attn-opt %s --attn-mask-to-routes --attn-tile-attend 2>&1 | FileCheck %s --check-prefix=NOTARGET

// NOTARGET: error: expects 'attn.target' with 'query_tile' and 'key_tile'; run attn-attach-target first

// Tile sizes come from the target (one of all 4 queries and keys), the scale becomes a number, regions move along.
//
// CHECK-LABEL: func.func @full
// CHECK:         attn_tile.fold %{{.*}} over %{{.*}} tile(16, 8) scale(2.500000e-01) score {
// CHECK:           math.tanh
// CHECK:         } : tensor<1x1x4x16xf32> -> tensor<1x1x4x16xf32>, tensor<1x1x4xf32>
// CHECK-NOT:     attn.attend
func.func @full(%q: tensor<1x1x4x16xf32>) -> (tensor<1x1x4x16xf32>, tensor<1x1x4xf32>) {
  %s = attn.stream %q, %q : tensor<1x1x4x16xf32>, tensor<1x1x4x16xf32>
  %o, %lse = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %y = math.tanh %x : f32
    attn.yield %y : f32
  } : tensor<1x1x4x16xf32> -> tensor<1x1x4x16xf32>, tensor<1x1x4xf32>
  return %o, %lse : tensor<1x1x4x16xf32>, tensor<1x1x4xf32>
}

// One summary per table and tile size; classify reads it at the end of a run.
//
// CHECK-LABEL: func.func @documents
// CHECK:         %[[QMIN:.*]], %[[QMAX:.*]] = attn_tile.summarize %{{.*}} tile(48) : tensor<1x4xi32> -> tensor<1x4xi32>
// CHECK:         %[[KMIN:.*]], %[[KMAX:.*]] = attn_tile.summarize %{{.*}} tile(32) : tensor<1x4xi32> -> tensor<1x4xi32>
// CHECK-NOT:     attn_tile.summarize
// CHECK:         attn.route {{.*}} captures(%{{.*}}, %[[QMIN]], %[[QMAX]], %[[KMIN]], %[[KMAX]] :
// CHECK:         classify {
// CHECK-NOT:       attn.read_range
// CHECK:           attn.read %{{.*}}[%{{.*}}, %{{.*}}] : tensor<1x4xi32>
func.func @documents(%q: tensor<1x1x4x8xf32>, %ids: tensor<1x4xi32>) -> tensor<1x1x4x8xf32> {
  %m = attn.mask.document %ids, %ids : tensor<1x4xi32>, tensor<1x4xi32>
  %s = attn.stream %q, %q mask %m : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
  return %o : tensor<1x1x4x8xf32>
}

// Lengths of operands, through states, merges and queries: each table once, in the order in
// which they are met, without those of the fold itself.
//
// CHECK-LABEL: func.func @operand_lengths
// CHECK-DAG:     %[[A:.*]] = attn.lengths.per_batch %arg2
// CHECK-DAG:     %[[B:.*]] = attn.lengths.per_batch %arg3
// CHECK:         attn_tile.fold %arg0 lengths(%[[A]]) over %{{[0-9]+}} tile
// CHECK:         attn_tile.fold %arg0 lengths(%[[B]]) over %{{[0-9]+}} tile
// CHECK:         attn_tile.merge %{{.*}}, %{{.*}} operand_lengths(%[[A]], %[[B]]) rows(48)
// CHECK:         attn_tile.fold %arg0 lengths(%{{.*}}) over %{{.*}} from %{{.*}} operand_lengths(%[[B]]) tile
// CHECK:         %[[Q:.*]] = attn_tile.fold %{{.*}} over %{{[0-9]+}} operand_lengths(%{{.*}}, %[[B]]) tile
// CHECK:         attn_tile.merge %{{[0-9]+}}, %{{[0-9]+}} rows(48)
!t = tensor<2x1x4x16xf32>
!n = tensor<2x1x4xf32>
func.func @operand_lengths(%q: !t, %x: !n, %a: tensor<2xi32>, %b: tensor<2xi32>) -> (!t, !t) {
  %la = attn.lengths.per_batch %a : tensor<2xi32>
  %lb = attn.lengths.per_batch %b : tensor<2xi32>
  %same = attn.lengths.per_batch %a : tensor<2xi32>
  %s = attn.stream %q, %q : !t, !t
  %o0, %x0 = attn.attend %q lengths(%la) over %s : !t -> !t, !n
  %o1, %x1 = attn.attend %q lengths(%lb) over %s : !t -> !t, !n
  %st0 = attn.state %o0, %x0 : !t, !n
  %st1 = attn.state %o1, %x1 : !t, !n
  %o2, %x2 = attn.merge %st0, %st1 : !t, !n
  %st2 = attn.state %o2, %x2 : !t, !n
  %o3 = attn.attend %q lengths(%same) over %s from %st2 : !t -> !t
  %o4 = attn.attend %o3 over %s : !t -> !t
  %given = attn.state %q, %x : !t, !n
  %o5 = attn.merge %given, %given : !t
  return %o4, %o5 : !t, !t
}

// A constant factor of logits joins the scale, of either operand or as a quotient; not if it would be no normal number,
// if logits are used twice, or if they are divided into it.
//
// CHECK-LABEL: func.func @factors
// CHECK:         scale(5.000000e-03) score {
// CHECK-NEXT:    ^bb0(%[[X:.*]]: f32,
// CHECK-NEXT:      arith.constant 5.000000e+01
// CHECK-NEXT:      math.tanh %[[X]]
// CHECK:         scale(5.000000e-01) score {
// CHECK-NOT:       arith.mulf
// CHECK:         scale(2.500000e-01) score {
// CHECK:           arith.mulf
// CHECK:         scale(2.500000e-01) score {
// CHECK:           arith.mulf
// CHECK:         scale(2.500000e-01) score {
// CHECK:           arith.divf
!f = tensor<1x1x4x16xf32>
func.func @factors(%q: !f) -> (!f, !f, !f, !f, !f) {
  %s = attn.stream %q, %q : !f, !f
  %o0 = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %c = arith.constant 50.0 : f32
    %0 = arith.divf %x, %c : f32
    %1 = math.tanh %0 : f32
    %y = arith.mulf %1, %c : f32
    attn.yield %y : f32
  } : !f -> !f
  %o1 = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %c = arith.constant 2.0 : f32
    %y = arith.mulf %c, %x : f32
    attn.yield %y : f32
  } : !f -> !f
  %o2 = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %c = arith.constant 0.0 : f32
    %y = arith.mulf %x, %c : f32
    attn.yield %y : f32
  } : !f -> !f
  %o3 = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %c = arith.constant 2.0 : f32
    %0 = arith.addf %x, %c : f32
    %1 = arith.mulf %x, %c : f32
    %y = arith.addf %0, %1 : f32
    attn.yield %y : f32
  } : !f -> !f
  %o4 = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %c = arith.constant 2.0 : f32
    %y = arith.divf %c, %x : f32
    attn.yield %y : f32
  } : !f -> !f
  return %o0, %o1, %o2, %o3, %o4 : !f, !f, !f, !f, !f
}
