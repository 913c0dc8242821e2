// Radial Attention on a video of T frames of t = H x W tokens: the further two frames are apart, the narrower the
// band of tokens that see each other; then decided per block of 128 x 128, as its code has it, decay 0.2 and a sink
// frame (Wan2.1). Token i is x = i mod t of frame f = floor(i / t), j is y of g, d = |f - g|, bits(n) the number of
// binary digits of n.
// near(i, j) = g = 0, or |x - y| <= w and d mod max(128 / 2^(bits(t) - bits(d)), 1) = 0,
// w = t if d <= 1, else max(0.2 * 2^(bits(t) - bits(d)), 128),
// visible(i, j) = of the columns of the block of (i, j) that have a near pair, more than 0.6 have more than 1/3 of
// their rows near.
// w is 128 or more, or all of t, so in a block of two frames one diagonal cuts off what is not near. With n rows and m
// columns, the block's first column e right of its first row (or left, e < 0), a = (n if e >= 0 else m) + w - |e|:
// clamp(a, 0, m) columns have a near pair, clamp(a - floor(n / 3), 0, m) have more than 1/3.
// The last condition on d is d 2^bits(t) mod 128 2^bits(d) = 0, the bits below a power of two.
// Chosen: the code cuts blocks from all T t tokens, here each frame has its own. It is the same where 128 divides t;
// elsewhere the last blocks of a frame are smaller, not shared with the next frame.
// Unconfirmed: the formula that the paper gives; this is the code's. Dense first steps and layers are not here.
//
// Source: Li et al. 2025, Radial Attention (arXiv:2506.19852); the repository mit-han-lab/radial-attention,
// radial_attn/attn_mask.py.
//
// RUN: %python %S/Inputs/systems.py %s --work=%t | FileCheck %S/Inputs/systems.txt
func.func @main(
    %q: tensor<?x4x?x?x?x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "T", "H", "W", "D"]},
    %k: tensor<?x4x?x?x?x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "T", "H", "W", "D"]},
    %v: tensor<?x4x?x?x?x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "T", "H", "W", "D"]})
    -> (tensor<?x4x?x?x?x64xf32> {attn.name = "o"}, tensor<?x4x?x?x?xf32> {attn.name = "lse"}) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %batch = tensor.dim %q, %c0 : tensor<?x4x?x?x?x64xf32>
  %frames = tensor.dim %q, %c2 : tensor<?x4x?x?x?x64xf32>
  %height = tensor.dim %q, %c3 : tensor<?x4x?x?x?x64xf32>
  %width = tensor.dim %q, %c4 : tensor<?x4x?x?x?x64xf32>
  %queries = tensor.collapse_shape %q [[0], [1], [2, 3, 4], [5]] : tensor<?x4x?x?x?x64xf32> into tensor<?x4x?x64xf32>
  %tokens = tensor.collapse_shape %k [[0], [1], [2, 3, 4], [5]] : tensor<?x4x?x?x?x64xf32> into tensor<?x4x?x64xf32>
  %values = tensor.collapse_shape %v [[0], [1], [2, 3, 4], [5]] : tensor<?x4x?x?x?x64xf32> into tensor<?x4x?x64xf32>
  %mask = attn.mask.free (%height, %width : index, index) {
  ^bb0(%b: index, %h: index, %i: index, %j: index, %lines: index, %columns: index):
    %zero = arith.constant 0 : index
    %one = arith.constant 1 : index
    %three = arith.constant 3 : index
    %five = arith.constant 5 : index
    %by1 = arith.constant 1 : index
    %by2 = arith.constant 2 : index
    %by4 = arith.constant 4 : index
    %by8 = arith.constant 8 : index
    %by16 = arith.constant 16 : index
    %size = arith.constant 128 : index
    %t = arith.muli %lines, %columns : index
    %f = arith.divui %i, %t : index
    %x = arith.remui %i, %t : index
    %g = arith.divui %j, %t : index
    %y = arith.remui %j, %t : index
    %behind = arith.maxsi %f, %g : index
    %before = arith.minsi %f, %g : index
    %d = arith.subi %behind, %before : index
    %t_far1 = arith.shrui %t, %by1 : index
    %t_or1 = arith.ori %t, %t_far1 : index
    %t_far2 = arith.shrui %t_or1, %by2 : index
    %t_or2 = arith.ori %t_or1, %t_far2 : index
    %t_far4 = arith.shrui %t_or2, %by4 : index
    %t_or4 = arith.ori %t_or2, %t_far4 : index
    %t_far8 = arith.shrui %t_or4, %by8 : index
    %t_or8 = arith.ori %t_or4, %t_far8 : index
    %t_far16 = arith.shrui %t_or8, %by16 : index
    %t_or16 = arith.ori %t_or8, %t_far16 : index
    %t_power = arith.addi %t_or16, %one : index
    %d_far1 = arith.shrui %d, %by1 : index
    %d_or1 = arith.ori %d, %d_far1 : index
    %d_far2 = arith.shrui %d_or1, %by2 : index
    %d_or2 = arith.ori %d_or1, %d_far2 : index
    %d_far4 = arith.shrui %d_or2, %by4 : index
    %d_or4 = arith.ori %d_or2, %d_far4 : index
    %d_far8 = arith.shrui %d_or4, %by8 : index
    %d_or8 = arith.ori %d_or4, %d_far8 : index
    %d_far16 = arith.shrui %d_or8, %by16 : index
    %d_or16 = arith.ori %d_or8, %d_far16 : index
    %d_power = arith.addi %d_or16, %one : index
    %t_fifth = arith.divui %t_power, %five : index
    %decayed = arith.divui %t_fifth, %d_power : index
    %band = arith.maxsi %decayed, %size : index
    %is_next = arith.cmpi sle, %d, %one : index
    %w = arith.select %is_next, %t, %band : index
    %d_split = arith.muli %d_power, %size : index
    %d_mask = arith.subi %d_split, %one : index
    %d_all = arith.muli %d, %t_power : index
    %d_rest = arith.andi %d_all, %d_mask : index
    %is_kept = arith.cmpi eq, %d_rest, %zero : index
    %row_block = arith.divui %x, %size : index
    %column_block = arith.divui %y, %size : index
    %row = arith.muli %row_block, %size : index
    %column = arith.muli %column_block, %size : index
    %rows_left = arith.subi %t, %row : index
    %columns_left = arith.subi %t, %column : index
    %n = arith.minsi %rows_left, %size : index
    %m = arith.minsi %columns_left, %size : index
    %right = arith.maxsi %row, %column : index
    %left = arith.minsi %row, %column : index
    %e = arith.subi %right, %left : index
    %is_right = arith.cmpi sge, %column, %row : index
    %side = arith.select %is_right, %n, %m : index
    %reach = arith.addi %side, %w : index
    %a = arith.subi %reach, %e : index
    %third = arith.divui %n, %three : index
    %a_dense = arith.subi %a, %third : index
    %near_least = arith.maxsi %a, %zero : index
    %near = arith.minsi %near_least, %m : index
    %dense_least = arith.maxsi %a_dense, %zero : index
    %dense = arith.minsi %dense_least, %m : index
    %dense_share = arith.muli %dense, %five : index
    %near_share = arith.muli %near, %three : index
    %is_dense = arith.cmpi sgt, %dense_share, %near_share : index
    %in_band = arith.andi %is_kept, %is_dense : i1
    %is_sink = arith.cmpi eq, %g, %zero : index
    %seen = arith.ori %in_band, %is_sink : i1
    attn.yield %seen : i1
  }
  %keys = attn.stream %tokens, %values mask %mask : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %rows, %sums = attn.attend %queries over %keys : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  %o = tensor.expand_shape %rows [[0], [1], [2, 3, 4], [5]] output_shape [%batch, 4, %frames, %height, %width, 64]
      : tensor<?x4x?x64xf32> into tensor<?x4x?x?x?x64xf32>
  %lse = tensor.expand_shape %sums [[0], [1], [2, 3, 4]] output_shape [%batch, 4, %frames, %height, %width]
      : tensor<?x4x?xf32> into tensor<?x4x?x?x?xf32>
  return %o, %lse : tensor<?x4x?x?x?x64xf32>, tensor<?x4x?x?x?xf32>
}
