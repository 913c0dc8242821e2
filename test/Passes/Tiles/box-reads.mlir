// Tables read at blocks of queries and keys, tiles of 48 x 32: as many reads as a tile can touch elements.
//
// RUN: attn-opt %s --attn-mask-to-routes --attn-attach-target --attn-tile-attend | FileCheck %s
// RUN: attn-opt %s --attn-mask-to-routes --attn-attach-target --attn-tile-attend --remark-format=emitRemark --remarks-filter=Tiles 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK

!q = tensor<1x2x256x8xf32>

// 48 queries lie in one block of 64 or in two, 32 keys in one of 128: no other is read. A box that should hold more
// says nothing.
//
// CHECK-LABEL: func.func @larger
// CHECK:         classify {
// CHECK-NOT:       attn.read_box
// CHECK:           %[[I0:.*]] = arith.floordivsi %arg{{[0-9]+}}, %{{.*}} : index
// CHECK:           %[[I1:.*]] = arith.floordivsi
// CHECK:           %[[NEXT:.*]] = arith.addi %[[I0]], %{{.*}} : index
// CHECK:           %[[SECOND:.*]] = arith.minsi %[[NEXT]], %[[I1]] : index
// CHECK:           %[[A:.*]] = attn.read %{{.*}}[%{{.*}}, %[[I0]], %[[J0:.*]]] : tensor<2x4x2xi1>
// CHECK:           %[[B:.*]] = attn.read %{{.*}}[%{{.*}}, %[[SECOND]], %[[J0]]] : tensor<2x4x2xi1>
// CHECK-DAG:       %[[ALL:.*]] = arith.andi %[[A]], %[[B]] : i1
// CHECK-DAG:       %[[SOME:.*]] = arith.ori %[[A]], %[[B]] : i1
// CHECK-DAG:       arith.select %[[FITS:.*]], %[[ALL]], %{{.*}} : i1
// CHECK-DAG:       arith.select %[[FITS]], %[[SOME]], %{{.*}} : i1
// CHECK-NOT:       attn.read
// CHECK:           attn.yield
func.func @larger(%q: !q, %bits: tensor<2x4x2xi1>) -> !q {
  %m = attn.mask.block_bitmap %bits per_head size(64, 128) : tensor<2x4x2xi1>
  %s = attn.stream %q, %q mask %m : !q, !q
  %o = attn.attend %q over %s : !q -> !q
  return %o : !q
}

// 3 x 2 blocks of 16 tokens.
//
// CHECK-LABEL: func.func @smaller
// CHECK:         classify {
// CHECK-COUNT-6:   attn.read %{{.*}} : tensor<16x16xi32>
// CHECK-NOT:       attn.read
// CHECK:           attn.yield
func.func @smaller(%q: !q, %bits: tensor<16x16xi32>) -> !q {
  %m = attn.mask.block_bitmap %bits size(16, 16) : tensor<16x16xi32>
  %s = attn.stream %q, %q mask %m : !q, !q
  %o = attn.attend %q over %s : !q -> !q
  return %o : !q
}

// 12 x 8 blocks are too many to look at.
//
// CHECK-LABEL: func.func @many
// CHECK:         classify {
// CHECK-NOT:       attn.read
// CHECK:           attn.yield
// REMARK: [[@LINE+4]]:8: remark: [Missed] TileAttend | Category:Tiles
// REMARK-SAME: tiles of 48 x 32 touch more than 64 elements of a table of tensor<64x64xi8>: none is skipped for what it says, and all are masked; expected larger blocks
func.func @many(%q: !q, %bits: tensor<64x64xi8>) -> !q {
  %m = attn.mask.block_bitmap %bits size(4, 4) : tensor<64x64xi8>
  %s = attn.stream %q, %q mask %m : !q, !q
  %o = attn.attend %q over %s : !q -> !q
  return %o : !q
}
