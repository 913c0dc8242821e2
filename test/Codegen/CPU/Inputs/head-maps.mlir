// Key heads by a map: neighbours, reversed, one for all, and one map per stream.

!q = tensor<?x6x?x8xf16>
!k = tensor<?x3x?x8xf16>
!kd = tensor<?x?x?x8xf16>
!n = tensor<?x6x?xf32>

func.func @blocks(
    %q: !q {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !k {attn.shape = ["B", "Hk", "Lk", "D"]}) -> (!q, !n) {
  %m = attn.mask.causal
  %s = attn.stream %k, %v mask %m heads [2, 2, 0, 0, 1, 1] : !k, !k
  %o, %lse = attn.attend %q over %s : !q -> !q, !n
  return %o, %lse : !q, !n
}

func.func @any(
    %q: !q {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !kd {attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !kd {attn.shape = ["B", "Hk", "Lk", "D"]},
    %k2: !k {attn.shape = ["B", "H3", "Lk", "D"]}, %v2: !k {attn.shape = ["B", "H3", "Lk", "D"]}) -> (!q, !n) {
  %s = attn.stream %k, %v heads [4, 1, 1, 0, 4, 2] : !kd, !kd
  %t = attn.stream %k2, %v2 : !k, !k
  %o, %lse = attn.attend %q over %s, %t : !q -> !q, !n
  return %o, %lse : !q, !n
}

func.func @one(
    %q: !q {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !k {attn.shape = ["B", "Hk", "Lk", "D"]}) -> (!q, !n) {
  %s = attn.stream %k, %v heads [1, 1, 1, 1, 1, 1] : !k, !k
  %o, %lse = attn.attend %q over %s : !q -> !q, !n
  return %o, %lse : !q, !n
}
