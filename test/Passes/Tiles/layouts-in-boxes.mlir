// RUN: attn-opt %s --attn-attach-target=target=sm_90a --attn-layouts-in-place --attn-verify-stage=stage=tiles | FileCheck %s

// On a GPU q, k and v are in place where the tiles of all folds are boxes of the grid, which TMA brings; results always are.

// A tile of 8 x 8 is half of a tile of keys.
//
// CHECK-LABEL: @windows(
// CHECK: attn.reorder %{{.*}} in_place
// CHECK: attn.reorder %{{.*}} in_place
// CHECK: attn.restore %{{.*}} in_place
func.func @windows(%q: tensor<1x2x4096x64xbf16>, %k: tensor<1x2x4096x64xbf16>) -> tensor<1x2x4096x64xbf16> {
  %l = attn.layout.grid shape(64, 64) tile(8, 8)
  %qt = attn.reorder %q by %l : tensor<1x2x4096x64xbf16> -> tensor<1x2x4096x64xbf16>
  %kt = attn.reorder %k by %l : tensor<1x2x4096x64xbf16> -> tensor<1x2x4096x64xbf16>
  %r = attn.route %kt, %kt : tensor<1x2x4096x64xbf16>, tensor<1x2x4096x64xbf16>
  %ot = attn_tile.fold %qt over %r tile(128, 128) scale(0.125) : tensor<1x2x4096x64xbf16> -> tensor<1x2x4096x64xbf16>
  %o = attn.restore %ot by %l : tensor<1x2x4096x64xbf16> -> tensor<1x2x4096x64xbf16>
  return %o : tensor<1x2x4096x64xbf16>
}

// Half a tile: 8 of 16 lines of 8.
//
// CHECK-LABEL: @lines(
// CHECK: attn.reorder %{{.*}} in_place
// CHECK: attn.reorder %{{.*}} in_place
// CHECK: attn.restore %{{.*}} in_place
func.func @lines(%q: tensor<1x2x4096x64xbf16>, %k: tensor<1x2x4096x64xbf16>) -> tensor<1x2x4096x64xbf16> {
  %l = attn.layout.grid shape(64, 64) tile(16, 8)
  %qt = attn.reorder %q by %l : tensor<1x2x4096x64xbf16> -> tensor<1x2x4096x64xbf16>
  %kt = attn.reorder %k by %l : tensor<1x2x4096x64xbf16> -> tensor<1x2x4096x64xbf16>
  %r = attn.route %kt, %kt : tensor<1x2x4096x64xbf16>, tensor<1x2x4096x64xbf16>
  %ot = attn_tile.fold %qt over %r tile(64, 64) scale(0.125) : tensor<1x2x4096x64xbf16> -> tensor<1x2x4096x64xbf16>
  %o = attn.restore %ot by %l : tensor<1x2x4096x64xbf16> -> tensor<1x2x4096x64xbf16>
  return %o : tensor<1x2x4096x64xbf16>
}

// One axis; no tile of the fold is a whole tile.
//
// CHECK-LABEL: @line(
// CHECK: attn.reorder %{{.*}} in_place
// CHECK: attn.reorder %{{.*}} in_place
// CHECK: attn.restore %{{.*}} in_place
func.func @line(%q: tensor<1x2x4096x64xbf16>, %k: tensor<1x2x4096x64xbf16>) -> tensor<1x2x4096x64xbf16> {
  %l = attn.layout.grid shape(4096) tile(1024)
  %qt = attn.reorder %q by %l : tensor<1x2x4096x64xbf16> -> tensor<1x2x4096x64xbf16>
  %kt = attn.reorder %k by %l : tensor<1x2x4096x64xbf16> -> tensor<1x2x4096x64xbf16>
  %r = attn.route %kt, %kt : tensor<1x2x4096x64xbf16>, tensor<1x2x4096x64xbf16>
  %ot = attn_tile.fold %qt over %r tile(128, 128) scale(0.125) : tensor<1x2x4096x64xbf16> -> tensor<1x2x4096x64xbf16>
  %o = attn.restore %ot by %l : tensor<1x2x4096x64xbf16> -> tensor<1x2x4096x64xbf16>
  return %o : tensor<1x2x4096x64xbf16>
}

