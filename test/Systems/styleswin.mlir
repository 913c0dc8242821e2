// StyleSwin, double attention on a grid of H x W tokens: the first half of the heads in windows of w x w = 8 x 8,
// the second half in windows of an image that was rolled by w / 2 = 4 up and left, where of a window only
// tokens see each other that were neighbours before the roll. In the coordinates before the roll:
// group(y) = floor(y / 8), for heads 2 and 3 on an axis of more than 8 tokens floor((y + 4) / 8),
// visible(i, j) = group(yi) == group(yj) and group(xi) == group(xj), token i at y = i / W, x = i % W.
// The model has w = 4 for a grid of 4 x 4 (one window, as here) and adds -100 where a key is masked here.
// Sizes that windows do not divide, which it has not, give smaller windows at the rim. The entry's formula
// has no relative position bias table, and there is none here.
//
// Source: Zhang et al. 2022, StyleSwin (arXiv:2112.10762); the repository microsoft/StyleSwin,
// models/generator.py.
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
    %half = arith.constant 2 : index
    %window = arith.constant 8 : index
    %rest = arith.constant 4 : index
    %is_rolled = arith.cmpi sge, %h, %half : index
    %is_tall = arith.cmpi sgt, %lines, %window : index
    %is_wide = arith.cmpi sgt, %columns, %window : index
    %rolls_down = arith.andi %is_rolled, %is_tall : i1
    %rolls_right = arith.andi %is_rolled, %is_wide : i1
    %down = arith.select %rolls_down, %rest, %zero : index
    %right = arith.select %rolls_right, %rest, %zero : index
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
