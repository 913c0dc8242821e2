// One stream, causal: K and V come by TMA, one thread loads.
!t = tensor<?x1x?x128xbf16>

func.func @main(
    %q: !t {attn.name = "q", attn.shape = ["B", "H", "Lq", "D"]},
    %k: !t {attn.name = "k", attn.shape = ["B", "H", "Lk", "D"]},
    %v: !t {attn.name = "v", attn.shape = ["B", "H", "Lk", "D"]})
    -> (!t {attn.name = "o"}, tensor<?x1x?xf32> {attn.name = "lse"}) {
  %m = attn.mask.causal
  %s = attn.stream %k, %v mask %m : !t, !t
  %o, %lse = attn.attend %q over %s : !t -> !t, tensor<?x1x?xf32>
  return %o, %lse : !t, tensor<?x1x?xf32>
}
