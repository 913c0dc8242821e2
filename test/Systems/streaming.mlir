// StreamingLLM on Llama 3 8B's heads: the first 4 keys and a window of 256, causal.
// Per row at most 260 keys are visible, whatever the length.
// Source: Xiao et al. 2023, StreamingLLM (arXiv:2309.17453).
//
// RUN: attnc %s -o %t.attn --target=cpu,sm_90a --ptxas=none
// RUN: attn-run %t.attn --device=cpu --random --seed=1 --set=B=1 --set=L=700 --against=reference
// RUN: attn-run %t.attn --device=sim --random --seed=1 --set=B=1 --set=L=300 --against=reference
func.func @main(
    %q: tensor<?x32x?x128xbf16> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x8x?x128xbf16> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x8x?x128xbf16> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]})
    -> (tensor<?x32x?x128xbf16> {attn.name = "o"}, tensor<?x32x?xf32> {attn.name = "lse"}) {
  %sinks = attn.mask.first count(4)
  %window = attn.mask.window left(255)
  %near = attn.mask.or %sinks, %window
  %causal = attn.mask.causal
  %mask = attn.mask.and %near, %causal
  %keys = attn.stream %k, %v mask %mask : tensor<?x8x?x128xbf16>, tensor<?x8x?x128xbf16>
  %o, %lse = attn.attend %q over %keys : tensor<?x32x?x128xbf16> -> tensor<?x32x?x128xbf16>, tensor<?x32x?xf32>
  return %o, %lse : tensor<?x32x?x128xbf16>, tensor<?x32x?xf32>
}
