// RUN: attn-opt %s --attn-to-tiles=target=cpu | FileCheck %s
// RUN: attn-opt %s --attn-to-tiles=target=sm_90a | FileCheck %s --check-prefix=GPU

// A target without limits for it has no such form.
// GPU-NOT: split(

// Four heads read one key head and no region asks which one it is: they share tiles.
//
// CHECK-LABEL: @shared
// CHECK: %{{.*}}, %[[PARTS:.*]] = attn_tile.fold {{.*}} split(<rows = 16, heads = 4, keys = 256, tasks = 64>)
// CHECK-SAME: parts(tensor<?x?x?x?xf32>)
func.func @shared(%q: tensor<?x8x?x64xf32> {attn.shape = ["B", "Hq", "Lq", "D"]}, %k: tensor<?x2x?x64xf32> {attn.shape = ["B", "Hk", "Lk", "D"]})
    -> tensor<?x8x?x64xf32> {
  %m = attn.mask.causal
  %s = attn.stream %k, %k mask %m : tensor<?x2x?x64xf32>, tensor<?x2x?x64xf32>
  %o = attn.attend %q over %s : tensor<?x8x?x64xf32> -> tensor<?x8x?x64xf32>
  return %o : tensor<?x8x?x64xf32>
}

// A mask by head.
//
// CHECK-LABEL: @by_head
// CHECK: split(<rows = 16, heads = 1,
func.func @by_head(%q: tensor<?x8x?x64xf32> {attn.shape = ["B", "Hq", "Lq", "D"]}, %k: tensor<?x2x?x64xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %left: tensor<8xi32>) -> tensor<?x8x?x64xf32> {
  %m = attn.mask.window left(%left : tensor<8xi32>) right(0)
  %s = attn.stream %k, %k mask %m : tensor<?x2x?x64xf32>, tensor<?x2x?x64xf32>
  %o = attn.attend %q over %s : tensor<?x8x?x64xf32> -> tensor<?x8x?x64xf32>
  return %o : tensor<?x8x?x64xf32>
}

// A score by head.
//
// CHECK-LABEL: @score_by_head
// CHECK: split(<rows = 16, heads = 1,
func.func @score_by_head(%q: tensor<?x8x?x64xf32> {attn.shape = ["B", "Hq", "Lq", "D"]}, %k: tensor<?x2x?x64xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %bias: tensor<8xf32>) -> tensor<?x8x?x64xf32> {
  %s = attn.stream %k, %k : tensor<?x2x?x64xf32>, tensor<?x2x?x64xf32>
  %o = attn.attend %q over %s score (%bias : tensor<8xf32>) {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %table: tensor<8xf32>):
    %y = attn.read %table[%h] : tensor<8xf32>
    %z = arith.addf %x, %y : f32
    attn.yield %z : f32
  } : tensor<?x8x?x64xf32> -> tensor<?x8x?x64xf32>
  return %o : tensor<?x8x?x64xf32>
}

// Runs of two and of four heads: two share.
//
// CHECK-LABEL: @head_maps
// CHECK: split(<rows = 16, heads = 2,
func.func @head_maps(%q: tensor<?x8x?x64xf32> {attn.shape = ["B", "Hq", "Lq", "D"]}, %k: tensor<?x2x?x64xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %k2: tensor<?x4x?x64xf32> {attn.shape = ["B", "Hm", "Lm", "D"]}) -> tensor<?x8x?x64xf32> {
  %s = attn.stream %k, %k : tensor<?x2x?x64xf32>, tensor<?x2x?x64xf32>
  %t = attn.stream %k2, %k2 heads [3, 3, 0, 0, 1, 1, 2, 2] : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o = attn.attend %q over %s, %t : tensor<?x8x?x64xf32> -> tensor<?x8x?x64xf32>
  return %o : tensor<?x8x?x64xf32>
}

// One static query.
//
// CHECK-LABEL: @static
// CHECK: split(
func.func @static(%q: tensor<1x8x1x64xf32>, %k: tensor<1x2x4096x64xf32>) -> tensor<1x8x1x64xf32> {
  %s = attn.stream %k, %k : tensor<1x2x4096x64xf32>, tensor<1x2x4096x64xf32>
  %o = attn.attend %q over %s : tensor<1x8x1x64xf32> -> tensor<1x8x1x64xf32>
  return %o : tensor<1x8x1x64xf32>
}

// The same tokens; too many queries; too few keys.
//
// CHECK-LABEL: @self
// CHECK-NOT: split(
func.func @self(%q: tensor<?x8x?x64xf32> {attn.shape = ["B", "Hq", "L", "D"]}, %k: tensor<?x2x?x64xf32> {attn.shape = ["B", "Hk", "L", "D"]})
    -> tensor<?x8x?x64xf32> {
  %s = attn.stream %k, %k : tensor<?x2x?x64xf32>, tensor<?x2x?x64xf32>
  %o = attn.attend %q over %s : tensor<?x8x?x64xf32> -> tensor<?x8x?x64xf32>
  return %o : tensor<?x8x?x64xf32>
}
func.func @many(%q: tensor<1x8x17x64xf32>, %k: tensor<1x2x4096x64xf32>) -> tensor<1x8x17x64xf32> {
  %s = attn.stream %k, %k : tensor<1x2x4096x64xf32>, tensor<1x2x4096x64xf32>
  %o = attn.attend %q over %s : tensor<1x8x17x64xf32> -> tensor<1x8x17x64xf32>
  return %o : tensor<1x8x17x64xf32>
}
func.func @few_keys(%q: tensor<1x8x1x64xf32>, %k: tensor<1x2x511x64xf32>) -> tensor<1x8x1x64xf32> {
  %s = attn.stream %k, %k : tensor<1x2x511x64xf32>, tensor<1x2x511x64xf32>
  %o = attn.attend %q over %s : tensor<1x8x1x64xf32> -> tensor<1x8x1x64xf32>
  return %o : tensor<1x8x1x64xf32>
}
func.func @packed(%q: tensor<8x?x64xf32> {attn.shape = ["Hq", "T", "D"]}, %k: tensor<?x2x?x64xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %offsets: tensor<?xi32> {attn.shape = ["N"]}) -> tensor<8x?x64xf32> {
  %l = attn.lengths.packed %offsets : tensor<?xi32>
  %s = attn.stream %k, %k : tensor<?x2x?x64xf32>, tensor<?x2x?x64xf32>
  %o = attn.attend %q lengths(%l) over %s : tensor<8x?x64xf32> -> tensor<8x?x64xf32>
  return %o : tensor<8x?x64xf32>
}

// Keys in the order of a layout.
func.func @layout(%q: tensor<1x8x1x64xf32>, %k: tensor<1x8x4096x64xf32>) -> tensor<1x8x1x64xf32> {
  %tiles = attn.layout.grid shape(64, 64) tile(8, 8)
  %t = attn.reorder %k by %tiles : tensor<1x8x4096x64xf32> -> tensor<1x8x4096x64xf32>
  %s = attn.stream %t, %t : tensor<1x8x4096x64xf32>, tensor<1x8x4096x64xf32>
  %o = attn.attend %q over %s : tensor<1x8x1x64xf32> -> tensor<1x8x1x64xf32>
  return %o : tensor<1x8x1x64xf32>
}
