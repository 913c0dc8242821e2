// In an image with tile registers the first fold uses them and the second does not.
func.func @main(
    %q: tensor<1x4x?x64xbf16> {attn.shape = ["B", "H", "L", "D"]},
    %k: tensor<1x4x?x64xbf16> {attn.shape = ["B", "H", "L", "D"]},
    %q32: tensor<1x4x?x64xf32> {attn.shape = ["B", "H", "L", "D"]},
    %k32: tensor<1x4x?x64xf32> {attn.shape = ["B", "H", "L", "D"]})
    -> (tensor<1x4x?x64xbf16>, tensor<1x4x?x64xf32>) {
  %causal = attn.mask.causal
  %keys = attn.stream %k, %k mask %causal : tensor<1x4x?x64xbf16>, tensor<1x4x?x64xbf16>
  %out = attn.attend %q over %keys : tensor<1x4x?x64xbf16> -> tensor<1x4x?x64xbf16>
  %keys32 = attn.stream %k32, %k32 mask %causal : tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>
  %out32 = attn.attend %q32 over %keys32 : tensor<1x4x?x64xf32> -> tensor<1x4x?x64xf32>
  return %out, %out32 : tensor<1x4x?x64xbf16>, tensor<1x4x?x64xf32>
}