// The grid has 60 lines, padding is what lies outside.
//
// CHECK-LABEL: @padded(
// CHECK: attn.reorder %{{.*}} in_place
// CHECK: attn.reorder %{{.*}} in_place
// CHECK: attn.restore %{{.*}} in_place
func.func @padded(%q: tensor<1x2x3840x64xbf16>, %k: tensor<1x2x3840x64xbf16>) -> tensor<1x2x3840x64xbf16> {
  %l = attn.layout.grid shape(60, 64) tile(8, 8)
  %qt = attn.reorder %q by %l : tensor<1x2x3840x64xbf16> -> tensor<1x2x4096x64xbf16>
  %kt = attn.reorder %k by %l : tensor<1x2x3840x64xbf16> -> tensor<1x2x4096x64xbf16>
  %r = attn.route %kt, %kt : tensor<1x2x4096x64xbf16>, tensor<1x2x4096x64xbf16>
  %ot = attn_tile.fold %qt over %r tile(128, 128) scale(0.125) : tensor<1x2x4096x64xbf16> -> tensor<1x2x4096x64xbf16>
  %o = attn.restore %ot by %l : tensor<1x2x4096x64xbf16> -> tensor<1x2x3840x64xbf16>
  return %o : tensor<1x2x3840x64xbf16>
}

// Points 8 apart: the most that TMA strides over.
//
// CHECK-LABEL: @apart(
// CHECK: attn.reorder %{{.*}} in_place
// CHECK: attn.reorder %{{.*}} in_place
// CHECK: attn.restore %{{.*}} in_place
func.func @apart(%q: tensor<1x2x4096x64xbf16>, %k: tensor<1x2x4096x64xbf16>) -> tensor<1x2x4096x64xbf16> {
  %l = attn.layout.grid shape(64, 64) dilation(8, 1) tile(4, 4)
  %qt = attn.reorder %q by %l : tensor<1x2x4096x64xbf16> -> tensor<1x2x4096x64xbf16>
  %kt = attn.reorder %k by %l : tensor<1x2x4096x64xbf16> -> tensor<1x2x4096x64xbf16>
  %r = attn.route %kt, %kt : tensor<1x2x4096x64xbf16>, tensor<1x2x4096x64xbf16>
  %ot = attn_tile.fold %qt over %r tile(128, 128) scale(0.125) : tensor<1x2x4096x64xbf16> -> tensor<1x2x4096x64xbf16>
  %o = attn.restore %ot by %l : tensor<1x2x4096x64xbf16> -> tensor<1x2x4096x64xbf16>
  return %o : tensor<1x2x4096x64xbf16>
}

// Without tiles the slots of a residue are one where sizes are numbers.
//
// CHECK-LABEL: @residues(
// CHECK: attn.reorder %{{.*}} in_place
// CHECK: attn.reorder %{{.*}} in_place
// CHECK: attn.restore %{{.*}} in_place
func.func @residues(%q: tensor<1x2x4096x64xbf16>, %k: tensor<1x2x4096x64xbf16>) -> tensor<1x2x4096x64xbf16> {
  %l = attn.layout.grid shape(64, 64) dilation(8, 8)
  %qt = attn.reorder %q by %l : tensor<1x2x4096x64xbf16> -> tensor<1x2x4096x64xbf16>
  %kt = attn.reorder %k by %l : tensor<1x2x4096x64xbf16> -> tensor<1x2x4096x64xbf16>
  %r = attn.route %kt, %kt : tensor<1x2x4096x64xbf16>, tensor<1x2x4096x64xbf16>
  %ot = attn_tile.fold %qt over %r tile(128, 128) scale(0.125) : tensor<1x2x4096x64xbf16> -> tensor<1x2x4096x64xbf16>
  %o = attn.restore %ot by %l : tensor<1x2x4096x64xbf16> -> tensor<1x2x4096x64xbf16>
  return %o : tensor<1x2x4096x64xbf16>
}

