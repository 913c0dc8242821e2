// MaxViT on a grid of H x W tokens: block attention in windows of P x P = 7 x 7, then, of its result, grid attention
// among G x G = 7 x 7 tokens that are H / G and W / G apart. Both with a relative position bias,
// s + T[h, r(yi) - r(yj) + 6, r(xi) - r(xj) + 6], token i at y = i / W, x = i % W.
// block: x = attention(q, k, v), visible(i, j) = floor(yi / 7) == floor(yj / 7), as xi and xj; r(y) = y mod 7
// grid: o = attention(x, x, x), with d = ceil(H / 7) (ceil(W / 7) along x): visible(i, j) = yi mod d == yj mod d,
// as xi and xj; r(y) = floor(y / d). lse is of the second.
// In the first attention tokens stand in the order of the windows (the layout), and a window is a tile.
// T f32[Hq, 2 P - 1, 2 P - 1]: the entry's function has one table, so both attentions have the same. The layers
// between the two are not here. The model has sizes that 7 divides; here windows at the rim are smaller, and
// sets have up to 7 x 7 members.
//
// Source: Tu et al. 2022, MaxViT (arXiv:2204.01697), section 3.2; the repository google-research/maxvit.
//
// CPU-VARIANTS: v3, v4, v4bf16, amx
// RUN: %python %S/Inputs/systems.py %s --work=%t | FileCheck %S/Inputs/systems.txt
func.func @main(
    %q: tensor<?x4x?x?x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "H", "W", "D"]},
    %k: tensor<?x4x?x?x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "H", "W", "D"]},
    %v: tensor<?x4x?x?x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "H", "W", "D"]},
    %T: tensor<4x13x13xf32> {attn.name = "T", attn.shape = ["Hq", "R", "R"]})
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
  %blocks = attn.mask.neighborhood shape(%height, %width) window(7, 7) stride(7, 7) edge(shrink)
  %order = attn.layout.grid shape(%height, %width) tile(7, 7)
  %q_blocks = attn.reorder %queries by %order : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  %k_blocks = attn.reorder %tokens by %order : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  %v_blocks = attn.reorder %values by %order : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  %inside = attn.stream %k_blocks, %v_blocks mask %blocks : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %x_blocks = attn.attend %q_blocks over %inside score(%T, %height, %width : tensor<4x13x13xf32>, index, index) {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %t: tensor<4x13x13xf32>, %lines: index, %columns: index):
    %window = arith.constant 7 : index
    %last = arith.constant 6 : index
    %yi = arith.divui %i, %columns : index
    %xi = arith.remui %i, %columns : index
    %yj = arith.divui %j, %columns : index
    %xj = arith.remui %j, %columns : index
    %yi_in = arith.remui %yi, %window : index
    %xi_in = arith.remui %xi, %window : index
    %yj_in = arith.remui %yj, %window : index
    %xj_in = arith.remui %xj, %window : index
    %dy = arith.subi %yi_in, %yj_in : index
    %dx = arith.subi %xi_in, %xj_in : index
    %down = arith.addi %dy, %last : index
    %right = arith.addi %dx, %last : index
    %bias = attn.read %t[%h, %down, %right] : tensor<4x13x13xf32>
    %y = arith.addf %s, %bias : f32
    attn.yield %y : f32
  } : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  %x = attn.restore %x_blocks by %order : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  %sets = attn.mask.free (%height, %width : index, index) {
  ^bb0(%b: index, %h: index, %i: index, %j: index, %lines: index, %columns: index):
    %members = arith.constant 7 : index
    %apart_y = arith.ceildivui %lines, %members : index
    %apart_x = arith.ceildivui %columns, %members : index
    %yi = arith.divui %i, %columns : index
    %xi = arith.remui %i, %columns : index
    %yj = arith.divui %j, %columns : index
    %xj = arith.remui %j, %columns : index
    %yi_rest = arith.remui %yi, %apart_y : index
    %xi_rest = arith.remui %xi, %apart_x : index
    %yj_rest = arith.remui %yj, %apart_y : index
    %xj_rest = arith.remui %xj, %apart_x : index
    %same_y = arith.cmpi eq, %yi_rest, %yj_rest : index
    %same_x = arith.cmpi eq, %xi_rest, %xj_rest : index
    %same = arith.andi %same_y, %same_x : i1
    attn.yield %same : i1
  }
  %across = attn.stream %x, %x mask %sets : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %rows, %sums = attn.attend %x over %across score(%T, %height, %width : tensor<4x13x13xf32>, index, index) {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %t: tensor<4x13x13xf32>, %lines: index, %columns: index):
    %window = arith.constant 7 : index
    %last = arith.constant 6 : index
    %yi = arith.divui %i, %columns : index
    %xi = arith.remui %i, %columns : index
    %yj = arith.divui %j, %columns : index
    %xj = arith.remui %j, %columns : index
    %apart_y = arith.ceildivui %lines, %window : index
    %apart_x = arith.ceildivui %columns, %window : index
    %zero = arith.constant 0 : index
    %top = arith.constant 12 : index
    %yi_number = arith.divui %yi, %apart_y : index
    %xi_number = arith.divui %xi, %apart_x : index
    %yj_number = arith.divui %yj, %apart_y : index
    %xj_number = arith.divui %xj, %apart_x : index
    %dy = arith.subi %yi_number, %yj_number : index
    %dx = arith.subi %xi_number, %xj_number : index
    %dy_raw = arith.addi %dy, %last : index
    %dx_raw = arith.addi %dx, %last : index
    %dy_least = arith.maxsi %dy_raw, %zero : index
    %dx_least = arith.maxsi %dx_raw, %zero : index
    %down = arith.minsi %dy_least, %top : index
    %right = arith.minsi %dx_least, %top : index
    %bias = attn.read %t[%h, %down, %right] : tensor<4x13x13xf32>
    %y = arith.addf %s, %bias : f32
    attn.yield %y : f32
  } : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  %o = tensor.expand_shape %rows [[0], [1], [2, 3], [4]] output_shape [%batch, 4, %height, %width, 64]
      : tensor<?x4x?x64xf32> into tensor<?x4x?x?x64xf32>
  %lse = tensor.expand_shape %sums [[0], [1], [2, 3]] output_shape [%batch, 4, %height, %width]
      : tensor<?x4x?xf32> into tensor<?x4x?x?xf32>
  return %o, %lse : tensor<?x4x?x?x64xf32>, tensor<?x4x?x?xf32>
}
