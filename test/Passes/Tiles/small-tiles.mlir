// RUN: attn-opt %s --attn-mask-to-routes --attn-attach-target=target=cpu --attn-tile-attend | FileCheck %s
// RUN: attn-opt %s --attn-mask-to-routes --attn-attach-target=target=sm_90a --attn-tile-attend | FileCheck %s --check-prefix=GPU

// Narrow masks have small tiles where the target has such. A query here sees 16 keys, 49 and 7 of a grid.
//
// GPU: attn_tile.fold {{.*}} tile(128,
// GPU-NOT: tile(16, 16)
// CHECK-LABEL: @blocks
// CHECK: attn_tile.fold {{.*}} tile(16, 16)
func.func @blocks(%q: tensor<?x4x?x64xf32> {attn.shape = ["B", "H", "L", "D"]}, %k: tensor<?x4x?x64xf32> {attn.shape = ["B", "H", "L", "D"]})
    -> tensor<?x4x?x64xf32> {
  %m = attn.mask.block size(16)
  %s = attn.stream %k, %k mask %m : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o = attn.attend %q over %s : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  return %o : tensor<?x4x?x64xf32>
}

// CHECK-LABEL: @neighborhood
// CHECK: attn_tile.fold {{.*}} tile(16, 16)
func.func @neighborhood(%q: tensor<?x4x?x64xf32> {attn.shape = ["B", "H", "L", "D"]}, %k: tensor<?x4x?x64xf32> {attn.shape = ["B", "H", "L", "D"]})
    -> tensor<?x4x?x64xf32> {
  %m = attn.mask.neighborhood shape(64, 64) window(7, 7)
  %s = attn.stream %k, %k mask %m : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o = attn.attend %q over %s : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  return %o : tensor<?x4x?x64xf32>
}

// Few queries, and all of them fit a small tile.
//
// CHECK-LABEL: @short
// CHECK: attn_tile.fold {{.*}} tile(16, 16)
func.func @short(%q: tensor<1x4x16x64xf32>, %k: tensor<1x4x16x64xf32>) -> tensor<1x4x16x64xf32> {
  %s = attn.stream %k, %k : tensor<1x4x16x64xf32>, tensor<1x4x16x64xf32>
  %o = attn.attend %q over %s : tensor<1x4x16x64xf32> -> tensor<1x4x16x64xf32>
  return %o : tensor<1x4x16x64xf32>
}

// 49 queries and keys: one tile.
//
// CHECK-LABEL: @whole
// CHECK: attn_tile.fold {{.*}} tile(64, 56)
func.func @whole(%q: tensor<?x4x49x64xf32> {attn.shape = ["B", "H", "L", "D"]}, %k: tensor<?x4x49x64xf32> {attn.shape = ["B", "H", "L", "D"]})
    -> tensor<?x4x49x64xf32> {
  %s = attn.stream %k, %k : tensor<?x4x49x64xf32>, tensor<?x4x49x64xf32>
  %o = attn.attend %q over %s : tensor<?x4x49x64xf32> -> tensor<?x4x49x64xf32>
  return %o : tensor<?x4x49x64xf32>
}

// Wide enough for large tiles: the union of what 48 queries see is hardly more than what one does.
//
// CHECK-LABEL: @window
// CHECK: attn_tile.fold {{.*}} tile(48, 32)
func.func @window(%q: tensor<?x4x?x64xf32> {attn.shape = ["B", "H", "L", "D"]}, %k: tensor<?x4x?x64xf32> {attn.shape = ["B", "H", "L", "D"]})
    -> tensor<?x4x?x64xf32> {
  %m = attn.mask.window left(255) right(0)
  %s = attn.stream %k, %k mask %m : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o = attn.attend %q over %s : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  return %o : tensor<?x4x?x64xf32>
}

// Narrow in the middle of a sequence, wide elsewhere.
//
// CHECK-LABEL: @two_halves
// CHECK: attn_tile.fold {{.*}} tile(48, 32)
func.func @two_halves(%q: tensor<?x4x?x64xf32> {attn.shape = ["B", "H", "L", "D"]}, %k: tensor<?x4x?x64xf32> {attn.shape = ["B", "H", "L", "D"]})
    -> tensor<?x4x?x64xf32> {
  %m = attn.mask.two_stream size(32)
  %s = attn.stream %k, %k mask %m : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o = attn.attend %q over %s : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  return %o : tensor<?x4x?x64xf32>
}

// One of two streams is wide.
//
// CHECK-LABEL: @two_streams
// CHECK: attn_tile.fold {{.*}} tile(48, 32)
func.func @two_streams(%q: tensor<?x4x?x64xf32> {attn.shape = ["B", "H", "L", "D"]}, %k: tensor<?x4x?x64xf32> {attn.shape = ["B", "H", "L", "D"]})
    -> tensor<?x4x?x64xf32> {
  %m = attn.mask.block size(16)
  %s = attn.stream %k, %k mask %m : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %t = attn.stream %k, %k : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o = attn.attend %q over %s, %t : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  return %o : tensor<?x4x?x64xf32>
}

// What tables say is not known here.
//
// CHECK-LABEL: @documents
// CHECK: attn_tile.fold {{.*}} tile(48, 32)
func.func @documents(%q: tensor<?x4x?x64xf32> {attn.shape = ["B", "H", "L", "D"]}, %k: tensor<?x4x?x64xf32> {attn.shape = ["B", "H", "L", "D"]},
    %ids: tensor<?x?xi32> {attn.shape = ["B", "L"]}) -> tensor<?x4x?x64xf32> {
  %m = attn.mask.document %ids, %ids : tensor<?x?xi32>, tensor<?x?xi32>
  %s = attn.stream %k, %k mask %m : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o = attn.attend %q over %s : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  return %o : tensor<?x4x?x64xf32>
}