// 24 slots are a box, and divide a tile of keys, not one of queries.
//
// CHECK-LABEL: @keys_only(
// CHECK: attn.reorder %{{.*}} by %{{[0-9a-z]*}} :
// CHECK: attn.reorder %{{.*}} in_place
// CHECK: attn.restore %{{.*}} in_place
func.func @keys_only(%q: tensor<1x2x4608x64xbf16>, %k: tensor<1x2x4608x64xbf16>) -> tensor<1x2x4608x64xbf16> {
  %l = attn.layout.grid shape(64, 72) tile(2, 12)
  %qt = attn.reorder %q by %l : tensor<1x2x4608x64xbf16> -> tensor<1x2x4608x64xbf16>
  %kt = attn.reorder %k by %l : tensor<1x2x4608x64xbf16> -> tensor<1x2x4608x64xbf16>
  %r = attn.route %kt, %kt : tensor<1x2x4608x64xbf16>, tensor<1x2x4608x64xbf16>
  %ot = attn_tile.fold %qt over %r tile(128, 96) scale(0.125) : tensor<1x2x4608x64xbf16> -> tensor<1x2x4608x64xbf16>
  %o = attn.restore %ot by %l : tensor<1x2x4608x64xbf16> -> tensor<1x2x4608x64xbf16>
  return %o : tensor<1x2x4608x64xbf16>
}

// 49 slots, and 7, divide no tile.
//
// CHECK-LABEL: @uneven(
// CHECK: attn.reorder %{{.*}} by %{{[0-9a-z]*}} :
// CHECK: attn.reorder %{{.*}} by %{{[0-9a-z]*}} :
// CHECK: attn.restore %{{.*}} in_place
func.func @uneven(%q: tensor<1x2x3136x64xbf16>, %k: tensor<1x2x3136x64xbf16>) -> tensor<1x2x3136x64xbf16> {
  %l = attn.layout.grid shape(56, 56) tile(7, 7)
  %qt = attn.reorder %q by %l : tensor<1x2x3136x64xbf16> -> tensor<1x2x3136x64xbf16>
  %kt = attn.reorder %k by %l : tensor<1x2x3136x64xbf16> -> tensor<1x2x3136x64xbf16>
  %r = attn.route %kt, %kt : tensor<1x2x3136x64xbf16>, tensor<1x2x3136x64xbf16>
  %ot = attn_tile.fold %qt over %r tile(128, 128) scale(0.125) : tensor<1x2x3136x64xbf16> -> tensor<1x2x3136x64xbf16>
  %o = attn.restore %ot by %l : tensor<1x2x3136x64xbf16> -> tensor<1x2x3136x64xbf16>
  return %o : tensor<1x2x3136x64xbf16>
}

// 4 slots: a box has a multiple of 8, after which the swizzle begins again.
//
// CHECK-LABEL: @small(
// CHECK: attn.reorder %{{.*}} by %{{[0-9a-z]*}} :
// CHECK: attn.reorder %{{.*}} by %{{[0-9a-z]*}} :
// CHECK: attn.restore %{{.*}} in_place
func.func @small(%q: tensor<1x2x3840x64xbf16>, %k: tensor<1x2x3840x64xbf16>) -> tensor<1x2x3840x64xbf16> {
  %l = attn.layout.grid shape(60, 64) dilation(3, 1) tile(1, 4)
  %qt = attn.reorder %q by %l : tensor<1x2x3840x64xbf16> -> tensor<1x2x3840x64xbf16>
  %kt = attn.reorder %k by %l : tensor<1x2x3840x64xbf16> -> tensor<1x2x3840x64xbf16>
  %r = attn.route %kt, %kt : tensor<1x2x3840x64xbf16>, tensor<1x2x3840x64xbf16>
  %ot = attn_tile.fold %qt over %r tile(128, 128) scale(0.125) : tensor<1x2x3840x64xbf16> -> tensor<1x2x3840x64xbf16>
  %o = attn.restore %ot by %l : tensor<1x2x3840x64xbf16> -> tensor<1x2x3840x64xbf16>
  return %o : tensor<1x2x3840x64xbf16>
}

