// Query tile after query tile, some without keys, by ordinary loads and stores: rows of 74 bytes.
!t = tensor<?x1x?x37xf16>

func.func @main(
    %q: !t {attn.name = "q", attn.shape = ["B", "H", "Lq", "D"]},
    %k: !t {attn.name = "k", attn.shape = ["B", "H", "Lk", "D"]},
    %v: !t {attn.name = "v", attn.shape = ["B", "H", "Lk", "D"]}) -> (!t {attn.name = "o"}) {
  %m = attn.mask.causal
  %s = attn.stream %k, %v mask %m : !t, !t
  %o = attn.attend %q over %s : !t -> !t
  return %o : !t
}
