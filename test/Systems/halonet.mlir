// HaloNet's local attention on a grid of H x W tokens: blocks of b x b = 8 x 8 queries share the keys of the block
// enlarged by a halo of h = 3 on every side, 14 x 14. Beside the image stand zeros that take part: keys with
// logit 0 and value 0. With token i at y = i / W, x = i % W, first(y) = 8 floor(y / 8) - 3:
// visible(i, j) = 0 <= yj - first(yi) < 14 and 0 <= xj - first(xi) < 14,
// out(i) = (sum_j exp(s(i, j)) v_j) / Z, lse(i) = log Z, Z = sum_j exp(s(i, j)) + 14^2 - (number of visible keys).
// The zeros are a state of value 0, what a query that sees no key gets, and the logarithm of their number as its
// logit. The model has sizes that 8 divides; here the image is continued by zeros.
// The relative logits q . r(yi - yj) and q . r(xi - xj) are not here: a score region has no q.
//
// Source: Vaswani et al. 2021, HaloNet (arXiv:2103.12731); zeros that take part as in timm, halo_attn.py.
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
  %mask = attn.mask.neighborhood shape(%height, %width) window(14, 14) stride(8, 8) edge(shrink)
  %nothing = attn.mask.first count(0)
  %one = attn.mask.first count(1)
  %keys = attn.stream %tokens, %values mask %mask : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %no_keys = attn.stream %tokens, %values mask %nothing : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %one_key = attn.stream %tokens, %values mask %one : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %zeros = attn.attend %queries over %no_keys : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  %unused, %number = attn.attend %queries over %one_key score(%height, %width : index, index) {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %lines: index, %columns: index):
    %zero = arith.constant 0 : index
    %size = arith.constant 8 : index
    %halo = arith.constant 3 : index
    %window = arith.constant 14 : index
    %all = arith.constant 196 : index
    %y = arith.divui %i, %columns : index
    %x = arith.remui %i, %columns : index
    %y_block = arith.divui %y, %size : index
    %y_corner = arith.muli %y_block, %size : index
    %y_before = arith.subi %y_corner, %halo : index
    %y_behind = arith.addi %y_before, %window : index
    %y_first = arith.maxsi %y_before, %zero : index
    %y_end = arith.minsi %y_behind, %lines : index
    %y_count = arith.subi %y_end, %y_first : index
    %x_block = arith.divui %x, %size : index
    %x_corner = arith.muli %x_block, %size : index
    %x_before = arith.subi %x_corner, %halo : index
    %x_behind = arith.addi %x_before, %window : index
    %x_first = arith.maxsi %x_before, %zero : index
    %x_end = arith.minsi %x_behind, %columns : index
    %x_count = arith.subi %x_end, %x_first : index
    %seen = arith.muli %y_count, %x_count : index
    %padding = arith.subi %all, %seen : index
    %integer = arith.index_cast %padding : index to i32
    %count = arith.sitofp %integer : i32 to f32
    %log = math.log %count : f32
    attn.yield %log : f32
  } : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  %padded = attn.state %zeros, %number : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  %rows, %sums = attn.attend %queries over %keys from %padded
      : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  %o = tensor.expand_shape %rows [[0], [1], [2, 3], [4]] output_shape [%batch, 4, %height, %width, 64]
      : tensor<?x4x?x64xf32> into tensor<?x4x?x?x64xf32>
  %lse = tensor.expand_shape %sums [[0], [1], [2, 3]] output_shape [%batch, 4, %height, %width]
      : tensor<?x4x?xf32> into tensor<?x4x?x?xf32>
  return %o, %lse : tensor<?x4x?x?x64xf32>, tensor<?x4x?x?xf32>
}