// A tile at the edge goes around it.
//
// CHECK-LABEL: @rolled(
// CHECK: attn.reorder %{{.*}} by %{{[0-9a-z]*}} :
// CHECK: attn.reorder %{{.*}} by %{{[0-9a-z]*}} :
// CHECK: attn.restore %{{.*}} in_place
func.func @rolled(%q: tensor<1x2x4096x64xbf16>, %k: tensor<1x2x4096x64xbf16>) -> tensor<1x2x4096x64xbf16> {
  %l = attn.layout.grid shape(64, 64) tile(8, 8) shift(0, 4)
  %qt = attn.reorder %q by %l : tensor<1x2x4096x64xbf16> -> tensor<1x2x4096x64xbf16>
  %kt = attn.reorder %k by %l : tensor<1x2x4096x64xbf16> -> tensor<1x2x4096x64xbf16>
  %r = attn.route %kt, %kt : tensor<1x2x4096x64xbf16>, tensor<1x2x4096x64xbf16>
  %ot = attn_tile.fold %qt over %r tile(128, 128) scale(0.125) : tensor<1x2x4096x64xbf16> -> tensor<1x2x4096x64xbf16>
  %o = attn.restore %ot by %l : tensor<1x2x4096x64xbf16> -> tensor<1x2x4096x64xbf16>
  return %o : tensor<1x2x4096x64xbf16>
}

// Three axes, D, heads and batch are six: a descriptor has five.
//
// CHECK-LABEL: @volume(
// CHECK: attn.reorder %{{.*}} by %{{[0-9a-z]*}} :
// CHECK: attn.reorder %{{.*}} by %{{[0-9a-z]*}} :
// CHECK: attn.restore %{{.*}} in_place
func.func @volume(%q: tensor<1x2x4096x64xbf16>, %k: tensor<1x2x4096x64xbf16>) -> tensor<1x2x4096x64xbf16> {
  %l = attn.layout.grid shape(16, 16, 16) tile(4, 4, 4)
  %qt = attn.reorder %q by %l : tensor<1x2x4096x64xbf16> -> tensor<1x2x4096x64xbf16>
  %kt = attn.reorder %k by %l : tensor<1x2x4096x64xbf16> -> tensor<1x2x4096x64xbf16>
  %r = attn.route %kt, %kt : tensor<1x2x4096x64xbf16>, tensor<1x2x4096x64xbf16>
  %ot = attn_tile.fold %qt over %r tile(128, 128) scale(0.125) : tensor<1x2x4096x64xbf16> -> tensor<1x2x4096x64xbf16>
  %o = attn.restore %ot by %l : tensor<1x2x4096x64xbf16> -> tensor<1x2x4096x64xbf16>
  return %o : tensor<1x2x4096x64xbf16>
}

// Points 9 apart.
//
// CHECK-LABEL: @far(
// CHECK: attn.reorder %{{.*}} by %{{[0-9a-z]*}} :
// CHECK: attn.reorder %{{.*}} by %{{[0-9a-z]*}} :
// CHECK: attn.restore %{{.*}} in_place
func.func @far(%q: tensor<1x2x4608x64xbf16>, %k: tensor<1x2x4608x64xbf16>) -> tensor<1x2x4608x64xbf16> {
  %l = attn.layout.grid shape(72, 64) dilation(9, 1) tile(8, 1)
  %qt = attn.reorder %q by %l : tensor<1x2x4608x64xbf16> -> tensor<1x2x4608x64xbf16>
  %kt = attn.reorder %k by %l : tensor<1x2x4608x64xbf16> -> tensor<1x2x4608x64xbf16>
  %r = attn.route %kt, %kt : tensor<1x2x4608x64xbf16>, tensor<1x2x4608x64xbf16>
  %ot = attn_tile.fold %qt over %r tile(128, 128) scale(0.125) : tensor<1x2x4608x64xbf16> -> tensor<1x2x4608x64xbf16>
  %o = attn.restore %ot by %l : tensor<1x2x4608x64xbf16> -> tensor<1x2x4608x64xbf16>
  return %o : tensor<1x2x4608x64xbf16>
}

