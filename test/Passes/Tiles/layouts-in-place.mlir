// RUN: attn-opt %s --attn-layouts-in-place --attn-verify-stage=stage=tiles | FileCheck %s

// Kernels of the CPU find tokens through layouts, one by one. Those of a GPU: layouts-in-boxes.mlir.
module attributes {attn.target = #attn.target<"cpu", {reads_in_place = 1 : i64, writes_in_place = 1 : i64}>} {

// All of q, k, v, out and lse.
//
// CHECK-LABEL: @windows
// CHECK-COUNT-3: attn.reorder {{.*}} in_place
// CHECK: attn_tile.fold
// CHECK-COUNT-2: attn.restore {{.*}} in_place
func.func @windows(%q: tensor<1x2x64x16xf32>, %k: tensor<1x2x64x16xf32>, %v: tensor<1x2x64x16xf32>)
    -> (tensor<1x2x64x16xf32>, tensor<1x2x64xf32>) {
  %l = attn.layout.grid shape(8, 8) tile(4, 4)
  %qt = attn.reorder %q by %l : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %kt = attn.reorder %k by %l : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %vt = attn.reorder %v by %l : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %r = attn.route %kt, %vt : tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>
  %ot, %lt = attn_tile.fold %qt over %r tile(16, 16) scale(0.25) : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>, tensor<1x2x64xf32>
  %o = attn.restore %ot by %l : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %lse = attn.restore %lt by %l : tensor<1x2x64xf32> -> tensor<1x2x64xf32>
  return %o, %lse : tensor<1x2x64x16xf32>, tensor<1x2x64xf32>
}

// One tensor that is q, k and v of several folds.
//
// CHECK-LABEL: @twice
// CHECK-COUNT-1: attn.reorder {{.*}} in_place
// CHECK-COUNT-2: attn.restore {{.*}} in_place
func.func @twice(%q: tensor<1x2x64x16xf32>) -> (tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>) {
  %l = attn.layout.grid shape(8, 8) tile(4, 4)
  %t = attn.reorder %q by %l : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %r = attn.route %t, %t : tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>
  %a = attn_tile.fold %t over %r tile(16, 16) scale(0.25) : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %b = attn_tile.fold %t over %r tile(16, 16) scale(0.5) : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %x = attn.restore %a by %l : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %y = attn.restore %b by %l : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  return %x, %y : tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>
}

// A state takes the result in the order of slots, and a merge makes one of which no kernel of a fold writes the rows:
// copies. What folds alone take is in place beside them.
//
// CHECK-LABEL: @merged
// CHECK: attn.reorder {{.*}} in_place
// CHECK-NOT: in_place
// CHECK: return
func.func @merged(%q: tensor<1x2x64x16xf32>) -> (tensor<1x2x64x16xf32>, tensor<1x2x64xf32>, tensor<1x2x64x16xf32>) {
  %l = attn.layout.grid shape(8, 8) tile(4, 4)
  %t = attn.reorder %q by %l : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %r = attn.route %t, %t : tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>
  %a, %la = attn_tile.fold %t over %r tile(16, 16) scale(0.25) : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>, tensor<1x2x64xf32>
  %s = attn.state %a, %la : tensor<1x2x64x16xf32>, tensor<1x2x64xf32>
  %mt = attn_tile.merge %s, %s rows(16) : tensor<1x2x64x16xf32>
  %m = attn.restore %mt by %l : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %o = attn.restore %a by %l : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %lse = attn.restore %la by %l : tensor<1x2x64xf32> -> tensor<1x2x64xf32>
  return %o, %lse, %m : tensor<1x2x64x16xf32>, tensor<1x2x64xf32>, tensor<1x2x64x16xf32>
}

// A state takes the reordered tensor itself.
//
// CHECK-LABEL: @state
// CHECK: attn.reorder %{{.*}} by %{{[0-9a-z]*}} :
func.func @state(%q: tensor<1x2x64x16xf32>) -> tensor<1x2x64x16xf32> {
  %l = attn.layout.grid shape(8, 8) tile(4, 4)
  %t = attn.reorder %q by %l : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %r = attn.route %t, %t : tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>
  %a, %la = attn_tile.fold %t over %r tile(16, 16) scale(0.25) : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>, tensor<1x2x64xf32>
  %s = attn.state %t, %la : tensor<1x2x64x16xf32>, tensor<1x2x64xf32>
  %ot = attn_tile.fold %t over %r from %s tile(16, 16) scale(0.25) : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  %o = attn.restore %ot by %l : tensor<1x2x64x16xf32> -> tensor<1x2x64x16xf32>
  return %o : tensor<1x2x64x16xf32>
}
}
