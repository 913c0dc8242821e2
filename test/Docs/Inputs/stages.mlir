func.func @main(
    %q: tensor<?x8x?x64xbf16> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x2x?x64xbf16> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x2x?x64xbf16> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]})
    -> (tensor<?x8x?x64xbf16> {attn.name = "o"}) {
  %window = attn.mask.window left(255) right(0)
  %keys = attn.stream %k, %v mask %window : tensor<?x2x?x64xbf16>, tensor<?x2x?x64xbf16>
  %o = attn.attend %q over %keys : tensor<?x8x?x64xbf16> -> tensor<?x8x?x64xbf16>
  return %o : tensor<?x8x?x64xbf16>
}
