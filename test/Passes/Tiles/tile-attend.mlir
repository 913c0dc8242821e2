// RUN: attn-opt %s --attn-mask-to-routes --attn-attach-target --attn-tile-attend | FileCheck %s
// RUN: not attn-opt %s --attn-mask-to-routes --attn-tile-attend 2>&1 | FileCheck %s --check-prefix=NOTARGET

// NOTARGET: error: expects 'attn.target' with 'query_tile' and 'key_tile'; run attn-attach-target first

// Tile sizes come from the target, the scale becomes a number, regions move along.
//
// CHECK-LABEL: func.func @full
// CHECK:         attn_tile.fold %{{.*}} over %{{.*}} tile(48, 32) scale(2.500000e-01) score {
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
