// Head size 64, loaded by TMA, and 20, copied by ordinary loads.

!q = tensor<?x2x?x64xbf16>
!k = tensor<?x1x?x64xbf16>
!q20 = tensor<?x2x?x20xbf16>
!k20 = tensor<?x1x?x20xbf16>

func.func @causal(
    %q: !q {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: !k {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "D"]}) -> (!q {attn.name = "o"}) {
  %m = attn.mask.causal
  %s = attn.stream %k, %v mask %m : !k, !k
  %o = attn.attend %q over %s : !q -> !q
  return %o : !q
}

func.func @window(
    %q: !q {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: !k {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "D"]}) -> (!q {attn.name = "o"}) {
  %m = attn.mask.window left(150) right(0)
  %s = attn.stream %k, %v mask %m : !k, !k
  %o = attn.attend %q over %s : !q -> !q
  return %o : !q
}

func.func @full(
    %q: !q {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: !k {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "D"]}) -> (!q {attn.name = "o"}) {
  %s = attn.stream %k, %v : !k, !k
  %o = attn.attend %q over %s : !q -> !q
  return %o : !q
}

func.func @copied(
    %q: !q20 {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k20 {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: !k20 {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "D"]}) -> (!q20 {attn.name = "o"}) {
  %m = attn.mask.causal
  %s = attn.stream %k, %v mask %m : !k20, !k20
  %o = attn.attend %q over %s : !q20 -> !q20
  return %o : !q20
}
