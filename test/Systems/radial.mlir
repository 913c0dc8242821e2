// Radial Attention on a video of T frames of t = H x W tokens: the further two frames are apart, the narrower the
// band of tokens that see each other; then decided per block of 128 x 128 tokens, as its code has it, decay 0.2 and a
// sink frame (Wan2.1). Token i is x = i mod t of frame f = floor(i / t), j is y of g, d = |f - g|, bits(n) the number
// of binary digits of n.
// near(i, j) = g = 0, or |x - y| <= w and d mod max(128 / 2^(bits(t) - bits(d)), 1) = 0,
// w = t if d <= 1, else max(0.2 * 2^(bits(t) - bits(d)), 128),
// visible(i, j) = of the columns of the block of (i, j) that have a near pair, more than 0.6 have more than 1/3 of
// their rows near.
// Both counts in closed form. Frames of 128 tokens or more: a block has rows of f and f + 1, columns of g and g + 1.
// w is 128 or more, or all of t, so that a column has rows of f near from column x - w on, one more with each, and rows
// of f + 1 up to n2 + w, one less with each. Shorter frames: only tokens of one frame, and those of frame 0, are near.
// The condition on d is d 2^bits(t) mod 128 2^bits(d) = 0, the bits below a power of two.
// Chosen: the last block, which the code has padded, counts its own tokens.
// Unconfirmed: the formula that the paper gives; this is the code's. Dense first steps and layers are not here.
//
// Source: Li et al. 2025, Radial Attention (arXiv:2506.19852); the repository mit-han-lab/radial-attention,
// radial_attn/attn_mask.py.
//
// CPU-VARIANTS: v3, v4, v4bf16, amx
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
    %far = arith.constant 1073741824 : index
    %never = arith.constant -1073741824 : index
    // The two blocks: n rows from row on, m columns from column on; where in which frame they begin.
    %t = arith.muli %lines, %columns : index
    %length = attn.length keys
    %row_block = arith.divui %i, %size : index
    %column_block = arith.divui %j, %size : index
    %row = arith.muli %row_block, %size : index
    %column = arith.muli %column_block, %size : index
    %rows_left = arith.subi %length, %row : index
    %columns_left = arith.subi %length, %column : index
    %n = arith.minsi %rows_left, %size : index
    %m = arith.minsi %columns_left, %size : index
    %f = arith.divui %row, %t : index
    %g = arith.divui %column, %t : index
    %f_begin = arith.muli %f, %t : index
    %g_begin = arith.muli %g, %t : index
    %x = arith.subi %row, %f_begin : index
    %y = arith.subi %column, %g_begin : index
    %x_left = arith.subi %t, %x : index
    %y_left = arith.subi %t, %y : index
    %n1 = arith.minsi %x_left, %n : index
    %m1 = arith.minsi %y_left, %m : index
    %n2 = arith.subi %n, %n1 : index
    %m2 = arith.subi %m, %m1 : index
    %u = arith.divui %n, %three : index
    // 2^bits(t); then of frames that are d, d + 1 and d - 1 apart 2^bits(d), the band w, and whether they are kept.
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
    %t_fifth = arith.divui %t_power, %five : index
    %apart = arith.subi %f, %g : index
    %apart_next = arith.addi %apart, %one : index
    %apart_last = arith.subi %apart, %one : index
    %d = math.absi %apart : index
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
    %d_decayed = arith.divui %t_fifth, %d_power : index
    %d_least = arith.maxsi %d_decayed, %size : index
    %d_is_next = arith.cmpi sle, %d, %one : index
    %d_w = arith.select %d_is_next, %t, %d_least : index
    %d_split = arith.muli %d_power, %size : index
    %d_mask = arith.subi %d_split, %one : index
    %d_all = arith.muli %d, %t_power : index
    %d_rest = arith.andi %d_all, %d_mask : index
    %d_is_kept = arith.cmpi eq, %d_rest, %zero : index
    %d_next = math.absi %apart_next : index
    %d_next_far1 = arith.shrui %d_next, %by1 : index
    %d_next_or1 = arith.ori %d_next, %d_next_far1 : index
    %d_next_far2 = arith.shrui %d_next_or1, %by2 : index
    %d_next_or2 = arith.ori %d_next_or1, %d_next_far2 : index
    %d_next_far4 = arith.shrui %d_next_or2, %by4 : index
    %d_next_or4 = arith.ori %d_next_or2, %d_next_far4 : index
    %d_next_far8 = arith.shrui %d_next_or4, %by8 : index
    %d_next_or8 = arith.ori %d_next_or4, %d_next_far8 : index
    %d_next_far16 = arith.shrui %d_next_or8, %by16 : index
    %d_next_or16 = arith.ori %d_next_or8, %d_next_far16 : index
    %d_next_power = arith.addi %d_next_or16, %one : index
    %d_next_decayed = arith.divui %t_fifth, %d_next_power : index
    %d_next_least = arith.maxsi %d_next_decayed, %size : index
    %d_next_is_next = arith.cmpi sle, %d_next, %one : index
    %d_next_w = arith.select %d_next_is_next, %t, %d_next_least : index
    %d_next_split = arith.muli %d_next_power, %size : index
    %d_next_mask = arith.subi %d_next_split, %one : index
    %d_next_all = arith.muli %d_next, %t_power : index
    %d_next_rest = arith.andi %d_next_all, %d_next_mask : index
    %d_next_is_kept = arith.cmpi eq, %d_next_rest, %zero : index
    %d_last = math.absi %apart_last : index
    %d_last_far1 = arith.shrui %d_last, %by1 : index
    %d_last_or1 = arith.ori %d_last, %d_last_far1 : index
    %d_last_far2 = arith.shrui %d_last_or1, %by2 : index
    %d_last_or2 = arith.ori %d_last_or1, %d_last_far2 : index
    %d_last_far4 = arith.shrui %d_last_or2, %by4 : index
    %d_last_or4 = arith.ori %d_last_or2, %d_last_far4 : index
    %d_last_far8 = arith.shrui %d_last_or4, %by8 : index
    %d_last_or8 = arith.ori %d_last_or4, %d_last_far8 : index
    %d_last_far16 = arith.shrui %d_last_or8, %by16 : index
    %d_last_or16 = arith.ori %d_last_or8, %d_last_far16 : index
    %d_last_power = arith.addi %d_last_or16, %one : index
    %d_last_decayed = arith.divui %t_fifth, %d_last_power : index
    %d_last_least = arith.maxsi %d_last_decayed, %size : index
    %d_last_is_next = arith.cmpi sle, %d_last, %one : index
    %d_last_w = arith.select %d_last_is_next, %t, %d_last_least : index
    %d_last_split = arith.muli %d_last_power, %size : index
    %d_last_mask = arith.subi %d_last_split, %one : index
    %d_last_all = arith.muli %d_last, %t_power : index
    %d_last_rest = arith.andi %d_last_all, %d_last_mask : index
    %d_last_is_kept = arith.cmpi eq, %d_last_rest, %zero : index
    %is_cut = arith.cmpi sgt, %n2, %zero : index
    %in1 = arith.cmpi sgt, %n1, %u : index
    %in2 = arith.cmpi sgt, %n2, %u : index
    %x_end = arith.addi %x, %n1 : index
    %y_end = arith.addi %y, %m1 : index
    // Columns of frame g.
    %a_low = arith.subi %x, %d_w : index
    %a_rise = arith.select %d_is_kept, %a_low, %far : index
    %a_end = arith.addi %x_end, %d_w : index
    %a_high = arith.addi %n2, %d_next_w : index
    %a_both = arith.andi %is_cut, %d_next_is_kept : i1
    %a_fall = arith.select %a_both, %a_high, %never : index
    %a_meet = arith.cmpi sle, %a_rise, %a_fall : index
    %a_left_stop = arith.minsi %y_end, %a_fall : index
    %a_left_raw = arith.subi %a_left_stop, %y : index
    %a_left = arith.maxsi %a_left_raw, %zero : index
    %a_right_stop = arith.minsi %y_end, %a_end : index
    %a_right_begin = arith.maxsi %y, %a_rise : index
    %a_right_raw = arith.subi %a_right_stop, %a_right_begin : index
    %a_right = arith.maxsi %a_right_raw, %zero : index
    %a_two = arith.addi %a_left, %a_right : index
    %a_near = arith.select %a_meet, %m1, %a_two : index
    %a_rise_u = arith.addi %a_rise, %u : index
    %a_end_u = arith.subi %a_end, %u : index
    %a_fall_u = arith.subi %a_fall, %u : index
    %a_meet_u = arith.cmpi sle, %a_rise_u, %a_fall : index
    %a_left_to = arith.select %in2, %a_fall_u, %never : index
    %a_right_from = arith.select %in1, %a_rise_u, %far : index
    %a_left_u_stop = arith.minsi %y_end, %a_left_to : index
    %a_left_u_raw = arith.subi %a_left_u_stop, %y : index
    %a_left_u = arith.maxsi %a_left_u_raw, %zero : index
    %a_right_u_stop = arith.minsi %y_end, %a_end_u : index
    %a_right_u_begin = arith.maxsi %y, %a_right_from : index
    %a_right_u_raw = arith.subi %a_right_u_stop, %a_right_u_begin : index
    %a_right_u = arith.maxsi %a_right_u_raw, %zero : index
    %a_two_u = arith.addi %a_left_u, %a_right_u : index
    %a_from = arith.subi %a_rise_u, %n2 : index
    %a_from_any = arith.select %in2, %y, %a_from : index
    %a_to = arith.addi %a_fall_u, %n1 : index
    %a_to_any = arith.select %in1, %y_end, %a_to : index
    %a_one_u_stop = arith.minsi %y_end, %a_to_any : index
    %a_one_u_begin = arith.maxsi %y, %a_from_any : index
    %a_one_u_raw = arith.subi %a_one_u_stop, %a_one_u_begin : index
    %a_one_u = arith.maxsi %a_one_u_raw, %zero : index
    %a_dense = arith.select %a_meet_u, %a_one_u, %a_two_u : index
    // Columns of frame g + 1.
    %b_low = arith.subi %x, %d_last_w : index
    %b_rise = arith.select %d_last_is_kept, %b_low, %far : index
    %b_end = arith.addi %x_end, %d_last_w : index
    %b_high = arith.addi %n2, %d_w : index
    %b_both = arith.andi %is_cut, %d_is_kept : i1
    %b_fall = arith.select %b_both, %b_high, %never : index
    %b_meet = arith.cmpi sle, %b_rise, %b_fall : index
    %b_left_stop = arith.minsi %m2, %b_fall : index
    %b_left = arith.maxsi %b_left_stop, %zero : index
    %b_right_stop = arith.minsi %m2, %b_end : index
    %b_right_begin = arith.maxsi %zero, %b_rise : index
    %b_right_raw = arith.subi %b_right_stop, %b_right_begin : index
    %b_right = arith.maxsi %b_right_raw, %zero : index
    %b_two = arith.addi %b_left, %b_right : index
    %b_near = arith.select %b_meet, %m2, %b_two : index
    %b_rise_u = arith.addi %b_rise, %u : index
    %b_end_u = arith.subi %b_end, %u : index
    %b_fall_u = arith.subi %b_fall, %u : index
    %b_meet_u = arith.cmpi sle, %b_rise_u, %b_fall : index
    %b_left_to = arith.select %in2, %b_fall_u, %never : index
    %b_right_from = arith.select %in1, %b_rise_u, %far : index
    %b_left_u_stop = arith.minsi %m2, %b_left_to : index
    %b_left_u = arith.maxsi %b_left_u_stop, %zero : index
    %b_right_u_stop = arith.minsi %m2, %b_end_u : index
    %b_right_u_begin = arith.maxsi %zero, %b_right_from : index
    %b_right_u_raw = arith.subi %b_right_u_stop, %b_right_u_begin : index
    %b_right_u = arith.maxsi %b_right_u_raw, %zero : index
    %b_two_u = arith.addi %b_left_u, %b_right_u : index
    %b_from = arith.subi %b_rise_u, %n2 : index
    %b_from_any = arith.select %in2, %zero, %b_from : index
    %b_to = arith.addi %b_fall_u, %n1 : index
    %b_to_any = arith.select %in1, %m2, %b_to : index
    %b_one_u_stop = arith.minsi %m2, %b_to_any : index
    %b_one_u_begin = arith.maxsi %zero, %b_from_any : index
    %b_one_u_raw = arith.subi %b_one_u_stop, %b_one_u_begin : index
    %b_one_u = arith.maxsi %b_one_u_raw, %zero : index
    %b_dense = arith.select %b_meet_u, %b_one_u, %b_two_u : index
    %a_is_sink = arith.cmpi eq, %g, %zero : index
    %a_near_all = arith.select %a_is_sink, %m1, %a_near : index
    %a_dense_all = arith.select %a_is_sink, %m1, %a_dense : index
    %long_near = arith.addi %a_near_all, %b_near : index
    %long_dense = arith.addi %a_dense_all, %b_dense : index
    // Frames shorter than a block see themselves and frame 0; a block has some whole frames and parts of two.
    %is_first = arith.cmpi eq, %column, %zero : index
    %first0 = arith.minsi %t, %m : index
    %first = arith.select %is_first, %first0, %zero : index
    %whole = arith.divui %n2, %t : index
    %whole_tokens = arith.muli %whole, %t : index
    %last_part = arith.subi %n2, %whole_tokens : index
    %frame_is_dense = arith.cmpi sgt, %t, %u : index
    %last_is_dense = arith.cmpi sgt, %last_part, %u : index
    %part_dense = arith.select %in1, %n1, %zero : index
    %whole_dense = arith.select %frame_is_dense, %whole_tokens, %zero : index
    %last_dense = arith.select %last_is_dense, %last_part, %zero : index
    %own_dense0 = arith.addi %part_dense, %whole_dense : index
    %own_dense = arith.addi %own_dense0, %last_dense : index
    // Two blocks that are neighbours may share a frame: some tokens of it before, some behind their border.
    %is_right = arith.cmpi sgt, %column, %row : index
    %before = arith.select %is_right, %y, %x : index
    %border_left = arith.select %is_right, %columns_left, %rows_left : index
    %rest_of_frame = arith.subi %t, %before : index
    %behind = arith.minsi %rest_of_frame, %border_left : index
    %block_apart0 = arith.subi %row_block, %column_block : index
    %block_apart1 = arith.subi %column_block, %row_block : index
    %block_apart = arith.maxsi %block_apart0, %block_apart1 : index
    %is_neighbour = arith.cmpi eq, %block_apart, %one : index
    %is_shared0 = arith.cmpi sgt, %before, %zero : index
    %is_shared = arith.andi %is_neighbour, %is_shared0 : i1
    %shared_rows = arith.select %is_right, %before, %behind : index
    %shared_columns0 = arith.select %is_right, %behind, %before : index
    %shared_columns = arith.select %is_shared, %shared_columns0, %zero : index
    %shared_is_dense = arith.cmpi sgt, %shared_rows, %u : index
    %shared_dense = arith.select %shared_is_dense, %shared_columns, %zero : index
    %other_near = arith.addi %first, %shared_columns : index
    %other_dense = arith.addi %first, %shared_dense : index
    %is_own = arith.cmpi eq, %row_block, %column_block : index
    %short_near = arith.select %is_own, %m, %other_near : index
    %short_dense = arith.select %is_own, %own_dense, %other_dense : index
    %is_short = arith.cmpi slt, %t, %size : index
    %near = arith.select %is_short, %short_near, %long_near : index
    %dense = arith.select %is_short, %short_dense, %long_dense : index
    %dense_share = arith.muli %dense, %five : index
    %near_share = arith.muli %near, %three : index
    %seen = arith.cmpi sgt, %dense_share, %near_share : index
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
