// Packed sequences, causal: rows of V that another sequence owns are cleared.
!t = tensor<1x?x128xbf16>
!n = tensor<1x?xf32>

func.func @main(
    %q: !t {attn.name = "q", attn.shape = ["H", "T", "D"]},
    %k: !t {attn.name = "k", attn.shape = ["H", "T", "D"]},
    %v: !t {attn.name = "v", attn.shape = ["H", "T", "D"]},
    %offsets: tensor<?xi32> {attn.name = "offsets", attn.shape = ["N"], attn.random = "lengths"})
    -> (!t {attn.name = "o"}, !n {attn.name = "lse"}) {
  %l = attn.lengths.packed %offsets : tensor<?xi32>
  %m = attn.mask.causal
  %s = attn.stream %k, %v mask %m lengths(%l) : !t, !t
  %o, %lse = attn.attend %q lengths(%l) over %s : !t -> !t, !n
  return %o, %lse : !t, !n
}
