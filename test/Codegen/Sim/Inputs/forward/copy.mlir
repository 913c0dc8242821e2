// Rows of 74 bytes, which TMA can not load: 128 threads copy. Documents: tiles are judged one by one.
!t = tensor<?x1x?x37xf16>
!ids = tensor<?x?xi32>

func.func @main(
    %q: !t {attn.name = "q", attn.shape = ["B", "H", "Lq", "D"]},
    %k: !t {attn.name = "k", attn.shape = ["B", "H", "Lk", "D"]},
    %v: !t {attn.name = "v", attn.shape = ["B", "H", "Lk", "D"]},
    %qdoc: !ids {attn.name = "qdoc", attn.shape = ["B", "Lq"], attn.random = "segments"},
    %kdoc: !ids {attn.name = "kdoc", attn.shape = ["B", "Lk"], attn.random = "segments"}) -> (!t {attn.name = "o"}) {
  %m = attn.mask.document %qdoc, %kdoc : !ids, !ids
  %s = attn.stream %k, %v mask %m : !t, !t
  %o = attn.attend %q over %s : !t -> !t
  return %o : !t
}