// Rows of 20 elements are loaded without TMA.
//
// CHECK-LABEL: @odd(
// CHECK: attn.reorder %{{.*}} by %{{[0-9a-z]*}} :
// CHECK: attn.reorder %{{.*}} by %{{[0-9a-z]*}} :
// CHECK: attn.restore %{{.*}} in_place
func.func @odd(%q: tensor<1x2x4096x20xbf16>, %k: tensor<1x2x4096x20xbf16>) -> tensor<1x2x4096x20xbf16> {
  %l = attn.layout.grid shape(64, 64) tile(8, 8)
  %qt = attn.reorder %q by %l : tensor<1x2x4096x20xbf16> -> tensor<1x2x4096x20xbf16>
  %kt = attn.reorder %k by %l : tensor<1x2x4096x20xbf16> -> tensor<1x2x4096x20xbf16>
  %r = attn.route %kt, %kt : tensor<1x2x4096x20xbf16>, tensor<1x2x4096x20xbf16>
  %ot = attn_tile.fold %qt over %r tile(128, 128) scale(0.125) : tensor<1x2x4096x20xbf16> -> tensor<1x2x4096x20xbf16>
  %o = attn.restore %ot by %l : tensor<1x2x4096x20xbf16> -> tensor<1x2x4096x20xbf16>
  return %o : tensor<1x2x4096x20xbf16>
}

// A tile of keys of one fold is a number of boxes, of the other not: a copy for both.
//
// CHECK-LABEL: @one_of_two(
// CHECK: attn.reorder %{{.*}} by %{{[0-9a-z]*}} :
// CHECK: attn.reorder %{{.*}} by %{{[0-9a-z]*}} :
func.func @one_of_two(%q: tensor<1x2x4608x64xbf16>, %k: tensor<1x2x4608x64xbf16>) -> (tensor<1x2x4608x64xbf16>, tensor<1x2x4608x64xbf16>) {
  %l = attn.layout.grid shape(64, 72) tile(2, 12)
  %qt = attn.reorder %q by %l : tensor<1x2x4608x64xbf16> -> tensor<1x2x4608x64xbf16>
  %kt = attn.reorder %k by %l : tensor<1x2x4608x64xbf16> -> tensor<1x2x4608x64xbf16>
  %r = attn.route %kt, %kt : tensor<1x2x4608x64xbf16>, tensor<1x2x4608x64xbf16>
  %a = attn_tile.fold %qt over %r tile(128, 96) scale(0.125) : tensor<1x2x4608x64xbf16> -> tensor<1x2x4608x64xbf16>
  %b = attn_tile.fold %qt over %r tile(128, 128) scale(0.125) : tensor<1x2x4608x64xbf16> -> tensor<1x2x4608x64xbf16>
  %x = attn.restore %a by %l : tensor<1x2x4608x64xbf16> -> tensor<1x2x4608x64xbf16>
  %y = attn.restore %b by %l : tensor<1x2x4608x64xbf16> -> tensor<1x2x4608x64xbf16>
  return %x, %y : tensor<1x2x4608x64xbf16>, tensor<1x2x4608x64xbf16>
}

// Eight heads that read one key head have 16 rows each of a tile: a box of q is as many. Four slots are none of k.
//
// CHECK-LABEL: @heads(
// CHECK: attn.reorder %{{.*}} in_place
// CHECK: attn.reorder %{{.*}} by %{{[0-9a-z]*}} :
func.func @heads(%q: tensor<1x8x4096x64xbf16>, %k: tensor<1x1x4096x64xbf16>) -> tensor<1x8x4096x64xbf16> {
  %l = attn.layout.grid shape(64, 64) tile(4, 4)
  %s = attn.layout.grid shape(64, 64) tile(2, 2)
  %qt = attn.reorder %q by %l : tensor<1x8x4096x64xbf16> -> tensor<1x8x4096x64xbf16>
  %kt = attn.reorder %k by %s : tensor<1x1x4096x64xbf16> -> tensor<1x1x4096x64xbf16>
  %r = attn.route %kt, %kt : tensor<1x1x4096x64xbf16>, tensor<1x1x4096x64xbf16>
  %ot = attn_tile.fold %qt over %r tile(128, 128) scale(0.125) : tensor<1x8x4096x64xbf16> -> tensor<1x8x4096x64xbf16>
  %o = attn.restore %ot by %l : tensor<1x8x4096x64xbf16> -> tensor<1x8x4096x64xbf16>
  return %o : tensor<1x8x4096x64xbf16>
}