// Nor where no tile that is counted asks them: their summaries are of large tiles.
//
// CHECK-LABEL: @documents_of_nobody
// CHECK: attn_tile.fold {{.*}} tile(48, 32)
func.func @documents_of_nobody(%q: tensor<?x4x?x64xf32> {attn.shape = ["B", "H", "L", "D"]}, %k: tensor<?x4x?x64xf32> {attn.shape = ["B", "H", "L", "D"]},
    %ids: tensor<?x?xi32> {attn.shape = ["B", "L"]}) -> tensor<?x4x?x64xf32> {
  %d = attn.mask.document %ids, %ids : tensor<?x?xi32>, tensor<?x?xi32>
  %f = attn.mask.neighborhood shape(16, 16) window(3, 3)
  %m = attn.mask.and %d, %f
  %s = attn.stream %k, %k mask %m : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o = attn.attend %q over %s : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  return %o : tensor<?x4x?x64xf32>
}

// The tiles that are counted are narrow and ask no table, others do: what their summaries are made for decides.
//
// CHECK-LABEL: @documents_elsewhere
// CHECK: attn_tile.fold {{.*}} tile(48, 32)
func.func @documents_elsewhere(%q: tensor<?x4x?x64xf32> {attn.shape = ["B", "H", "L", "D"]}, %k: tensor<?x4x?x64xf32> {attn.shape = ["B", "H", "L", "D"]},
    %ids: tensor<?x?xi32> {attn.shape = ["B", "L"]}) -> tensor<?x4x?x64xf32> {
  %d = attn.mask.document %ids, %ids : tensor<?x?xi32>, tensor<?x?xi32>
  %f = attn.mask.neighborhood shape(16, 16) window(3, 3)
  %e = attn.mask.and %d, %f
  %b = attn.mask.block size(16)
  %m = attn.mask.or %b, %e
  %s = attn.stream %k, %k mask %m : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o = attn.attend %q over %s : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  return %o : tensor<?x4x?x64xf32>
}

// A window that stands together is a tile of its own: 49 queries and keys, in one vector more than they fill.
//
// CHECK-LABEL: @windows
// CHECK: attn_tile.fold {{.*}} tile(49, 49)
func.func @windows(%q: tensor<?x4x3136x64xf32> {attn.shape = ["B", "H", "L", "D"]}) -> tensor<?x4x3136x64xf32> {
  %l = attn.layout.grid shape(56, 56) tile(7, 7)
  %t = attn.reorder %q by %l : tensor<?x4x3136x64xf32> -> tensor<?x4x3136x64xf32>
  %m = attn.mask.neighborhood shape(56, 56) window(7, 7) stride(7, 7) edge(shrink)
  %s = attn.stream %t, %t mask %m : tensor<?x4x3136x64xf32>, tensor<?x4x3136x64xf32>
  %ot = attn.attend %t over %s : tensor<?x4x3136x64xf32> -> tensor<?x4x3136x64xf32>
  %o = attn.restore %ot by %l : tensor<?x4x3136x64xf32> -> tensor<?x4x3136x64xf32>
  return %o : tensor<?x4x3136x64xf32>
}

// So is a residue class.
//
// CHECK-LABEL: @residues
// CHECK: attn_tile.fold {{.*}} tile(49, 49)
func.func @residues(%q: tensor<?x4x3136x64xf32> {attn.shape = ["B", "H", "L", "D"]}) -> tensor<?x4x3136x64xf32> {
  %l = attn.layout.grid shape(56, 56) dilation(8, 8)
  %t = attn.reorder %q by %l : tensor<?x4x3136x64xf32> -> tensor<?x4x3136x64xf32>
  %m = attn.mask.neighborhood shape(56, 56) window(7, 7) dilation(8, 8)
  %s = attn.stream %t, %t mask %m : tensor<?x4x3136x64xf32>, tensor<?x4x3136x64xf32>
  %ot = attn.attend %t over %s : tensor<?x4x3136x64xf32> -> tensor<?x4x3136x64xf32>
  %o = attn.restore %ot by %l : tensor<?x4x3136x64xf32> -> tensor<?x4x3136x64xf32>
  return %o : tensor<?x4x3136x64xf32>
}

// Neighbours are in other blocks, too.
//
// CHECK-LABEL: @ordered_neighborhood
// CHECK: attn_tile.fold {{.*}} tile(48, 32)
func.func @ordered_neighborhood(%q: tensor<?x4x4096x64xf32> {attn.shape = ["B", "H", "L", "D"]}) -> tensor<?x4x4096x64xf32> {
  %l = attn.layout.grid shape(64, 64) tile(8, 8)
  %t = attn.reorder %q by %l : tensor<?x4x4096x64xf32> -> tensor<?x4x4096x64xf32>
  %m = attn.mask.neighborhood shape(64, 64) window(7, 7)
  %s = attn.stream %t, %t mask %m : tensor<?x4x4096x64xf32>, tensor<?x4x4096x64xf32>
  %ot = attn.attend %t over %s : tensor<?x4x4096x64xf32> -> tensor<?x4x4096x64xf32>
  %o = attn.restore %ot by %l : tensor<?x4x4096x64xf32> -> tensor<?x4x4096x64xf32>
  return %o : tensor<?x4x4096x64xf32>
}
