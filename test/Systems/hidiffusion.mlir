// HiDiffusion, MSW-MSA: windows of half the height and half the width, rolled.
// h = ceil(H / 2), w = ceil(W / 2), token i at y = i / W, x = i % W,
// group(i) = 2 floor(((y - shift (h / 4)) mod H) / h) + floor(((x - shift (w / 4)) mod W) / w),
// visible(i, j) = group(i) == group(j); tokens that the roll brings together see each other.
// shift, drawn from 0 .. 3 by the model, is the first of them: 0. The model resizes images of odd
// sizes; here their second window is smaller by one.
//
// Source: Zhang et al. 2023, HiDiffusion (arXiv:2311.17528), section 3.3; the repository
// megvii-research/HiDiffusion.
//
// CPU-VARIANTS: v3, v4, v4bf16, amx
// RUN: %python %S/Inputs/systems.py %s --work=%t | FileCheck %S/Inputs/systems.txt
func.func @main(
    %q: tensor<?x4x?x?x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "H", "W", "D"]},
    %k: tensor<?x4x?x?x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "H", "W", "D"]},
    %v: tensor<?x4x?x?x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "H", "W", "D"]})
    -> (tensor<?x4x?x?x64xf32> {attn.name = "o"}, tensor<?x4x?x?xf32> {attn.name = "lse"}) {
  %shift = arith.constant 0 : index
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %batch = tensor.dim %q, %c0 : tensor<?x4x?x?x64xf32>
  %height = tensor.dim %q, %c2 : tensor<?x4x?x?x64xf32>
  %width = tensor.dim %q, %c3 : tensor<?x4x?x?x64xf32>
  %queries = tensor.collapse_shape %q [[0], [1], [2, 3], [4]] : tensor<?x4x?x?x64xf32> into tensor<?x4x?x64xf32>
  %tokens = tensor.collapse_shape %k [[0], [1], [2, 3], [4]] : tensor<?x4x?x?x64xf32> into tensor<?x4x?x64xf32>
  %values = tensor.collapse_shape %v [[0], [1], [2, 3], [4]] : tensor<?x4x?x?x64xf32> into tensor<?x4x?x64xf32>
  %mask = attn.mask.free (%height, %width, %shift : index, index, index) {
  ^bb0(%b: index, %h: index, %i: index, %j: index, %rows: index, %columns: index, %times: index):
    %two = arith.constant 2 : index
    %four = arith.constant 4 : index
    %tall = arith.ceildivui %rows, %two : index
    %wide = arith.ceildivui %columns, %two : index
    %quarter_y = arith.divui %tall, %four : index
    %quarter_x = arith.divui %wide, %four : index
    %dy = arith.muli %quarter_y, %times : index
    %dx = arith.muli %quarter_x, %times : index
    %up = arith.subi %rows, %dy : index
    %left = arith.subi %columns, %dx : index
    %yi = arith.divui %i, %columns : index
    %xi = arith.remui %i, %columns : index
    %yj = arith.divui %j, %columns : index
    %xj = arith.remui %j, %columns : index
    %yi_rolled = arith.addi %yi, %up : index
    %xi_rolled = arith.addi %xi, %left : index
    %yj_rolled = arith.addi %yj, %up : index
    %xj_rolled = arith.addi %xj, %left : index
    %yi_wrapped = arith.remui %yi_rolled, %rows : index
    %xi_wrapped = arith.remui %xi_rolled, %columns : index
    %yj_wrapped = arith.remui %yj_rolled, %rows : index
    %xj_wrapped = arith.remui %xj_rolled, %columns : index
    %yi_window = arith.divui %yi_wrapped, %tall : index
    %xi_window = arith.divui %xi_wrapped, %wide : index
    %yj_window = arith.divui %yj_wrapped, %tall : index
    %xj_window = arith.divui %xj_wrapped, %wide : index
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
