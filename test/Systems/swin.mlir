// Swin, shifted window attention (SW-MSA) on a grid of H x W tokens: windows of M x M = 7 x 7 of an image that
// was rolled by floor(M / 2) = 3 up and left; of a window only tokens see each other that were neighbours
// before the roll. In the coordinates before the roll these are windows whose edges are at 3, 10, 17, ...:
// group(y) = floor((y + 4) / 7) on an axis of more than 7 tokens, else 0,
// visible(i, j) = group(yi) == group(yj) and group(xi) == group(xj), token i at y = i / W, x = i % W.
// The model pads images to multiples of 7; here windows at the rim are smaller. The relative position bias
// is a program of its own (swin-bias.mlir). Windows that are not shifted: group(y) = floor(y / 7).
//
// Source: Liu et al. 2021, Swin Transformer (arXiv:2103.14030), section 3.2; the repository
// microsoft/Swin-Transformer.
//
// CPU-VARIANTS: v3, v4, v4bf16, amx
// RUN: %python %S/Inputs/systems.py %s --work=%t | FileCheck %S/Inputs/systems.txt
func.func @main(
    %q: tensor<?x4x?x?x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "H", "W", "D"]},
    %k: tensor<?x4x?x?x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "H", "W", "D"]},
    %v: tensor<?x4x?x?x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "H", "W", "D"]})
    -> (tensor<?x4x?x?x64xf32> {attn.name = "o"}, tensor<?x4x?x?xf32> {attn.name = "lse"}) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %batch = tensor.dim %q, %c0 : tensor<?x4x?x?x64xf32>
  %height = tensor.dim %q, %c2 : tensor<?x4x?x?x64xf32>
  %width = tensor.dim %q, %c3 : tensor<?x4x?x?x64xf32>
  %queries = tensor.collapse_shape %q [[0], [1], [2, 3], [4]] : tensor<?x4x?x?x64xf32> into tensor<?x4x?x64xf32>
  %tokens = tensor.collapse_shape %k [[0], [1], [2, 3], [4]] : tensor<?x4x?x?x64xf32> into tensor<?x4x?x64xf32>
  %values = tensor.collapse_shape %v [[0], [1], [2, 3], [4]] : tensor<?x4x?x?x64xf32> into tensor<?x4x?x64xf32>
  %mask = attn.mask.free (%height, %width : index, index) {
  ^bb0(%b: index, %h: index, %i: index, %j: index, %lines: index, %columns: index):
    %zero = arith.constant 0 : index
    %window = arith.constant 7 : index
    %rest = arith.constant 4 : index
    %is_tall = arith.cmpi sgt, %lines, %window : index
    %is_wide = arith.cmpi sgt, %columns, %window : index
    %down = arith.select %is_tall, %rest, %zero : index
    %right = arith.select %is_wide, %rest, %zero : index
    %yi = arith.divui %i, %columns : index
    %xi = arith.remui %i, %columns : index
    %yj = arith.divui %j, %columns : index
    %xj = arith.remui %j, %columns : index
    %yi_moved = arith.addi %yi, %down : index
    %xi_moved = arith.addi %xi, %right : index
    %yj_moved = arith.addi %yj, %down : index
    %xj_moved = arith.addi %xj, %right : index
    %yi_window = arith.divui %yi_moved, %window : index
    %xi_window = arith.divui %xi_moved, %window : index
    %yj_window = arith.divui %yj_moved, %window : index
    %xj_window = arith.divui %xj_moved, %window : index
    %same_y = arith.cmpi eq, %yi_window, %yj_window : index
    %same_x = arith.cmpi eq, %xi_window, %xj_window : index
    %same = arith.andi %same_y, %same_x : i1
    attn.yield %same : i1
  }
  %keys = attn.stream %tokens, %values mask %mask : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %rows, %sums = attn.attend %queries over %keys : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  %o = tensor.expand_shape %rows [[0], [1], [2, 3], [4]] output_shape [%batch, 4, %height, %width, 64]
      : tensor<?x4x?x64xf32> into tensor<?x4x?x?x64xf32>
  %lse = tensor.expand_shape %sums [[0], [1], [2, 3]] output_shape [%batch, 4, %height, %width]
      : tensor<?x4x?xf32> into tensor<?x4x?x?xf32>
  return %o, %lse : tensor<?x4x?x?x64xf32>, tensor<?x4x?x?xf32>
}
