// Causal attention with grouped query heads, as in Llama 3 8B: 32 query heads share
// 8 key heads, head size 128. Any batch size B and any length L.
//
// CPU-VARIANTS: v3, v4, v4bf16, amx
// RUN: attnc %s -o %t.attn --target=cpu
// RUN: %each-cpu -- attn-run %t.attn --device=cpu --random --seed=1 --set=B=2 --set=L=129 --against=reference
// RUN: attnc %s -o %t.gpu.attn --target=sm_90a --ptxas=none
// RUN: attn-run %t.gpu.attn --device=sim --random --seed=1 --set=B=2 --set=L=129 --against=reference

func.func @main(
    %q: tensor<?x32x?x128xbf16> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x8x?x128xbf16> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x8x?x128xbf16> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]})
    -> (tensor<?x32x?x128xbf16> {attn.name = "o"}, tensor<?x32x?xf32> {attn.name = "lse"}) {
  %causal = attn.mask.causal
  %keys = attn.stream %k, %v mask %causal : tensor<?x8x?x128xbf16>, tensor<?x8x?x128xbf16>
  %o, %lse = attn.attend %q over %keys : tensor<?x32x?x128xbf16> -> tensor<?x32x?x128xbf16>, tensor<?x32x?xf32>
  return %o, %lse : tensor<?x32x?x128xbf16>, tensor<?x32x?xf32>
}
