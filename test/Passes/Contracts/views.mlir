// RUN: attn-opt %s --split-input-file --verify-diagnostics --attn-verify-stage=stage=input

// What boundary-C6 allows.
func.func @legal(%q: tensor<?x4xf32> {attn.shape = ["L", "D"]}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %l = tensor.dim %q, %c0 : tensor<?x4xf32>
  %d = tensor.dim %q, %c1 : tensor<?x4xf32>
  %m = attn.mask.free (%l, %d, %c1 : index, index, index) {
  ^bb0(%b: index, %h: index, %i: index, %j: index, %x: index, %y: index, %z: index):
    %v = arith.cmpi slt, %x, %y : index
    attn.yield %v : i1
  }
  return
}

// -----

// What boundary-C7 and boundary-C8 allow.
func.func @legal_views(%q: tensor<?x4x?x?x64xf32> {attn.shape = ["B", "Hq", "H", "W", "D"]}, %t: tensor<3x?x?xi32> {attn.shape = ["C", "H", "W"]})
    -> (tensor<?x4x?x?x64xf32>, tensor<?x4x?x?xf32>) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %b = tensor.dim %q, %c0 : tensor<?x4x?x?x64xf32>
  %h = tensor.dim %q, %c2 : tensor<?x4x?x?x64xf32>
  %w = tensor.dim %q, %c3 : tensor<?x4x?x?x64xf32>
  %table = tensor.collapse_shape %t [[0, 1, 2]] : tensor<3x?x?xi32> into tensor<?xi32>
  %p = attn.mask.prefix %table : tensor<?xi32>
  %f = tensor.collapse_shape %q [[0], [1], [2, 3], [4]] : tensor<?x4x?x?x64xf32> into tensor<?x4x?x64xf32>
  %s = attn.stream %f, %f mask %p : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o, %lse = attn.attend %f over %s : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  %0 = tensor.expand_shape %o [[0], [1], [2, 3], [4]] output_shape [%b, 4, %h, %w, 64] : tensor<?x4x?x64xf32> into tensor<?x4x?x?x64xf32>
  %1 = tensor.expand_shape %lse [[0], [1], [2, 3]] output_shape [%b, 4, %h, %w] : tensor<?x4x?xf32> into tensor<?x4x?x?xf32>
  return %0, %1 : tensor<?x4x?x?x64xf32>, tensor<?x4x?x?xf32>
}

// -----

// The example of dialect/README.md.
func.func @documented(%q: tensor<?x4x?x?x64xf32> {attn.shape = ["B", "Hq", "H", "W", "D"]}) {
  %c3 = arith.constant 3 : index
  %w = tensor.dim %q, %c3 : tensor<?x4x?x?x64xf32>
  %queries = tensor.collapse_shape %q [[0], [1], [2, 3], [4]] : tensor<?x4x?x?x64xf32> into tensor<?x4x?x64xf32>
  %rows = attn.mask.free (%w : index) {
  ^bb0(%b: index, %h: index, %i: index, %j: index, %width: index):
    %yi = arith.divui %i, %width : index
    %yj = arith.divui %j, %width : index
    %same = arith.cmpi eq, %yi, %yj : index
    attn.yield %same : i1
  }
  return
}
