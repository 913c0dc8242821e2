// Queries in windows of 8 x 8, keys in windows of 4 x 8 of every second line: boxes of the grid.
func.func @main(
    %q: tensor<?x2x?x?x64xbf16> {attn.name = "q", attn.shape = ["B", "Hq", "H", "W", "D"]},
    %k: tensor<?x2x?x?x64xbf16> {attn.name = "k", attn.shape = ["B", "Hk", "H", "W", "D"]})
    -> (tensor<?x2x?x?x64xbf16> {attn.name = "o"}) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %n = tensor.dim %q, %c0 : tensor<?x2x?x?x64xbf16>
  %h = tensor.dim %q, %c2 : tensor<?x2x?x?x64xbf16>
  %w = tensor.dim %q, %c3 : tensor<?x2x?x?x64xbf16>
  %q0 = tensor.collapse_shape %q [[0], [1], [2, 3], [4]] : tensor<?x2x?x?x64xbf16> into tensor<?x2x?x64xbf16>
  %k0 = tensor.collapse_shape %k [[0], [1], [2, 3], [4]] : tensor<?x2x?x?x64xbf16> into tensor<?x2x?x64xbf16>
  %windows = attn.layout.grid shape(%h, %w) tile(8, 8)
  %lines = attn.layout.grid shape(%h, %w) dilation(2, 1) tile(4, 8)
  %q1 = attn.reorder %q0 by %windows : tensor<?x2x?x64xbf16> -> tensor<?x2x?x64xbf16>
  %k1 = attn.reorder %k0 by %lines : tensor<?x2x?x64xbf16> -> tensor<?x2x?x64xbf16>
  %near = attn.mask.neighborhood shape(%h, %w) window(5, 5)
  %s = attn.stream %k1, %k1 mask %near : tensor<?x2x?x64xbf16>, tensor<?x2x?x64xbf16>
  %o1 = attn.attend %q1 over %s : tensor<?x2x?x64xbf16> -> tensor<?x2x?x64xbf16>
  %o0 = attn.restore %o1 by %windows : tensor<?x2x?x64xbf16> -> tensor<?x2x?x64xbf16>
  %o = tensor.expand_shape %o0 [[0], [1], [2, 3], [4]] output_shape [%n, 2, %h, %w, 64]
      : tensor<?x2x?x64xbf16> into tensor<?x2x?x?x64xbf16>
  return %o : tensor<?x2x?x?x64xbf16>
}
